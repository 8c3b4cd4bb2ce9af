import { resolve } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { loadCluster } from "../../src/cluster/load.ts";
import { wantedDaemonOptions } from "../../src/docker/daemon-config.ts";
import { ensureDaemon } from "../../src/docker/ensure-daemon.ts";
import { stripIdentity } from "../../src/docker/strip-identity.ts";
import type { Remote } from "../../src/remote/remote.ts";
import { systemClock } from "../../src/system/system-clock.ts";
import { nspawnProvider } from "./nspawn.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const name = `e2e-${process.pid.toString(36)}-strip`;
const { signal } = new AbortController();
const progress = { report: () => undefined, signal };
const provider = nspawnProvider();

/** One line for each thing that a clone must not share. */
const identity = `
ls /etc/ssh | grep -c '^ssh_host_'
cat /etc/machine-id | wc -c
sudo ls /etc/docker /var/lib/docker | grep -cE '^(key.json|engine-id|swarm|swarmlab.json)$'
grep -c swarmlab /etc/hosts
systemctl is-active docker.service
systemctl is-active docker.socket
`;

describeOnRealMachines("a machine that becomes a box", () => {
  let cluster: Cluster;
  const connect = (): Promise<Remote> => provider.connect(cluster, "manager", { timeoutMs: 60_000, signal });

  beforeAll(async () => {
    const readText = (): Promise<string> => Promise.resolve(`name: ${name}\nworkers: 0\n`);
    const loaded = await loadCluster({ directory: resolve("test/e2e"), readText, overrides: {} });
    cluster = await provider.claim(loaded.cluster, signal);
    await provider.prepare(cluster, progress);
    await provider.create(cluster, "manager", progress);
  });
  afterAll(async () => {
    await provider.destroy(cluster, progress);
    expect(await findTraces(name)).toEqual([]);
  });

  it("loses its identity, and boots with SSH host keys of its own", async () => {
    await using remote = await connect();
    const shell = async (script: string) =>
      (await remote.tryRun({ argv: ["sh", "-c", script] })).stdout.trim().split("\n");
    const [machine] = cluster.machines;
    const wanted = machine === undefined ? {} : wantedDaemonOptions(cluster, machine);
    const tcp = { mode: "off", address: machine?.address ?? "" } as const;
    await ensureDaemon({
      remote,
      wanted,
      tcp,
      restart: "now",
      docker: cluster.docker,
      clock: systemClock,
      ...progress,
    });
    expect(await shell(identity)).toEqual([
      "1",
      "33",
      expect.not.stringMatching(/^0$/),
      "2",
      "active",
      "active",
    ]);
    await stripIdentity(remote, signal);
    await stripIdentity(remote, signal);
    expect(await shell(identity)).toEqual(["0", "0", "0", "0", "inactive", "inactive"]);
    await remote[Symbol.asyncDispose]();

    await provider.stop(cluster, "manager", progress);
    await provider.create(cluster, "manager", progress);
    // sshd answers, with another key than the one that was pinned.
    await expect(connect()).rejects.toMatchObject({ failure: { kind: "host-key" } });
  });
});
