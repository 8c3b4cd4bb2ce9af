import { describe, expect, it } from "vitest";
import { ensureImages } from "../../../src/labs/ensure-images.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { Refusal, ScriptedEngine, type ScriptedAnswer } from "../../support/scripted-engine.ts";
import { ScriptedRemote, type ScriptedCall } from "../../support/scripted-remote.ts";

interface Machine {
  readonly remote: ScriptedRemote;
  readonly engine: ScriptedEngine;
}

/** A machine whose engine answers with these images, and which builds once. */
function machine(
  images: readonly object[],
  more: Readonly<Record<string, readonly ScriptedAnswer[]>> = {},
  build: ScriptedCall = { match: "sh -s" },
): Machine {
  return {
    remote: new ScriptedRemote([build]),
    engine: new ScriptedEngine("node1", { "GET /images/json": [images], ...more }),
  };
}

const ensure = ({ remote, engine }: Machine, images: readonly string[], script = "build") =>
  ensureImages({
    remote,
    engine,
    images,
    sources: { script, whoami: "print()" },
    clock: systemClock,
    signal: new AbortController().signal,
  });

/** The label that the build is told to give. */
async function labelOf(script?: string): Promise<Readonly<Record<string, string>>> {
  const fresh = machine([]);
  await ensure(fresh, ["whoami:1"], script);
  const [key = "", value = ""] = fresh.remote.calls[0]?.argv[4]?.split("=") ?? [];
  return { [key]: value };
}

const image = (id: string, tags: readonly string[], labels: object | null = null) => ({
  Id: id,
  RepoTags: tags,
  Labels: labels,
  Size: 1,
});

describe("ensureImages", () => {
  it("makes what is not there", async () => {
    const fresh = machine([image("sha256:a", ["localhost/whoami:1"], await labelOf())]);
    expect(await ensure(fresh, ["whoami:1", "whoami:2", "client:1"])).toEqual(["whoami:2", "client:1"]);
    expect(fresh.remote.calls[0]?.argv.slice(5)).toEqual(["whoami:2", "client:1"]);
    expect(fresh.remote.calls[0]?.stdin).toBe("build");
  });

  it("makes nothing where all are there and made of the same", async () => {
    const label = await labelOf();
    const full = machine([image("sha256:a", ["localhost/whoami:1", "localhost/whoami:2"], label)]);
    expect(await ensure(full, ["whoami:1", "whoami:2"])).toEqual([]);
    expect(full.remote.calls).toEqual([]);
  });

  it.each([
    ["an image of another version", { "swarmlab.source": "0123" }],
    ["an image of a version that gave no label", null],
  ])("makes anew, and removes, %s", async (_, labels) => {
    const old = machine([image("sha256:old", ["localhost/whoami:1"], labels)], {
      "DELETE /images/sha256:old": [[{ Deleted: "sha256:old" }]],
    });
    expect(await ensure(old, ["whoami:1"])).toEqual(["whoami:1"]);
    expect(old.engine.changes.map(({ request }) => request)).toEqual(["DELETE /images/sha256:old"]);
  });

  it("makes anew where one of the sources has changed", async () => {
    const old = machine([image("sha256:old", ["localhost/whoami:1"], await labelOf("build"))], {
      "DELETE /images/sha256:old": [[]],
    });
    expect(await ensure(old, ["whoami:1"], "build better")).toEqual(["whoami:1"]);
  });

  it("leaves an old image that has a name of the learner's", async () => {
    const old = machine([image("sha256:old", ["localhost/whoami:1", "10.0.0.1:5000/mine:1"])]);
    expect(await ensure(old, ["whoami:1"])).toEqual(["whoami:1"]);
    expect(old.engine.changes).toEqual([]);
  });

  it("leaves an old image that a container runs from", async () => {
    const old = machine([image("sha256:old", ["localhost/whoami:1"])], {
      "DELETE /images/sha256:old": [new Refusal(409, "image is being used by running container")],
    });
    expect(await ensure(old, ["whoami:1"])).toEqual(["whoami:1"]);
  });

  it("takes an image without a name for no sample", async () => {
    const nameless = machine([image("sha256:a", ["<none>:<none>"], await labelOf())]);
    expect(await ensure(nameless, ["whoami:1"])).toEqual(["whoami:1"]);
  });

  it("says what a machine lacks", async () => {
    const poor = machine(
      [],
      {},
      { match: "sh -s", result: { exitCode: 3, stderr: "this machine has no nginx\n" } },
    );
    expect(await failureOf(ensure(poor, ["nginx:1"]))).toMatchObject({
      kind: "verify",
      problems: [{ where: "node1", why: "this machine has no nginx" }],
    });
  });
});
