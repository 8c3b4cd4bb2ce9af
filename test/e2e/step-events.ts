import type { StepOutline } from "../../src/steps.ts";
import type { UiEvent } from "../../src/ui/ui-event.ts";

/** The ids of all steps without parts that a command announced with `--json`, those that it did not come to included. */
export function leavesOf(stderr: string): readonly string[] {
  const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
  const events = lines.map((line) => JSON.parse(line) as UiEvent);
  return events.flatMap((event) => (event.type === "steps" ? event.steps.flatMap(leaves) : []));
}

function leaves({ id, steps }: StepOutline): readonly string[] {
  return steps.length === 0 ? [id] : steps.flatMap(leaves);
}
