import { describe, expect, it } from "vitest";
import type { Upload } from "../../../src/docker/engine.ts";
import { ensureArchive } from "../../../src/docker/load-archive.ts";
import { FailureError } from "../../../src/failure.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { ScriptedEngine } from "../../support/scripted-engine.ts";

const archive = {
  path: "/nowhere/app.tar",
  sizeBytes: 2000,
  images: [{ ids: ["sha256:a"], tags: ["localhost:5000/app:1"] }],
} as const;

const imagesOf = (...images: readonly object[]) => ({ "GET /images/json": [images] });

/** An engine without images, and what becomes of an upload to it. */
class TakingEngine extends ScriptedEngine {
  readonly #take: (its: Upload) => void;

  constructor(take: (its: Upload) => void) {
    super("node1", imagesOf());
    this.#take = take;
  }

  override upload(path: string, its?: Upload): Promise<void> {
    if (path !== "/images/load?quiet=0" || its === undefined) return super.upload(path);
    return new Promise((resolve) => {
      this.#take(its);
      resolve();
    });
  }
}

const said: string[] = [];
const ensure = (engine: ScriptedEngine) =>
  ensureArchive({
    engine,
    archive,
    name: "app.tar",
    clock: systemClock,
    signal: new AbortController().signal,
    report: (text) => said.push(text),
  });

const refusing = (message: string) =>
  new TakingEngine(() => {
    throw new FailureError({ kind: "engine-api", machine: "node1", request: "POST", status: 500, message });
  });

describe("ensureArchive", () => {
  it("sends what is not there, and tells how it goes", async () => {
    const engine = new TakingEngine(({ onSent, onMessage }) => {
      onSent(900);
      onSent(901);
      onSent(2000);
      onMessage({ status: "Loading layer" });
      onMessage({ stream: "Loaded image: app:1\n" });
    });
    expect(await ensure(engine)).toBe("loaded");
    expect(said).toEqual(["app.tar: 45 % of 2 kB", "app.tar: all sent", "app.tar: loading layer"]);
  });

  it("sends nothing where all is there", async () => {
    const held = imagesOf({ Id: "sha256:a", RepoTags: ["localhost:5000/app:1"] });
    expect(await ensure(new ScriptedEngine("node1", held))).toBe("unchanged");
  });

  it("gives a name that is missing", async () => {
    const request = "POST /images/sha256:a/tag?repo=localhost%3A5000%2Fapp&tag=1";
    const held = imagesOf({ Id: "sha256:a", RepoTags: ["other:1"] });
    const engine = new ScriptedEngine("node1", { ...held, [request]: [undefined] });
    expect(await ensure(engine)).toBe("tagged");
    expect(engine.changes.map((call) => call.request)).toEqual([request]);
  });

  it("tells a full disk from other refusals", async () => {
    expect(await failureOf(ensure(refusing("write /x: no space left on device")))).toEqual({
      kind: "disk-full",
      machine: "node1",
      path: "/var/lib/docker",
      doing: "loading app.tar",
    });
    expect(await failureOf(ensure(refusing("invalid tar header")))).toMatchObject({
      kind: "engine-api",
      message: "invalid tar header",
    });
  });
});
