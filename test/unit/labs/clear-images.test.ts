import { describe, expect, it } from "vitest";
import { clearImages } from "../../../src/labs/clear-images.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";

const image = (
  id: string,
  tags: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): unknown => ({
  Id: id,
  RepoTags: tags,
  Labels: labels,
});
const sample = (...more: readonly string[]) =>
  image("sha256:s", ["localhost/whoami:1", ...more], { "swarmlab.source": "hash" });
const { signal } = new AbortController();

describe("clearImages", () => {
  it("removes all but the samples, of which it removes the names that others gave them", async () => {
    const engine = new ScriptedEngine("node1", {
      "GET /images/json": [[sample("mine:1"), image("sha256:a", ["a:1"]), image("sha256:b", [])]],
      "DELETE /images/mine:1?force=true": [[]],
      "DELETE /images/sha256:a?force=true": [[]],
      "DELETE /images/sha256:b?force=true": [new Refusal(404, "No such image")],
    });
    await clearImages(engine, signal);
    expect(engine.changes).toHaveLength(3);
  });

  it("comes back for an image that another one was made of, and leaves one that stays in use", async () => {
    const base = image("sha256:base", ["base:1"]);
    const used = image("sha256:used", ["used:1"]);
    const engine = new ScriptedEngine("node1", {
      "GET /images/json": [[base, image("sha256:top", ["top:1"]), used], [base, used], [used]],
      "DELETE /images/sha256:base?force=true": [new Refusal(409, "has dependent child images"), []],
      "DELETE /images/sha256:top?force=true": [[]],
      "DELETE /images/sha256:used?force=true": [new Refusal(409, "is in use")],
    });
    await clearImages(engine, signal);
    expect(engine.changes.map(({ request }) => request.replace(/.*:|\?.*/g, ""))).toEqual([
      ...["base", "top", "used"],
      ...["base", "used"],
      "used",
    ]);
  });

  it("fails where an image cannot be removed for another reason", async () => {
    const engine = new ScriptedEngine("node1", {
      "GET /images/json": [[image("sha256:a", [])]],
      "DELETE /images/sha256:a?force=true": [new Refusal(500, "disk is broken")],
    });
    await expect(clearImages(engine, signal)).rejects.toMatchObject({ failure: { status: 500 } });
  });
});
