import type { Context } from "../context.ts";
import { describeFault } from "../faults/describe-fault.ts";
import { isOfLinks } from "../faults/fault.ts";
import type { FaultRecord } from "../faults/fault-record.ts";
import { Connections } from "./connections.ts";
import { healFaults } from "./fault-heal.ts";
import { FaultRecords } from "./fault-records.ts";
import { forgetFault, type FaultWork } from "./fault-work.ts";
import type { Lab } from "./open-lab.ts";

type Work = FaultWork & { readonly context: Context };

/** Says which faults are active: what is found wrong next may come from them. */
export async function noteFaults({ emit }: Context, lab: Lab): Promise<void> {
  const active = await new FaultRecords(lab).read();
  if (active.length === 0) return;
  const list = active.map(({ id, fault }) => `${describeFault(fault)} (${id})`).join("; ");
  const text = `Broken on purpose: ${list}.\nTo end that: swarmlab fault heal --all`;
  emit({ type: "note", level: "warning", text });
}

/**
 * Before machines and daemons are brought up: a machine that is off and a daemon that is stopped are no fault any more when they are, and
 * a paused one would only be waited for. Broken links and the like stay.
 */
export async function endFaultsOfLife(work: Work): Promise<void> {
  const active = await new FaultRecords(work.lab).read();
  for (const record of active)
    if (record.fault.kind === "kill" || record.fault.kind === "stop") await forgetFault(work.lab, record);
  await healFaults(
    work,
    active.filter(({ fault }) => fault.kind === "pause"),
  );
}

/** Before all begins afresh on machines that run. */
export async function endFaults(work: Work): Promise<void> {
  await healFaults(work, await new FaultRecords(work.lab).read());
}

/**
 * Before machines are stopped in an orderly way: heals what would be there still when they are started, and forgets the rest. What lasts on a machine
 * that is off stays there, and is remembered.
 */
export async function endFaultsBeforeStop(context: Context, lab: Lab): Promise<void> {
  const active = await new FaultRecords(lab).read();
  await using connections = new Connections(context);
  const isLasting = (record: FaultRecord): boolean => outlastsRestart(lab, record);
  const canHeal = ({ fault }: FaultRecord): boolean =>
    fault.kind !== "fill-disk" || lab.machines.get(fault.machine)?.state === "running";
  await healFaults({ context, lab, connections }, active.filter(isLasting).filter(canHeal));
  for (const record of active.filter((each) => !isLasting(each))) await forgetFault(lab, record);
}

/** From outside, links are broken where they outlive the machine. Frozen processes cannot stop in an orderly way. */
function outlastsRestart({ provider }: Lab, { fault }: FaultRecord): boolean {
  if (isOfLinks(fault) || fault.kind === "pause") return provider.faults !== undefined;
  return fault.kind === "fill-disk";
}
