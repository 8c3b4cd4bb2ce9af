import type { Failure, Problem } from "../failure.ts";
import { formatElapsed } from "./elapsed.ts";

/** A failure in words. */
export interface FailureText {
  /** One sentence without a final full stop. */
  readonly what: string;
  readonly where?: string;
  /** May have several lines, such as the end of a log. */
  readonly why?: string;
  /** Commands, some with a remark, and sentences. */
  readonly next: readonly string[];
}

type Kind = Failure["kind"];
type OfKind<K extends Kind> = { [P in K]: { readonly kind: P } & Extract<Failure, { readonly kind: P }> }[K];

/** What happened, where, why and what to do next. A failure made of problems or failures is summed up. */
export function describeFailure(failure: Failure): FailureText {
  return describeKind(failure);
}

/** Generic, so that the compiler sees that the table's function fits the failure. */
function describeKind<K extends Kind>(failure: OfKind<K>): FailureText {
  return descriptions[failure.kind](failure);
}

const descriptions: { readonly [P in Kind]: (failure: OfKind<P>) => FailureText } = {
  usage: ({ message, remedy }) => ({ what: message, next: [remedy] }),
  config: ({ problems }) => sumUp(problems, "in the configuration"),
  prerequisite: ({ problems, command }) => ({
    what: sumUp(problems, "on this computer").what,
    next: command === undefined ? remediesOf(problems) : [`${command}   (does all that can be done)`],
  }),
  "needs-root": ({ tasks, command }) => ({
    what: "this needs root",
    why: `It will ${listOf(tasks)}.`,
    next: [command],
  }),
  "confirmation-needed": ({ action, command }) => ({
    what: `not done without being confirmed: ${action}`,
    why: "There is no terminal to ask on.",
    next: [command],
  }),
  declined: ({ action }) => ({
    what: `not done: ${action}`,
    why: "The answer was no.",
    next: ["Nothing was changed."],
  }),
  "name-taken": ({ cluster, owner }) => ({
    what: `there is another cluster with the name ${cluster} on this computer`,
    where: owner ?? "the default cluster, made without a swarmlab.yaml",
    next: [
      "Choose another `name` in swarmlab.yaml.",
      `swarmlab --dir ${owner ?? "/"} destroy   (removes the other one)`,
    ],
  }),
  "subnet-taken": ({ subnet, by }) => ({
    what: `the subnet ${subnet} is in use`,
    where: by,
    next: ["Choose another `subnet` in swarmlab.yaml, or leave it out: a free one is then found."],
  }),
  "unknown-machine": ({ name, known, suggestion }) => ({
    what: `there is no machine ${name}`,
    why: `The machines are ${known.join(", ")}.`,
    next:
      suggestion === undefined ? ["swarmlab status   (shows the machines)"] : [`Did you mean ${suggestion}?`],
  }),
  "not-running": ({ machine, state }) => ({
    what: `${machine} is not running`,
    where: machine,
    why: `Its state is ${state}.`,
    next: [state === "unreachable" ? "swarmlab doctor   (says why)" : "swarmlab up   (starts it)"],
  }),
  "fault-refused": ({ fault, machine, reason }) => ({
    what: `the fault ${fault} cannot be injected here`,
    ...(machine !== undefined && { where: machine }),
    why: reason,
    next: ["Nothing was changed.", "swarmlab fault inject --help   (the kinds of faults)"],
  }),
  "fault-record": ({ file }) => ({
    what: "what swarmlab keeps of a fault cannot be read",
    where: file,
    why: "The file is damaged, or another version of swarmlab wrote it.",
    next: [
      "The fault may still be there. It goes with the machines, where they are swarmlab's own: swarmlab destroy, then swarmlab up",
      `rm ${file}   (forgets the fault and heals nothing)`,
    ],
  }),
  process: ({ argv, exitCode, stderr, remedy }) => ({
    what: `${argv[0] ?? "a process"} ${endOf(exitCode)}`,
    where: `this computer: ${inOneLine(argv)}`,
    ...because(tail(stderr)),
    next: [remedy ?? "Run the same command with --verbose for more detail."],
  }),
  "remote-command": ({ machine, argv, exitCode, stderr }) => ({
    what: `${argv[0] ?? "a command"} ${endOf(exitCode)} on ${machine}`,
    where: `${machine}: ${inOneLine(argv)}`,
    ...because(tail(stderr)),
    next: [`swarmlab ssh ${machine}   (to look around)`, "swarmlab up   (goes on where this stopped)"],
  }),
  timeout: ({ waitedFor, afterMs, hint }) => ({
    what: `gave up waiting for ${waitedFor}`,
    why: `It took more than ${formatElapsed(afterMs)}.`,
    next: [hint],
  }),
  unreachable: ({ machine, address, reason, hint }) => ({
    what: `${machine} does not answer over SSH`,
    where: address,
    why: reason,
    next: [hint],
  }),
  "host-key": ({ machine, address, expected, actual }) => ({
    what: `${machine} has another SSH host key than the one it was made with`,
    where: address,
    why: `expected ${expected}\nfound    ${actual}`,
    next: [
      "Something else may answer at this address. If the machine was replaced on purpose, make the cluster anew:",
      "swarmlab destroy, then swarmlab up",
    ],
  }),
  "disk-full": ({ machine, path, doing }) => ({
    what: `the disk is full while ${doing}`,
    where: machine === undefined ? path : `${machine}: ${path}`,
    next: [
      `${machine === undefined ? "" : `swarmlab ssh ${machine} -- `}df -h ${path}`,
      "Free some space, then run the same command again; it goes on where it stopped.",
    ],
  }),
  "box-build": ({ reason, logTail, log, remedy }) => ({
    what: "the box that machines start from could not be built",
    where: log,
    why: [reason, tail(logTail)].filter(Boolean).join("\n"),
    next: [remedy],
  }),
  bundle: ({ what, file, why, remedy }) => ({ what, where: file, why, next: [remedy] }),
  vagrant: ({ what, machine, why, log, remedy }) => ({
    what: machine === undefined ? what : `${what} (${machine})`,
    where: log,
    ...because(tail(why)),
    next: [remedy],
  }),
  "machine-died": ({ machine, logTail, log }) => ({
    what: `${machine} stopped by itself`,
    where: log,
    ...because(tail(logTail)),
    next: ["swarmlab up   (starts it again)"],
  }),
  "beyond-repair": ({ machine, failure }) => {
    const { what, where, why, next } = describeFailure(failure);
    return {
      what: `${machine} cannot be brought back as it is`,
      where: where ?? machine,
      why: [what, ...whysOf(failure), why].filter(Boolean).join("\n"),
      next: [
        `swarmlab up --recreate   (takes ${machine} away with all that it holds, and makes it anew under its name and address)`,
        ...next,
      ],
    };
  },
  daemon: ({ machine, reason, log, restored }) => ({
    what: `the Docker daemon of ${machine} does not work with the wanted configuration`,
    where: machine,
    why: [
      reason,
      tail(log),
      restored ? "The configuration from before is in force again." : "The daemon is not running.",
    ]
      .filter(Boolean)
      .join("\n"),
    next: [
      "Correct `daemon` in swarmlab.yaml, then: swarmlab up",
      `swarmlab ssh ${machine} -- journalctl -u docker`,
    ],
  }),
  "engine-api": ({ machine, request, status, message }) => ({
    what: `the Docker Engine of ${machine} refused a request`,
    where: `${machine}: ${request}`,
    why: `${message} (status ${status})`,
    next: ["swarmlab status", `swarmlab ssh ${machine} -- journalctl -u docker`],
  }),
  "engine-answer": ({ request, wrong }) => ({
    what: "a Docker Engine's answer cannot be understood",
    where: request,
    why: wrong,
    next: [
      "swarmlab status",
      "See whether something stands between swarmlab and dockerd and answers for it.",
    ],
  }),
  "foreign-swarm": ({ machines, why }) => ({
    what: "there are machines in a swarm that this cluster did not make",
    where: machines.join(", "),
    why,
    next: [
      "Nothing was changed. If that swarm may go, leave it on each of these machines, then run swarmlab up:",
      ...machines.map((machine) => `swarmlab ssh ${machine} -- docker swarm leave --force`),
    ],
  }),
  "quorum-lost": ({ reachable, needed, managers }) => ({
    what: "the swarm has lost its quorum",
    where:
      reachable.length === 0
        ? "no manager can open the swarm's state"
        : `managers that still have its state: ${reachable.join(", ")}`,
    why: `${needed} of its ${managers} managers must answer to change anything, and ${reachable.length} ${reachable.length === 1 ? "does" : "do"}.`,
    next: [
      "swarmlab up   (starts the machines that are stopped)",
      reachable.length === 0
        ? "swarmlab up --force   (gives the swarm up with its services, and makes a new one)"
        : "swarmlab up --force   (starts the swarm again from one manager that is left; services and all else are kept)",
    ],
  }),
  "quorum-at-risk": ({ machines, remaining, reachable }) => {
    const what = `${listOf(machines)} cannot be removed`;
    if (remaining.length === 0)
      return {
        what,
        why: "No manager would be left, and a swarm has at least one.",
        next: ["swarmlab node add --manager, then the same again", "swarmlab destroy   (takes all away)"],
      };
    const needed = Math.floor(remaining.length / 2) + 1;
    return {
      what,
      why: `The swarm would lose its quorum: of the managers that remain (${listOf(remaining)}), ${needed} must answer, and ${reachable.length === 0 ? "none does" : `only ${listOf(reachable)} ${reachable.length === 1 ? "does" : "do"}`}.`,
      next: [
        "swarmlab up   (starts the machines that are stopped)",
        `swarmlab node remove ${remaining.filter((name) => !reachable.includes(name)).join(" ")}   (removes those that do not answer first)`,
      ],
    };
  },
  "swarm-locked": ({ machines }) => ({
    what: "the swarm is locked",
    where: machines.join(", "),
    why: "Autolock is on: after a restart a manager needs the unlock key.",
    next: [
      ...machines.map((machine) => `swarmlab ssh ${machine} -- docker swarm unlock   (asks for the key)`),
      "swarmlab up --force   (where the key is lost: a new swarm, without all that is in this one)",
    ],
  }),
  verify: ({ problems }) => sumUp(problems, "with the cluster"),
  leftovers: ({ cluster, items }) => ({
    what: `not all of ${cluster} could be removed`,
    why: items.join("\n"),
    next: ["Run the same command again."],
  }),
  locked: ({ what, owner }) => ({
    what: `another swarmlab is working on ${what}`,
    where: owner,
    next: ["Wait until it has ended, then run the same command again."],
  }),
  interrupted: ({ next }) => ({ what: "interrupted", next: [next] }),
  several: ({ failures }) => ({
    what: `${failures.length} things failed`,
    why: failures.map((failure) => describeFailure(failure).what).join("\n"),
    next: [...new Set(failures.flatMap((failure) => describeFailure(failure).next))],
  }),
};

function sumUp(problems: readonly Problem[], place: string): FailureText {
  const [only] = problems;
  const what = problems.length === 1 && only ? only.what : `${problems.length} problems ${place}`;
  const wheres = [...new Set(problems.flatMap(({ where }) => where ?? []))];
  return { what, ...(wheres.length > 0 && { where: wheres.join(", ") }), next: remediesOf(problems) };
}

function whysOf(failure: Failure): readonly string[] {
  return "problems" in failure ? failure.problems.flatMap(({ why }) => why ?? []) : [];
}

function remediesOf(problems: readonly Problem[]): readonly string[] {
  return [...new Set(problems.map(({ remedy }) => remedy))];
}

function endOf(exitCode: number | undefined): string {
  return exitCode === undefined ? "was ended by a signal" : `failed with exit code ${exitCode}`;
}

/** Scripts are left out: what they are for is told by the rest, and `--json` has them whole. */
function inOneLine(argv: readonly string[]): string {
  return argv.map((word) => (word.includes("\n") ? "…" : word)).join(" ");
}

function because(why: string): { readonly why?: string } {
  return why === "" ? {} : { why };
}

/** The last lines of a log: the cause stands at the end, and a failure should fit on a screen. */
function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-10).join("\n");
}

function listOf(items: readonly string[]): string {
  return items.length < 2
    ? items.join("")
    : `${items.slice(0, -1).join(", ")} and ${items.slice(-1).join("")}`;
}
