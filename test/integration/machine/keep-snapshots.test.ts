import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exchangeEntries } from "../../../src/machine/exchange-entries.ts";
import { forgetSnapshots, keepSnapshots } from "../../../src/machine/keep-snapshots.ts";
import type { SnapshotKeeper } from "../../../src/machine/provider.ts";
import { DirectoryMedium } from "../../support/snapshot-medium.ts";
import { clusterOf, machineOf } from "../../unit/swarm/swarm-fixtures.ts";

const cluster = clusterOf([machineOf("manager"), machineOf("node1")]);
const machines = ["manager", "node1"];
const progress = { report: () => undefined, signal: new AbortController().signal };

/** Where all clusters are, and this one. */
let clusters: string;
let directory: string;
let medium: DirectoryMedium;
let keeper: SnapshotKeeper;
let adopted: (string | undefined)[];

const adopt = (key: string | undefined): Promise<void> => Promise.resolve(void adopted.push(key));
const save = (name: string, unlockKey?: string) =>
  keeper.save(cluster, { name, machines, ...(unlockKey === undefined ? {} : { unlockKey }), progress });
const restore = (name: string) => keeper.restore(cluster, { name, adopt, progress });
const finish = () => keeper.finish(cluster, { adopt, progress });
const names = async () => (await keeper.list(cluster)).map(({ name }) => name);

beforeEach(async () => {
  clusters = await mkdtemp(join(tmpdir(), "swarmlab-snapshots-"));
  directory = join(clusters, cluster.name);
  medium = new DirectoryMedium(directory);
  keeper = keepSnapshots(medium);
  adopted = [];
  await medium.write("old");
});
afterEach(() => rm(clusters, { recursive: true }));

/** Nothing but the cluster and its snapshots is left, and nothing is to be done. */
async function expectTidy(): Promise<void> {
  expect((await readdir(directory)).filter((entry) => entry !== "snapshots")).toEqual(["machines", "tls"]);
  expect(await keeper.unfinished(cluster)).toBeUndefined();
  expect([...medium.elsewhere].sort()).toEqual([...(await names())].sort());
}

describe("a snapshot", () => {
  it("is listed with what it is, and restored as often as one likes", async () => {
    const saved = await save("before");
    expect(saved).toMatchObject({ name: "before", machines, bytes: 4711 });
    expect(await keeper.list(cluster)).toEqual([saved]);
    for (const word of ["new", "newer"]) {
      await medium.write(word);
      await restore("before");
      expect(await medium.read()).toEqual(["old"]);
      await expectTidy();
    }
  });

  it("brings its swarm's unlock key back, which only its owner reads", async () => {
    await save("locked", "SWMKEY\n");
    await save("open");
    const { mode } = await stat(join(directory, "snapshots/locked/unlock-key"));
    expect(mode & 0o777).toBe(0o600);
    await restore("locked");
    await restore("open");
    expect(adopted).toEqual(["SWMKEY\n", undefined]);
  });

  it("takes away machines that came later", async () => {
    await save("before");
    await mkdir(join(directory, "machines/node2"));
    await restore("before");
    expect(await readdir(join(directory, "machines"))).toEqual(machines);
  });

  it("goes with what it has elsewhere", async () => {
    await save("before");
    await save("after");
    await keeper.delete(cluster, { name: "before", progress });
    expect(await names()).toEqual(["after"]);
    await expectTidy();
  });

  it("of another lab directory's cluster is neither told nor touched", async () => {
    await save("before");
    await writeFile(join(clusters, "swarmlab.yaml"), "");
    await writeFile(join(directory, "cluster.json"), JSON.stringify({ subnet: "", owner: clusters }));
    const taken = { failure: { kind: "name-taken", owner: clusters } };
    await expect(keeper.list(cluster)).rejects.toMatchObject(taken);
    await expect(keeper.delete(cluster, { name: "before", progress })).rejects.toMatchObject(taken);
    await expect(restore("before")).rejects.toMatchObject(taken);
  });

  it("that finds the disk full says so", async () => {
    medium.save = () => Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }));
    await expect(save("before")).rejects.toMatchObject({
      failure: { kind: "disk-full", doing: "saving before" },
    });
  });

  it("none is seen once the cluster is being destroyed", async () => {
    await save("before");
    await forgetSnapshots(directory);
    expect(await names()).toEqual([]);
    expect(await keeper.unfinished(cluster)).toBe("other");
  });
});

describe("broken off", () => {
  it("while it saves: nothing is listed, and what was made goes", async () => {
    medium.breaks.add("save");
    await expect(save("before")).rejects.toThrow("broken off");
    expect(await names()).toEqual([]);
    expect(await keeper.unfinished(cluster)).toBe("other");
    await finish();
    expect(await medium.read()).toEqual(["old"]);
    await expectTidy();
    await save("before");
    expect(await names()).toEqual(["before"]);
  });

  it("while it copies for a restore: the cluster is as it was", async () => {
    await save("before");
    await medium.write("new");
    medium.breaks.add("prepare");
    await expect(restore("before")).rejects.toThrow("broken off");
    expect(await medium.read()).toEqual(["new"]);
    expect(await keeper.unfinished(cluster)).toBe("other");
    await finish();
    expect(await medium.read()).toEqual(["new"]);
    expect(adopted).toEqual([]);
    await expectTidy();
  });

  it("after the point of no return: the restore is finished", async () => {
    await save("before", "SWMKEY\n");
    await medium.write("new");
    medium.breaks.add("revert");
    await expect(restore("before")).rejects.toThrow("broken off");
    expect(await keeper.unfinished(cluster)).toBe("restore");
    await finish();
    expect(await medium.read()).toEqual(["old"]);
    expect([medium.reverted, adopted]).toEqual([["before"], ["SWMKEY\n"]]);
    await expectTidy();
  });

  it("at the last step: the unlock key is brought back again", async () => {
    await save("before", "SWMKEY\n");
    await medium.write("new");
    const failing = () => Promise.reject(new Error("broken off: adopt"));
    await expect(keeper.restore(cluster, { name: "before", adopt: failing, progress })).rejects.toThrow();
    expect(await keeper.unfinished(cluster)).toBe("restore");
    await finish();
    expect(adopted).toEqual(["SWMKEY\n"]);
    await expectTidy();
  });

  it("while it deletes: what has lost a part is not listed any more, and goes", async () => {
    await save("before");
    medium.breaks.add("discard");
    const broken = keeper.delete(cluster, { name: "before", progress });
    medium.elsewhere.clear();
    await expect(broken).rejects.toThrow("broken off");
    expect(await names()).toEqual([]);
    await finish();
    await expectTidy();
  });

  it("while it deletes, with nothing lost: it is there as before", async () => {
    await save("before");
    medium.breaks.add("discard");
    await expect(keeper.delete(cluster, { name: "before", progress })).rejects.toThrow("broken off");
    expect(await names()).toEqual(["before"]);
    await expectTidy();
  });
});

it("an exchange that stopped after any of its renames goes on to the same end", async () => {
  for (const stopped of [0, 1, 2, 3, 4]) {
    const place = (name: string): string => join(directory, String(stopped), name);
    const [incoming, outgoing] = [place("incoming"), place("outgoing")];
    for (const made of [incoming, outgoing]) await mkdir(made, { recursive: true });
    for (const entry of ["a", "b"]) {
      await writeFile(place(entry), "old");
      await writeFile(join(incoming, entry), "new");
    }
    const renames = ["a", "b"].flatMap((entry) => [
      [place(entry), join(outgoing, entry)] as const,
      [join(incoming, entry), place(entry)] as const,
    ]);
    for (const [from, to] of renames.slice(0, stopped)) await rename(from, to);
    await exchangeEntries({ directory: join(directory, String(stopped)), incoming, outgoing });
    expect(await readdir(outgoing)).toEqual(["a", "b"]);
    expect(await readdir(join(directory, String(stopped)))).toEqual(["a", "b", "incoming", "outgoing"]);
    expect(await readdir(incoming)).toEqual([]);
    await rm(join(directory, String(stopped)), { recursive: true });
  }
});
