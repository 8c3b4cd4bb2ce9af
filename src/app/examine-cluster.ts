import type { Context } from "../context.ts";
import { machineFactsScript, parseMachineFacts } from "../docker/machine-facts.ts";
import { parseEngineInfo } from "../docker/engine-info.ts";
import type { EngineInfo } from "../docker/engine.ts";
import { FailureError, type Problem } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs } from "../system/clock.ts";
import { findApiCertificates } from "./api-certificates.ts";
import type { Connections } from "./connections.ts";
import { judgeApiCertificates } from "./judge-certificates.ts";
import { isNoticeable, judgeCluster, type ExaminedMachine } from "./judge-cluster.ts";
import type { Lab } from "./open-lab.ts";

/** A machine that runs answers at once, or it is told as silent. */
const answerTimeoutMs = 10_000;

interface Work {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Connections;
}

export interface Examination {
  readonly machines: readonly ExaminedMachine[];
  readonly problems: readonly Problem[];
}

/** Looks at all machines that run, and compares them. */
export async function examineCluster(work: Work): Promise<Examination> {
  const { lab } = work;
  const running = [...lab.machines.values()].filter(({ state }) => state === "running");
  const seen = await Promise.all(running.map(({ name }) => examine(work, name)));
  const machines = seen.flatMap((each) => ("facts" in each ? [each] : []));
  const silent = seen.flatMap((each) => ("facts" in each ? [] : [each]));
  const certificates = await findApiCertificates(lab, machines);
  const nowMs = Date.now();
  return {
    machines,
    problems: [
      ...silent,
      ...judgeCluster(lab.cluster, machines, nowMs),
      ...judgeApiCertificates(certificates, nowMs),
    ],
  };
}

/** Sets the clocks that are wrong by this computer's. Those of machines that share its clock are never wrong. */
export async function setClocks(
  { context, lab, connections }: Work,
  machines: readonly ExaminedMachine[],
): Promise<void> {
  await Promise.all(
    machines
      .filter(({ clockSkewMs }) => isNoticeable(clockSkewMs))
      .map(async ({ name }) => {
        const remote = await connections.remote(lab, name);
        const now = `@${(Date.now() / 1000).toFixed(3)}`;
        await remote.run({ argv: ["date", "--set", now], sudo: true, signal: context.signal });
      }),
  );
}

async function examine(work: Work, name: string): Promise<ExaminedMachine | Problem> {
  const { context, lab, connections } = work;
  const address = lab.cluster.machines.find((machine) => machine.name === name)?.address ?? "";
  try {
    const remote = await connections.remote(lab, name, answerTimeoutMs);
    const { clock, signal } = context;
    const timeoutMs = limitMs(clock, answerTimeoutMs);
    const engine = await engineInfo(work, name, timeoutMs);
    const seen = await lookAround(remote, { address, timeoutMs, signal });
    return "facts" in seen ? { name, address, ...seen, ...engine } : seen;
  } catch (error) {
    if (!(error instanceof FailureError) || context.signal.aborted) throw error;
    return {
      severity: "error",
      where: name,
      what: `it does not answer (${error.failure.kind})`,
      remedy: "swarmlab up",
    };
  }
}

/** Nothing where the daemon is silent: then the machine itself is all there is to look at. */
async function engineInfo(
  { lab, connections, context }: Work,
  name: string,
  timeoutMs: number,
): Promise<{ readonly engine?: EngineInfo }> {
  try {
    const engine = await connections.engine(lab, name);
    const { signal } = context;
    return { engine: parseEngineInfo(await engine.request("GET", "/info", { timeoutMs, signal })) };
  } catch (error) {
    if (error instanceof FailureError && !context.signal.aborted) return {};
    throw error;
  }
}

async function lookAround(
  remote: Remote,
  its: {
    readonly address: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Pick<ExaminedMachine, "facts" | "clockSkewMs"> | Problem> {
  const { address, timeoutMs, signal } = its;
  const beginMs = Date.now();
  const { stdout, stderr } = await remote.run({
    argv: ["sh", "-s", "--", address],
    stdin: machineFactsScript,
    sudo: true,
    timeoutMs,
    signal,
  });
  const facts = parseMachineFacts(stdout);
  if (facts === undefined) return tellsNothing(remote.machine, stderr);
  return { facts, clockSkewMs: skewOf(facts.clockMs, { beginMs, endMs: Date.now() }) };
}

/** Its tools are damaged, or its shell runs nothing. */
const tellsNothing = (machine: string, stderr: string): Problem => ({
  severity: "error",
  where: machine,
  what: "it answers, and tells nothing about itself",
  why: stderr.trim() || "The commands that look at it printed nothing.",
  remedy: `Look at it: swarmlab ssh ${machine}`,
});

/** The machine looked at its clock at some moment between asking and the answer. */
function skewOf(
  clockMs: number,
  { beginMs, endMs }: { readonly beginMs: number; readonly endMs: number },
): number {
  if (clockMs < beginMs) return clockMs - beginMs;
  return clockMs > endMs ? clockMs - endMs : 0;
}
