import type { Cluster, HostSpec } from "../../cluster/cluster.ts";
import { FailureError, type Problem } from "../../failure.ts";
import type { Remote } from "../../remote/remote.ts";
import type { KnownHost } from "./host-record.ts";
import { type HostFacts, hostFactsScript, parseHostFacts } from "./host-facts.ts";

/** One machine, and what connects to it. */
export interface Candidate {
  readonly name: string;
  readonly known: KnownHost;
  readonly connect: () => Promise<Remote>;
}

/** What stands in the way of taking a machine into the cluster. Looks at it, and changes nothing there. */
export async function hostProblems(
  cluster: Cluster,
  { name, known, connect }: Candidate,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  try {
    await using remote = await connect();
    const { stdout, stderr } = await remote.tryRun({
      argv: ["sh", "-s", "--", ...portsOf(cluster)],
      stdin: hostFactsScript,
      sudo: true,
      signal,
    });
    const facts = parseHostFacts(stdout);
    return facts === undefined
      ? [{ ...unlooked, where: name, why: stderr.trim() }]
      : judgeHost(cluster, { name, known, facts });
  } catch (error) {
    if (!(error instanceof FailureError) || signal.aborted) throw error;
    return asProblems(name, known.spec, error);
  }
}

const unlooked = {
  severity: "error",
  what: "what it has cannot be looked at as root",
  remedy:
    "Log in as root, or as a user who may use sudo for all commands; a password for it is asked for on a terminal, or comes from SWARMLAB_SUDO_PASSWORD.",
} as const;

/** Swarm's own, and that of the Docker API: https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts */
function portsOf({ swarm, tcp }: Cluster): readonly string[] {
  const api = { tls: ["tcp:2376"], insecure: ["tcp:2375"], off: [] }[tcp];
  return ["tcp:2377", "tcp:7946", "udp:7946", `udp:${swarm.dataPathPort ?? 4789}`, ...api];
}

/** What about a machine that was looked at stands in the way, or is worth knowing before. */
export function judgeHost(
  { docker }: Pick<Cluster, "docker">,
  its: { readonly name: string; readonly known: KnownHost; readonly facts: HostFacts },
): readonly Problem[] {
  const { name, known, facts } = its;
  const problems = [
    ...judgeSystem(facts),
    ...judgeEngine(facts, docker.install === true),
    ...judgeAddress(name, known, facts),
    ...(facts.isInSwarm ? [] : facts.takenPorts.map(takenPort)),
    ...(facts.isInSwarm || facts.containers.length === 0 ? [] : [willRestart(facts.containers)]),
  ];
  return problems.map((problem) => ({ ...problem, where: name }));
}

type Judgement = Omit<Problem, "where">;

function judgeSystem({ init }: HostFacts): readonly Judgement[] {
  if (init !== "") return [];
  const what = "its services are started neither by systemd nor by init scripts";
  return [{ severity: "error", what, remedy: "Use a machine with systemd, upstart or sysvinit." }];
}

function judgeEngine({ hasEngine, packages }: HostFacts, mayInstall: boolean): readonly Judgement[] {
  if (hasEngine || (mayInstall && packages !== "")) return [];
  const byHand = "install it on the machine: https://docs.docker.com/engine/install/";
  if (packages === "")
    return [
      {
        severity: "error",
        what: "it has no Docker engine, and none can be installed",
        why: "swarmlab installs engines with apt-get and dnf only",
        remedy: `Install it there by hand: https://docs.docker.com/engine/install/`,
      },
    ];
  return [
    {
      severity: "error",
      what: "it has no Docker engine, and none may be installed",
      why: "docker.install is false, as it is for machines that exist already unless swarmlab.yaml says otherwise",
      remedy: `Set docker.install: true in swarmlab.yaml, or ${byHand}`,
    },
  ];
}

function judgeAddress(
  name: string,
  { spec, address }: KnownHost,
  { addresses }: HostFacts,
): readonly Judgement[] {
  const own = addresses.filter((each) => !each.startsWith("127."));
  const remedy = `Set hosts.${name}.advertise-addr in swarmlab.yaml to one of its addresses: ${own.join(", ")}`;
  if (address === undefined)
    return [{ severity: "error", what: `${spec.address} leads to no IPv4 address on this computer`, remedy }];
  if (addresses.length === 0 || addresses.includes(address)) return [];
  const why = "the other machines reach it by an address of one of its links, and its daemon listens there";
  return [{ severity: "error", what: `none of its links has the address ${address}`, why, remedy }];
}

const takenPort = (port: string): Judgement => ({
  severity: "error",
  what: `something else listens on port ${port}`,
  why: "Swarm and the Docker API need it",
  remedy: "Stop it there, or let it listen elsewhere.",
});

const willRestart = (containers: readonly string[]): Judgement => ({
  severity: "warning",
  what: `containers run there (${containers.join(", ")})`,
  why: "Its daemon may be restarted to configure it: they stop for a moment, and are started again.",
  remedy: "Choose a moment when that does no harm.",
});

function asProblems(
  where: string,
  { address, port, user }: HostSpec,
  error: FailureError,
): readonly Problem[] {
  const { failure } = error;
  if (failure.kind === "prerequisite") return failure.problems.map((problem) => ({ where, ...problem }));
  if (failure.kind !== "unreachable") throw error;
  const login = user === undefined ? address : `${user}@${address}`;
  const jumped = failure.machine === where ? "" : ` (${failure.machine} is on the way to it)`;
  return [
    {
      severity: "error",
      where,
      what: `it does not let swarmlab in over SSH${jumped}`,
      why: failure.reason,
      remedy: `${failure.hint.startsWith("See whether") ? "" : `${failure.hint}; `}see whether this works: ssh -p ${port} ${login} true`,
    },
  ];
}
