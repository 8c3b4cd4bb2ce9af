import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gatewayAddress } from "../../cluster/addresses.ts";
import type { Cluster, MachineSpec } from "../../cluster/cluster.ts";
import { withSubnet } from "../../cluster/extend.ts";
import { formatSubnet, freeSubnet, overlaps, parseSubnet } from "../../cluster/subnet.ts";
import { dockerRanges } from "../../cluster/docker-ranges.ts";
import { FailureError, type Problem } from "../../failure.ts";
import { connectSsh } from "../../remote/connect-ssh.ts";
import type { Remote } from "../../remote/remote.ts";
import { generateSshKeyPair } from "../../remote/ssh-keys.ts";
import type { StepProgress } from "../../steps.ts";
import type { Machine, Provider, ProviderCapabilities, SetupPlan } from "../provider.ts";
import { buildBox, findBox } from "./box.ts";
import { removeCgroup } from "./cgroups.ts";
import { ensureRules, removeRules } from "./firewall.ts";
import { hostProblems, planHostSetup } from "./host-requirements.ts";
import { raiseHostSettings, restoreHostSettings } from "./host-settings.ts";
import { detectCgroupHost, launchMachine } from "./launch.ts";
import { clusterLayout, machineLayout, type ClusterLayout, type MachineLayout } from "./layout.ts";
import { describeTraces, findTraces, hierarchiesOf } from "./leftovers.ts";
import { machineResolvConf, makeMachineFiles, readHostKey } from "./machine-files.ts";
import { findProcesses, killProcesses, powerOff, type ProcessesByMachine } from "./machine-processes.ts";
import { ensureBridge, ensureNamespace, findHostNetworks, removeLinks, removeNamespaces } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { readClusterRecord, readClusterRecords, readMachineRecord, writeRecord } from "./records.ts";

/** Machines as systemd-nspawn containers on this Linux host: each a whole Debian or Ubuntu with its own systemd, sshd and dockerd. */
export class NspawnProvider implements Provider {
  readonly name = "nspawn";
  readonly capabilities: ProviderCapabilities = { parallelCreate: true, ownKernel: false, needsRoot: true };
  readonly #host: NspawnHost;

  constructor(host: NspawnHost) {
    this.#host = host;
  }

  preflight(cluster: Cluster): Promise<readonly Problem[]> {
    return hostProblems(this.#host, cluster);
  }

  planSetup(): Promise<SetupPlan | undefined> {
    return planHostSetup(this.#host);
  }

  async inspect(
    cluster: Cluster,
  ): Promise<{ readonly subnet?: string; readonly machines: readonly Machine[] }> {
    const layout = this.#layout(cluster);
    const [record, entries, processes, namespaces] = await Promise.all([
      readClusterRecord(this.#host.home, cluster.name),
      readdir(layout.machinesDirectory).catch(() => []),
      findProcesses(cluster.name),
      readdir("/run/netns").catch(() => []),
    ]);
    const names = new Set([...entries.map((entry) => entry.replace(/\.partial$/, "")), ...processes.keys()]);
    const machines = await Promise.all(
      [...names].map((name) => this.#inspectMachine({ cluster, name, entries, processes, namespaces })),
    );
    return { machines, ...(record === undefined ? {} : { subnet: record.subnet }) };
  }

  async settle(cluster: Cluster): Promise<Cluster> {
    const record = await readClusterRecord(this.#host.home, cluster.name);
    if (record === undefined) return this.#settleNew(cluster);
    await this.#refuseOthersCluster(cluster, record.owner);
    if (cluster.subnetChosen && cluster.subnet !== record.subnet) throw subnetMoved(cluster, record.subnet);
    return withSubnet(cluster, record.subnet);
  }

  async prepare(cluster: Cluster, progress: StepProgress): Promise<string | undefined> {
    const { home, warn, processes } = this.#host;
    const layout = this.#layout(cluster);
    const said = await this.#ensureBox(cluster, progress);
    await mkdir(layout.machinesDirectory, { recursive: true, mode: 0o700 });
    await this.#ensureKeys(layout);
    if ((await readClusterRecord(home, cluster.name)) === undefined) {
      await writeRecord(layout.recordFile, {
        schemaVersion: 1,
        subnet: cluster.subnet,
        owner: cluster.owner ?? null,
      });
    }
    await raiseHostSettings(warn);
    const { gateway, prefix } = networkOf(cluster);
    await ensureBridge(processes, layout, `${gateway}/${prefix}`);
    await ensureRules(processes, layout, cluster.subnet);
    return said;
  }

  async create(cluster: Cluster, name: string): Promise<string | undefined> {
    const { host, spec, machine } = this.#machine(cluster, name);
    const running = (await findProcesses(cluster.name)).get(name);
    if (running !== undefined) {
      if ((await this.#stateOf(cluster, name)) === "running") return "already running";
      await killProcesses({
        cluster: cluster.name,
        processes: host.processes,
        clock: host.clock,
        machine: name,
      });
    }
    const made = await readMachineRecord(machine.directory);
    if (made === undefined) await this.#makeFiles(cluster, spec, machine);
    const { gateway, prefix } = networkOf(cluster);
    const address = `${spec.address}/${prefix}`;
    await ensureNamespace(host.processes, {
      bridge: this.#layout(cluster).bridge,
      machine,
      address,
      gateway,
    });
    const box = made?.box ?? (await this.#boxOf(cluster));
    await launchMachine({ host, cluster: cluster.name, machine, box, limits: spec });
    return made === undefined ? "created" : "started";
  }

  async stop(cluster: Cluster, name: string, progress: StepProgress): Promise<string | undefined> {
    const { processes, clock } = this.#host;
    const running = (await findProcesses(cluster.name)).has(name);
    if (!running) return "not running";
    const { signal } = progress;
    const how = await powerOff({ cluster: cluster.name, processes, clock, machine: name, signal });
    return how === "killed" ? "did not power off in 30 s and was killed" : undefined;
  }

  async destroy(cluster: Cluster): Promise<void> {
    const { home, processes, clock } = this.#host;
    const layout = this.#layout(cluster);
    const record = await readClusterRecord(home, cluster.name);
    if (record !== undefined) await this.#refuseOthersCluster(cluster, record.owner);
    await killProcesses({ cluster: cluster.name, processes, clock });
    const found = await findTraces(this.#host, cluster.name);
    for (const mount of found.mounts) await processes.run({ argv: ["umount", mount] });
    await removeNamespaces(processes, found.namespaces);
    await removeLinks(processes, found.links);
    await removeRules(processes, found.rules);
    await removeCgroup(hierarchiesOf(await detectCgroupHost()), layout.cgroup, clock);
    await rm(layout.directory, { recursive: true, force: true });
    if ((await readClusterRecords(home)).size === 0) await this.#leaveHost();
    const left = describeTraces(await findTraces(this.#host, cluster.name));
    if (left.length > 0) throw new FailureError({ kind: "leftovers", cluster: cluster.name, items: left });
  }

  async connect(
    cluster: Cluster,
    name: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Remote> {
    const { clock } = this.#host;
    const { spec, machine } = this.#machine(cluster, name);
    const [hostKey, privateKey] = await Promise.all([
      readHostKey(machine),
      readFile(this.#layout(cluster).privateKeyFile, "utf8"),
    ]);
    const target = { machine: name, address: spec.address, port: 22, user: "vagrant", hostKey, privateKey };
    const watch = new AbortController();
    const signal = AbortSignal.any([options.signal, watch.signal]);
    const death = this.#watchDeath(cluster.name, machine, watch);
    try {
      return await connectSsh({ ...target, clock, timeoutMs: options.timeoutMs, signal });
    } finally {
      watch.abort();
      await death;
    }
  }

  /** Aborts with `machine-died` when the machine's processes end before SSH answers. */
  async #watchDeath(cluster: string, machine: MachineLayout, watch: AbortController): Promise<void> {
    const { clock } = this.#host;
    const lookEveryMs = 500;
    while (!watch.signal.aborted) {
      await clock.sleep(lookEveryMs, watch.signal).catch(() => undefined);
      if (watch.signal.aborted || (await findProcesses(cluster)).has(machine.name)) continue;
      const log = await readFile(machine.consoleLog, "utf8").catch(() => "");
      const logTail = log.trim().split("\n").slice(-12).join("\n");
      watch.abort(
        new FailureError({ kind: "machine-died", machine: machine.name, logTail, log: machine.consoleLog }),
      );
    }
  }

  #layout(cluster: Cluster): ClusterLayout {
    return clusterLayout(this.#host.home, cluster.name);
  }

  #machine(cluster: Cluster, name: string): { host: NspawnHost; spec: MachineSpec; machine: MachineLayout } {
    const spec = cluster.machines.find((candidate) => candidate.name === name);
    const network = parseSubnet(cluster.subnet);
    const own = parseSubnet(spec?.address ?? "");
    if (spec === undefined || network === undefined || own === undefined)
      throw new Error(`no machine ${name} in the cluster`);
    const machine = machineLayout(this.#host.home, cluster.name, name, own.first - network.first);
    return { host: this.#host, spec, machine };
  }

  async #stateOf(cluster: Cluster, name: string): Promise<Machine["state"]> {
    const { machines } = await this.inspect(cluster);
    return machines.find((machine) => machine.name === name)?.state ?? "absent";
  }

  async #inspectMachine(seen: {
    readonly cluster: Cluster;
    readonly name: string;
    readonly entries: readonly string[];
    readonly processes: ProcessesByMachine;
    readonly namespaces: readonly string[];
  }): Promise<Machine> {
    const { cluster, name, entries, processes, namespaces } = seen;
    const layout = this.#layout(cluster);
    const record = entries.includes(name)
      ? await readMachineRecord(join(layout.machinesDirectory, name))
      : undefined;
    const address = record === undefined ? {} : { address: record.address };
    const runs = processes.has(name);
    if (record === undefined) {
      return runs
        ? { name, state: "broken", detail: "it runs, and its files are gone" }
        : { name, state: "creating" };
    }
    if (!runs) return { name, state: "stopped", ...address };
    return namespaces.includes(`${layout.namespacePrefix}${name}`)
      ? { name, state: "running", ...address }
      : { name, state: "broken", ...address, detail: "its network namespace is gone" };
  }

  async #settleNew(cluster: Cluster): Promise<Cluster> {
    const { home, processes, warn } = this.#host;
    const others = [...(await readClusterRecords(home))].map(([name, { subnet }]) => ({
      subnet,
      by: `cluster ${name}`,
    }));
    const taken = [...others, ...(await findHostNetworks(processes, this.#layout(cluster).bridge))];
    const blocker = taken.find(({ subnet }) => meet(subnet, cluster.subnet));
    if (blocker === undefined) return cluster;
    if (cluster.subnetChosen)
      throw new FailureError({
        kind: "subnet-taken",
        subnet: cluster.subnet,
        by: `${blocker.by} (${blocker.subnet})`,
      });
    const docker = dockerRanges({
      addressPools: cluster.swarm.addressPools,
      daemon: cluster.machines[0]?.daemon ?? {},
    });
    const free = freeSubnet([
      ...taken.map(({ subnet }) => subnet),
      ...docker.map(({ subnet }) => formatSubnet(subnet)),
    ]);
    if (free === undefined)
      throw new FailureError({
        kind: "subnet-taken",
        subnet: cluster.subnet,
        by: `${blocker.by} (${blocker.subnet})`,
      });
    warn(`${cluster.subnet} is taken by ${blocker.by} (${blocker.subnet}); the machines get ${free}.`);
    return withSubnet(cluster, free);
  }

  /** The name of a cluster is unique on a host. An owner that no longer exists owns nothing. */
  async #refuseOthersCluster(cluster: Cluster, owner: string | null): Promise<void> {
    if (owner === (cluster.owner ?? null)) return;
    const exists =
      owner === null ||
      (await stat(join(owner, "swarmlab.yaml")).then(
        () => true,
        () => false,
      ));
    if (exists)
      throw new FailureError({
        kind: "name-taken",
        cluster: cluster.name,
        owner: owner ?? "the default cluster of this host",
      });
  }

  async #boxOf(cluster: Cluster): Promise<string> {
    return cluster.box ?? (await findBox(this.#host, cluster.docker)).tree;
  }

  async #ensureBox(cluster: Cluster, progress: StepProgress): Promise<string | undefined> {
    if (cluster.box !== undefined) return undefined;
    if ((await findBox(this.#host, cluster.docker)).ready) return undefined;
    await buildBox(this.#host, cluster.docker, progress);
    return "box built";
  }

  async #ensureKeys(layout: ClusterLayout): Promise<void> {
    const present = await Promise.all(
      [layout.privateKeyFile, layout.publicKeyFile].map((file) =>
        stat(file).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (present.every(Boolean)) return;
    const pair = generateSshKeyPair("swarmlab");
    await writeFile(layout.privateKeyFile, pair.privateKey, { mode: 0o600 });
    await writeFile(layout.publicKeyFile, `${pair.publicKey}\n`, { mode: 0o644 });
  }

  async #makeFiles(cluster: Cluster, spec: MachineSpec, machine: MachineLayout): Promise<void> {
    await rm(machine.directory, { recursive: true, force: true });
    await makeMachineFiles(machine, {
      address: spec.address,
      box: await this.#boxOf(cluster),
      hostNames: cluster.machines,
      authorizedKey: (await readFile(this.#layout(cluster).publicKeyFile, "utf8")).trim(),
      resolvConf: await machineResolvConf(this.#host.warn),
    });
  }

  /** After the last cluster the host is as it was; the boxes stay for the next one. */
  async #leaveHost(): Promise<void> {
    await restoreHostSettings();
    await rmdir(join(this.#host.home, "clusters")).catch(() => undefined);
    await removeCgroup(hierarchiesOf(await detectCgroupHost()), "swarmlab", this.#host.clock);
  }
}

function networkOf(cluster: Cluster): { readonly gateway: string; readonly prefix: number } {
  const network = parseSubnet(cluster.subnet);
  const gateway = network && gatewayAddress(network);
  if (gateway === undefined) throw new Error(`${cluster.subnet} has no gateway address`);
  return { gateway, prefix: network?.prefix ?? 0 };
}

function meet(a: string, b: string): boolean {
  const [first, second] = [parseSubnet(a), parseSubnet(b)];
  return first !== undefined && second !== undefined && overlaps(first, second);
}

function subnetMoved(cluster: Cluster, subnet: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `the cluster ${cluster.name} exists with subnet ${subnet}, and swarmlab.yaml asks for ${cluster.subnet}`,
    remedy: `Put subnet: ${subnet} back, or run swarmlab destroy first: the addresses of a cluster never change.`,
  });
}
