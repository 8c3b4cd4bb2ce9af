import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DockerContexts, type DockerContext } from "../../../src/state/docker-contexts.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const withoutTls: DockerContext = {
  name: "demo-node1",
  cluster: "demo",
  description: "node1 of the swarmlab cluster demo",
  host: "tcp://192.168.56.18:2376",
};
const context: DockerContext = { ...withoutTls, tls: { ca: "CA", cert: "CERT", key: "KEY" } };

describe("DockerContexts", () => {
  let directory: string;
  let contexts: DockerContexts;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-contexts-"));
    contexts = new DockerContexts(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const files = async (): Promise<readonly string[]> => {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  it("makes a context once, and changes it only where it differs", async () => {
    expect(await contexts.ensure(context)).toBe("created");
    expect(await contexts.ensure(context)).toBe("unchanged");
    expect(await contexts.ensure({ ...context, host: "tcp://192.168.56.19:2376" })).toBe("changed");
    expect(await contexts.ensure({ ...context, tls: { ca: "CA", cert: "CERT", key: "NEW" } })).toBe(
      "changed",
    );
    expect(await contexts.ensure(withoutTls)).toBe("changed");
    expect((await files()).map((file) => file.split("/").at(-1))).toEqual(["meta.json"]);
  });

  it("lets only its owner read the key", async () => {
    await contexts.ensure(context);
    const all = await files();
    expect(all).toHaveLength(4);
    for (const file of all) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("leaves a context of the same name that is not the cluster's", async () => {
    await contexts.ensure({ ...context, cluster: "other" });
    expect(await failureOf(contexts.ensure(context))).toMatchObject({ kind: "usage" });
    expect(await contexts.list("demo")).toEqual([]);
    expect(await contexts.list("other")).toEqual(["demo-node1"]);
  });

  it("removes all of a context, and the CLI's choice of it", async () => {
    await contexts.ensure(context);
    const config = join(directory, "config.json");
    await writeFile(config, JSON.stringify({ auths: {}, currentContext: "demo-node1" }));
    await contexts.remove("demo-node1");
    expect(await contexts.list("demo")).toEqual([]);
    expect(await files()).toEqual([config]);
    expect(JSON.parse(await readFile(config, "utf8"))).toEqual({ auths: {} });
  });
});
