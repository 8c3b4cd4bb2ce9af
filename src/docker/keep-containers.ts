import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { daemonRequirements } from "./daemon-requirements.ts";

/**
 * Work that may restart the daemon of a machine that others use too: containers that ran before it run after it, even where it fails. Those of the
 * swarm's tasks are the swarm's own. Returns what the work did. `tellLost` hears the names of containers that did not come back (`docker run --rm`
 * removes what ends); `unknown`: the daemon did not answer.
 */
export async function keepContainers<T>(its: {
  readonly remote: Remote;
  readonly signal: AbortSignal;
  readonly work: () => Promise<T>;
  readonly tellLost: (lost: readonly string[] | "unknown") => void;
}): Promise<T> {
  const { remote, signal, work, tellLost } = its;
  const before = await unlessSilent(runningContainers(remote, signal));
  try {
    return await work();
  } finally {
    const lost = signal.aborted ? [] : await startAgain(remote, before, signal);
    if (lost.length > 0) tellLost(lost);
  }
}

/** Returns the names of those that did not come back. */
async function startAgain(
  remote: Remote,
  before: ReadonlyMap<string, string> | undefined,
  signal: AbortSignal,
): Promise<readonly string[] | "unknown"> {
  if (before === undefined) return "unknown";
  if (before.size === 0) return [];
  const after = await unlessSilent(runningContainers(remote, signal));
  if (after === undefined) return "unknown";
  const stopped = [...before].filter(([id]) => !after.has(id));
  const started = await Promise.all(stopped.map(([id]) => start(remote, id, signal)));
  return stopped.flatMap(([, name], index) => (started[index] === true ? [] : [name]));
}

async function unlessSilent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "timeout") return undefined;
    throw error;
  }
}

/** Names by ID; none where no daemon answers. */
async function runningContainers(remote: Remote, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const format = '{{.ID}} {{.Names}} {{.Label "com.docker.swarm.task.id"}}';
  const { exitCode, stdout } = await remote.tryRun({
    argv: ["docker", "ps", "--no-trunc", "--format", format],
    sudo: true,
    timeoutMs: daemonRequirements.answering.deadlineMs,
    signal,
  });
  const rows = exitCode === 0 ? stdout.split("\n").map((line) => line.trim().split(" ")) : [];
  return new Map(
    rows.flatMap(([id = "", name = "", task]) => (id === "" || task !== undefined ? [] : [[id, name]])),
  );
}

async function start(remote: Remote, id: string, signal: AbortSignal): Promise<boolean> {
  const argv = ["docker", "start", id] as const;
  return (await remote.tryRun({ argv, sudo: true, signal })).exitCode === 0;
}
