import { machinesOf, type Fault } from "./fault.ts";
import type { FaultRecord } from "./fault-record.ts";

/** The active fault that this one would only repeat or be mixed up with; undefined: none. */
export function conflictOf(fault: Fault, active: readonly FaultRecord[]): FaultRecord | undefined {
  const own = slotsOf(fault);
  return active.find((record) => slotsOf(record.fault).some((slot) => own.includes(slot)));
}

/** What can be broken in one way at a time. A machine is off, or paused, or without its daemon; its links can be broken besides. */
function slotsOf(fault: Fault): readonly string[] {
  const machines = machinesOf(fault);
  switch (fault.kind) {
    case "kill":
    case "stop":
    case "pause":
      return machines.map((name) => `life of ${name}`);
    case "partition":
      return [
        `partition ${fault.groups
          .map((group) => group.join())
          .toSorted()
          .join("|")}`,
      ];
    case "block":
      return machines.flatMap((name) =>
        fault.protocols.map((protocol) => `port ${fault.port}/${protocol} of ${name}`),
      );
    case "isolate":
    case "slow":
    case "fill-disk":
    case "skew-clock":
      return machines.map((name) => `${fault.kind} of ${name}`);
  }
}
