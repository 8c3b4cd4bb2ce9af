import { argvOf, armArgv, disarmArgv, refusedExitCode, type Deed, type ShellCall } from "../faults/deed.ts";
import { isOfLinks, machinesOf } from "../faults/fault.ts";
import type { FaultRecord } from "../faults/fault-record.ts";
import { linkDeed } from "../faults/link-deeds.ts";
import { machineDeed } from "../faults/machine-deeds.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { commandFailed } from "../remote/remote-failures.ts";
import type { StepProgress } from "../steps.ts";
import type { Connections } from "./connections.ts";
import { FaultRecords } from "./fault-records.ts";
import type { Lab } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

/** Work on the faults of one cluster, which nobody else changes meanwhile. */
export interface FaultWork {
  readonly context: Pick<Context, "signal" | "host">;
  /** As it is now. */
  readonly lab: Lab;
  readonly connections: Pick<Connections, "remote">;
}

/** A machine that runs answers at once. */
const answerTimeoutMs = 10_000;

/** Breaks what the record says; where not all of it can be broken, all is healed again. @throws FailureError `fault-refused`, and what stood in the way */
export async function breakFault(
  work: FaultWork,
  record: FaultRecord,
  progress: StepProgress,
): Promise<void> {
  try {
    await healLater(work, record);
  } catch (error) {
    await forgetFault(work.lab, record);
    throw error;
  }
  try {
    await injectFault(work, record, progress);
  } catch (error) {
    // Interrupted, nothing more can be done on machines: the record stays, for whoever heals it.
    work.context.signal.throwIfAborted();
    await healBehind(error, () => healFault(work, record, progress));
    throw error;
  }
}

/** A fault that could neither be injected nor healed is told with both reasons. */
async function healBehind(first: unknown, heal: () => Promise<void>): Promise<void> {
  try {
    await heal();
  } catch (second) {
    if (!(first instanceof FailureError && second instanceof FailureError)) throw first;
    throw new FailureError({ kind: "several", failures: [first.failure, second.failure] });
  }
}

/** Heals it, verifies that, and forgets it. What runs anew by now, or is gone, needs no healing. */
export async function healFault(work: FaultWork, record: FaultRecord, progress: StepProgress): Promise<void> {
  const { fault, id } = record;
  const { cluster, provider } = work.lab;
  if (fault.kind === "kill") await startAgain(work, fault.machine, progress);
  else if (fault.kind === "pause" && provider.faults) await provider.faults.resume(cluster, fault.machine);
  else
    await onMachines(work, record, async (machine, deed) => {
      await runOn(work, { record, machine, call: deed.heal });
      if (record.until !== null && provider.faults === undefined) await disarm(work, machine, id);
    });
  await forgetFault(work.lab, record);
}

/** Ends what would heal it later, and the record; the fault itself is left to whoever calls. */
export async function forgetFault(lab: Lab, record: FaultRecord): Promise<void> {
  await lab.provider.faults?.endHealer(lab.cluster, record.id);
  await new FaultRecords(lab).remove(record);
}

async function injectFault(work: FaultWork, record: FaultRecord, progress: StepProgress): Promise<void> {
  const { fault } = record;
  const { cluster, provider } = work.lab;
  if (fault.kind === "kill") await provider.kill?.(cluster, fault.machine, progress);
  else if (fault.kind === "pause" && provider.faults) await provider.faults.pause(cluster, fault.machine);
  else await onMachines(work, record, (machine, deed) => runOn(work, { record, machine, call: deed.inject }));
}

/** Before anything is broken: who injects it may be gone at any moment after that. */
async function healLater(work: FaultWork, record: FaultRecord): Promise<void> {
  const { context, lab } = work;
  const seconds = secondsOf(record);
  if (seconds === undefined) return;
  if (lab.provider.faults === undefined) {
    const arm = (machine: string, deed: Deed) => armMachine(work, machine, armArgv(record.id, seconds, deed));
    await onMachines(work, record, arm);
    return;
  }
  const own = ["--dir", lab.directory, "fault", "heal", record.id, "--provider", lab.provider.name];
  await lab.provider.faults.healLater(lab.cluster, {
    id: record.id,
    seconds,
    argv: [...context.host.ownCommand, ...own],
    log: new FaultRecords(lab).logOf(record),
  });
}

function secondsOf({ since, until }: FaultRecord): number | undefined {
  return until === null ? undefined : Math.round((Date.parse(until) - Date.parse(since)) / 1000);
}

/** All at the same time, and all to their end. */
async function onMachines(
  { lab }: FaultWork,
  { fault, id, until }: FaultRecord,
  act: (machine: string, deed: Deed) => Promise<void>,
): Promise<void> {
  const facts = {
    addresses: new Map(lab.cluster.machines.map(({ name, address }) => [name, address])),
    openPorts: waysBetween(lab),
  };
  const known = machinesOf(fault).filter((name) => facts.addresses.has(name));
  const done = await Promise.allSettled(
    known.map((machine) => {
      const deed = isOfLinks(fault)
        ? linkDeed(fault, { id, machine, facts })
        : machineDeed(fault, { id, isTimed: until !== null });
      return deed === undefined ? Promise.resolve() : act(machine, deed);
    }),
  );
  const failed = done.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** Where machines are reached through each other: cut off like that, they could not be healed. */
function waysBetween({ cluster }: Lab): readonly number[] {
  return [...new Set(Object.values(cluster.hosts ?? {}).map(({ port }) => port))];
}

async function startAgain(
  { lab, connections }: FaultWork,
  name: string,
  progress: StepProgress,
): Promise<void> {
  const state = lab.machines.get(name)?.state ?? "absent";
  if (state === "absent") return;
  await lab.provider.create(lab.cluster, name, progress);
  progress.report("waiting for SSH");
  await connections.remote(lab, name);
}

interface Call {
  readonly record: FaultRecord;
  readonly machine: string;
  readonly call: ShellCall;
}

async function runOn(work: FaultWork, its: Call): Promise<void> {
  const { record, machine } = its;
  const { lab, context } = work;
  const argv = argvOf(its.call);
  const outside = isOfLinks(record.fault) ? lab.provider.faults : undefined;
  const result =
    outside === undefined
      ? await (await reach(work, machine)).tryRun({ argv, sudo: true, signal: context.signal })
      : await outside.onLinks(lab.cluster, machine, argv);
  if (result === undefined || result.exitCode === 0) return;
  if (result.exitCode === refusedExitCode) throw refused(its, result.stderr);
  throw commandFailed(machine, { argv: ["sh", "-c", `(script of ${record.id})`] }, result);
}

const reach = ({ lab, connections }: FaultWork, machine: string) =>
  connections.remote(lab, requireRunning(lab, machine).name, answerTimeoutMs);

async function armMachine(
  work: FaultWork,
  machine: string,
  argv: readonly [string, ...string[]],
): Promise<void> {
  const { exitCode, stderr } = await (
    await reach(work, machine)
  ).tryRun({ argv, sudo: true, signal: work.context.signal });
  if (exitCode === 0) return;
  const reason = `The machine cannot heal itself later, for which it needs systemd: ${stderr.trim()}`;
  throw new FailureError({ kind: "fault-refused", fault: "--for", machine, reason });
}

/** A timer that has run is gone. */
async function disarm(work: FaultWork, machine: string, id: string): Promise<void> {
  await (
    await reach(work, machine)
  ).tryRun({ argv: disarmArgv(id), sudo: true, signal: work.context.signal });
}

function refused({ record, machine }: Call, stderr: string): FailureError {
  const said = stderr.trim();
  const reason = `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.`;
  return new FailureError({ kind: "fault-refused", fault: record.fault.kind, machine, reason });
}
