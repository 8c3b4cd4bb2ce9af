import { afterAll, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import type { Machine, Provider } from "../../src/machine/provider.ts";
import type { Remote } from "../../src/remote/remote.ts";
import type { StepProgress } from "../../src/steps.ts";

/** What is given to the suite: a provider, and a cluster of one manager that does not exist yet. */
export interface ContractSubject {
  readonly provider: Provider;
  readonly cluster: Cluster;
}

/** What every provider keeps to, as tests in order on one machine. Call it inside a suite. */
export function itKeepsTheProviderContract(make: () => Promise<ContractSubject>): void {
  const name = "manager";
  const progress: StepProgress = { report: () => undefined, signal: new AbortController().signal };
  let made: Promise<ContractSubject> | undefined;
  const subject = (): Promise<ContractSubject> => (made ??= makeSettled(make));
  const create = async () => {
    const { provider, cluster } = await subject();
    return provider.create(cluster, name, progress);
  };

  afterAll(async () => {
    const { provider, cluster } = await subject();
    await provider.destroy(cluster, progress);
  });

  it("finds nothing in the way on a healthy host", async () => {
    const { provider, cluster } = await subject();
    const problems = await provider.preflight(cluster);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(await provider.planSetup()).toBeUndefined();
  });

  it("sees no machine before there is one", async () => {
    const { provider, cluster } = await subject();
    expect(await provider.inspect(cluster)).toEqual({ subnet: cluster.subnet, machines: [] });
  });

  it("prepares twice and creates a machine that runs at its address", async () => {
    const { provider, cluster } = await subject();
    await provider.prepare(cluster, progress);
    await provider.prepare(cluster, progress);
    await create();
    expect((await provider.inspect(cluster)).subnet).toBe(cluster.subnet);
    expect(await machineOf(await subject())).toEqual({
      name,
      state: "running",
      address: cluster.machines[0]?.address,
    });
  });

  it("connects and runs a command", async () => {
    await using remote = await connect(await subject());
    expect((await remote.run({ argv: ["hostname"] })).stdout).toBe(`${name}\n`);
  });

  it("creating it again leaves it running as it was", async () => {
    const before = await bootOf(await subject());
    expect(await create()).toBe("already running");
    expect(await bootOf(await subject())).toBe(before);
  });

  it("stops it, twice", async () => {
    const { provider, cluster } = await subject();
    await provider.stop(cluster, name, progress);
    expect(await machineOf(await subject())).toMatchObject({ state: "stopped" });
    expect(await provider.stop(cluster, name, progress)).toBe("not running");
  });

  it("creating a stopped machine starts the same one again", async () => {
    const identity = "cat /etc/machine-id; cat /home/vagrant/kept";
    await create();
    await shell(await subject(), "echo kept > /home/vagrant/kept; sync");
    const [before, boot] = [await shell(await subject(), identity), await bootOf(await subject())];
    const { provider, cluster } = await subject();
    await provider.stop(cluster, name, progress);
    await create();
    // The host key is pinned: another one would not let this connect.
    expect(await shell(await subject(), identity)).toBe(before);
    expect(await bootOf(await subject())).not.toBe(boot);
  });

  it("destroys it, twice, and sees nothing of it any more", async () => {
    const { provider, cluster } = await subject();
    await provider.destroy(cluster, progress);
    await provider.destroy(cluster, progress);
    expect(await provider.inspect(cluster)).toEqual({ machines: [] });
  });
}

async function makeSettled(make: () => Promise<ContractSubject>): Promise<ContractSubject> {
  const { provider, cluster } = await make();
  return { provider, cluster: await provider.claim(cluster, new AbortController().signal) };
}

async function machineOf({ provider, cluster }: ContractSubject): Promise<Machine | undefined> {
  const { machines } = await provider.inspect(cluster);
  return machines.find(({ name }) => name === "manager");
}

function connect({ provider, cluster }: ContractSubject): Promise<Remote> {
  return provider.connect(cluster, "manager", { timeoutMs: 60_000, signal: new AbortController().signal });
}

async function shell(subject: ContractSubject, script: string): Promise<string> {
  await using remote = await connect(subject);
  return (await remote.run({ argv: ["sh", "-c", script] })).stdout;
}

/** When the machine's init started: a machine that shares the host's kernel shares its boot ID too. */
function bootOf(subject: ContractSubject): Promise<string> {
  return shell(subject, "cut -d' ' -f22 /proc/1/stat; cat /proc/sys/kernel/random/boot_id");
}
