import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { ensureImageCache, previewImageCache } from "../../../src/docker/ensure-image-cache.ts";
import { imageCachePaths, wantedImageCache } from "../../../src/docker/image-cache.ts";
import { unwrap } from "../../../src/failure.ts";
import type { RemoteResult } from "../../../src/remote/remote.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

const clusterOf = (yaml: string) =>
  unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {})).cluster;
const cached = clusterOf("docker: { cache: 'https://registry.example' }");
const plain = clusterOf("");
const { signal } = new AbortController();

const { unit = "", config = "" } = wantedImageCache(cached);
const files = { [imageCachePaths.unit]: unit, [imageCachePaths.config]: config };

const manager = (result?: Partial<RemoteResult>, its: Readonly<Record<string, string>> = {}) =>
  new ScriptedRemote(result === undefined ? [] : [{ match: "sh -c", result }], {
    machine: "manager",
    files: its,
  });

describe("ensureImageCache", () => {
  it.each(["started", "waiting"])("starts it on the first manager: %s", async (stdout) => {
    const remote = manager({ stdout: `${stdout}\n` });
    expect(await ensureImageCache({ remote, cluster: cached, signal })).toBe(stdout);
    expect(remote.calls[0]?.sudo).toBe(true);
    expect(remote.calls[0]?.argv.slice(4)).toEqual([
      "start",
      "192.168.56.17:5080",
      Buffer.from(config).toString("base64"),
      Buffer.from(unit).toString("base64"),
    ]);
  });

  it("removes it where it is no longer asked for", async () => {
    const remote = manager({ stdout: "removed\n" }, files);
    expect(await ensureImageCache({ remote, cluster: plain, signal })).toBe("removed");
    expect(remote.calls[0]?.argv[4]).toBe("remove");
  });

  it("does nothing where all is as wanted, and on other machines", async () => {
    expect(await ensureImageCache({ remote: manager(undefined, files), cluster: cached, signal })).toBe(
      "kept",
    );
    expect(await ensureImageCache({ remote: manager(), cluster: plain, signal })).toBe("kept");
    expect(await ensureImageCache({ remote: new ScriptedRemote(), cluster: cached, signal })).toBe("kept");
  });

  it("says what the machine lacks", async () => {
    expect(
      await failureOf(ensureImageCache({ remote: manager({ exitCode: 3 }), cluster: cached, signal })),
    ).toMatchObject({ kind: "prerequisite", problems: [{ where: "manager" }] });
  });

  it("passes on what went wrong on the machine", async () => {
    const remote = manager({ exitCode: 1, stderr: "mv: no space left on device" });
    expect(await failureOf(ensureImageCache({ remote, cluster: cached, signal }))).toMatchObject({
      kind: "remote-command",
      stderr: "mv: no space left on device",
    });
  });
});

describe("previewImageCache", () => {
  it("says what would be done, and does nothing", async () => {
    expect(await previewImageCache({ remote: manager(), cluster: cached })).toEqual({
      action: "start the image cache",
      reason: "docker.cache: https://registry.example",
    });
    expect(await previewImageCache({ remote: manager(undefined, files), cluster: plain })).toMatchObject({
      action: "remove the image cache",
    });
    expect(await previewImageCache({ remote: manager(undefined, files), cluster: cached })).toBeUndefined();
  });
});
