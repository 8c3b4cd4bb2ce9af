import type { Cluster } from "../cluster/cluster.ts";
import type { EngineInfo } from "../docker/engine.ts";
import type { MachineFacts } from "../docker/machine-facts.ts";
import type { Problem } from "../failure.ts";
import { type Cures, curesFor } from "./cures.ts";

/** A machine that answered. */
export interface ExaminedMachine {
  readonly name: string;
  readonly address: string;
  readonly facts: MachineFacts;
  /** Undefined: its daemon does not answer. */
  readonly engine?: EngineInfo;
  /** How far its clock is ahead of this computer's; negative: behind. */
  readonly clockSkewMs: number;
}

/** A certificate of the swarm is not valid before its time: a machine that is behind by more is refused. */
const seriousSkewMs = 60_000;
const noticeableSkewMs = 2000;

/** Whether a clock is wrong by more than machines differ that keep their time. */
export const isNoticeable = (clockSkewMs: number): boolean => Math.abs(clockSkewMs) >= noticeableSkewMs;

const littleSpace = { bytes: 1024 ** 3, text: "1 GiB" };
const dayMs = 86_400_000;

/** What about machines that run is not as it should be, seen from each and by comparing them. `nowMs`: this computer's clock. */
export function judgeCluster(
  cluster: Pick<Cluster, "name" | "hosts">,
  machines: readonly ExaminedMachine[],
  nowMs: number,
): readonly Problem[] {
  const cures = curesFor(cluster);
  return [
    ...shared(machines, { what: "engine ID", remedy: cures.engineId }, ({ engine }) => engine?.id),
    ...shared(machines, { what: "node ID", remedy: "swarmlab up" }, ({ engine }) => engine?.swarm.nodeId),
    ...shared(machines, { what: "host name", remedy: cures.hostName }, ({ facts }) => facts.hostName),
    ...differentMtu(machines),
    ...machines.flatMap((machine) => judgeMachine(machine, { cures, nowMs })),
  ].map((problem) => ({ ...problem, where: problem.where ?? cluster.name }));
}

/** What each machine must have for itself. Clones share it until `up` gives them their own. */
function shared(
  machines: readonly ExaminedMachine[],
  { what, remedy }: Pick<Problem, "what" | "remedy">,
  valueOf: (machine: ExaminedMachine) => string | undefined,
): readonly Problem[] {
  const groups = new Map<string, readonly string[]>();
  for (const machine of machines) {
    const value = valueOf(machine) ?? "";
    if (value !== "") groups.set(value, [...(groups.get(value) ?? []), machine.name]);
  }
  return [...groups].flatMap(([value, names]): readonly Problem[] =>
    names.length < 2
      ? []
      : [
          {
            severity: "error",
            what: `${names.join(" and ")} have the same ${what} ${value}`,
            why: "A swarm tells machines apart by it.",
            remedy,
          },
        ],
  );
}

function differentMtu(machines: readonly ExaminedMachine[]): readonly Problem[] {
  const sizes = new Set(machines.flatMap(({ facts }) => facts.mtu ?? []));
  if (sizes.size < 2) return [];
  const each = machines.map(({ name, facts }) => `${name} ${facts.mtu ?? "unknown"}`).join(", ");
  return [
    {
      severity: "error",
      what: `the machines' links take packets of different sizes (${each})`,
      why: "Large packets of overlay networks get lost, and small ones do not: connections open and then hang.",
      remedy: "Give all links the same MTU: ip link set dev LINK mtu BYTES",
    },
  ];
}

function judgeMachine(
  machine: ExaminedMachine,
  { cures, nowMs }: { readonly cures: Cures; readonly nowMs: number },
): readonly Problem[] {
  return [
    ...(machine.engine === undefined ? [silentDaemon(machine)] : []),
    ...judgeClock(machine, cures),
    ...judgeAddress(machine, cures),
    ...judgeListeners(machine),
    ...judgeCertificate(machine, nowMs),
    ...judgeSpace(machine),
    ...(machine.facts.hasIpVs
      ? []
      : [
          {
            severity: "warning" as const,
            where: machine.name,
            what: "its kernel has no ip_vs",
            why: "Virtual IPs of services and the routing mesh carry no traffic there.",
            remedy: "modprobe ip_vs, or another kernel",
          },
        ]),
  ];
}

const silentDaemon = ({ name }: ExaminedMachine): Problem => ({
  severity: "error",
  where: name,
  what: "its Docker daemon does not answer",
  remedy: "swarmlab up",
});

function judgeClock({ name, clockSkewMs }: ExaminedMachine, { clock }: Cures): readonly Problem[] {
  if (!isNoticeable(clockSkewMs)) return [];
  const skewMs = Math.abs(clockSkewMs);
  const seconds = (skewMs / 1000).toFixed(0);
  return [
    {
      severity: skewMs < seriousSkewMs ? "warning" : "error",
      where: name,
      what: `its clock is ${seconds} s ${clockSkewMs > 0 ? "ahead of" : "behind"} this computer's`,
      why: "Certificates are refused before their time begins and after it ends.",
      remedy: clock,
    },
  ];
}

function judgeAddress({ name, address, engine, facts }: ExaminedMachine, cures: Cures): readonly Problem[] {
  const missing: readonly Problem[] =
    facts.mtu !== undefined
      ? []
      : [
          {
            severity: "error",
            where: name,
            what: `none of its links has the address ${address}`,
            remedy: cures.address,
          },
        ];
  const known = engine?.swarm.nodeAddr ?? "";
  if (known === "" || known === address) return missing;
  return [
    ...missing,
    {
      severity: "error",
      where: name,
      what: `the swarm knows it as ${known}, and its address is ${address}`,
      why: "The others send their packets to where nobody is.",
      remedy: "swarmlab up",
    },
  ];
}

/** The API is root on the machine: whoever reaches it without a certificate of the cluster owns it. */
function judgeListeners({ name, address, facts }: ExaminedMachine): readonly Problem[] {
  const known = [`${address}:2375`, `${address}:2376`];
  return facts.apiListeners
    .filter((listener) => !known.includes(listener) && !/^(127\.|\[::1\])/.test(listener))
    .map((listener) => ({
      severity: "error",
      where: name,
      what: `its Docker API listens on ${listener}, beyond the private address ${address}`,
      why: "Whoever reaches the API is root there.",
      remedy: "Take that address out of the machine's daemon.json or daemon flags, then swarmlab up",
    }));
}

function judgeCertificate({ name, facts }: ExaminedMachine, nowMs: number): readonly Problem[] {
  const endMs = facts.nodeCertificateEndMs;
  if (endMs === undefined) return [];
  if (endMs === "unreadable") return [unreadableCertificate(name)];
  const leftMs = endMs - nowMs;
  if (leftMs > dayMs) return [];
  const isOver = leftMs <= 0;
  return [
    {
      severity: isOver ? "error" : "warning",
      where: name,
      what: `its certificate in the swarm ${isOver ? "has ended" : "ends within a day"} (${new Date(endMs).toISOString()})`,
      why: "A machine whose certificate has ended is out of the swarm; one that runs renews it in time by itself.",
      remedy: isOver
        ? "swarmlab up"
        : "Leave the machine running; it renews its certificate in the second half of its time",
    },
  ];
}

function unreadableCertificate(name: string): Problem {
  return {
    severity: "error",
    where: name,
    what: "its certificate in the swarm cannot be read",
    why: "The daemon does not take part in the swarm with a broken file.",
    remedy: "swarmlab up",
  };
}

function judgeSpace({ name, facts: { freeBytes } }: ExaminedMachine): readonly Problem[] {
  if (freeBytes === undefined || freeBytes >= littleSpace.bytes) return [];
  return [
    {
      severity: "warning",
      where: name,
      what: `less than ${littleSpace.text} is left for Docker (${(freeBytes / 1024 ** 2).toFixed(0)} MiB)`,
      remedy: `Look what can go: swarmlab ssh ${name} -- docker system df`,
    },
  ];
}
