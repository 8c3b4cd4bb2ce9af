import type { ProfilePart, StepProfile } from "../app/step-profile.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatTable } from "./table.ts";

/** Each step, then where the time went. Ends with a line break. */
export function formatProfile({ steps, parts, totalMs }: StepProfile, { columns }: TextOptions): string {
  const rows = steps.map(({ kind, machine, startMs, elapsedMs }) => [
    kind,
    machine ?? "-",
    seconds(startMs),
    seconds(elapsedMs),
  ]);
  const sums = [...parts.map((part) => rowOf(part, totalMs)), ["all", "", "", seconds(totalMs), "100 %"]];
  return [
    formatTable({ head: ["STEP", "MACHINE", "START", "TOOK"], rows, columns }),
    formatTable({ head: ["PART", "STEPS", "LONGEST", "WAITED FOR", "SHARE"], rows: sums, columns }),
  ].join("\n");
}

function rowOf({ kind, steps, longestMs, waitedMs }: ProfilePart, totalMs: number): readonly string[] {
  const share = `${((100 * waitedMs) / totalMs).toFixed(0)} %`;
  return [kind, steps === 0 ? "-" : String(steps), seconds(longestMs), seconds(waitedMs), share];
}

/** Finer than times for people are. */
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
