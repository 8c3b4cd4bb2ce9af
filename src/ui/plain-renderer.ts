import type { StepEvent, StepOutline } from "../steps.ts";
import { formatElapsed } from "./elapsed.ts";
import { describeFailure } from "./failure-text.ts";
import { formatNote } from "./note-text.ts";
import { createPaint, type Paint } from "./paint.ts";
import type { Renderer } from "./renderer.ts";
import type { TextSink } from "./text-sink.ts";

type StepChange = Extract<StepEvent, { readonly type: "step" }>;

/**
 * One line for each start and end of a leaf: `Machines > node1 > boot: done in 1.2 s`. Groups, progress and skipped steps say nothing.
 */
export function createPlainRenderer(sink: TextSink): Renderer {
  const paint = createPaint(sink.color);
  let paths: ReadonlyMap<string, string> = new Map();
  return {
    emit: (event) => {
      if (event.type === "steps") paths = new Map(leafPaths(event.steps, []));
      else if (event.type === "step") {
        const path = paths.get(event.id);
        const change = formatChange(event, paint);
        if (path !== undefined && change !== undefined) sink.write(`${path}: ${change}\n`);
      } else sink.write(`${formatNote(event, { paint, columns: sink.columns })}\n`);
    },
    finish: () => Promise.resolve(),
  };
}

function leafPaths(
  steps: readonly StepOutline[],
  above: readonly string[],
): readonly (readonly [string, string])[] {
  return steps.flatMap((step) => {
    const path = [...above, step.title];
    return step.steps.length > 0 ? leafPaths(step.steps, path) : [[step.id, path.join(" > ")] as const];
  });
}

function formatChange(change: StepChange, paint: Paint): string | undefined {
  switch (change.state) {
    case "started":
      return "started";
    case "done": {
      const text = change.text === undefined ? "" : ` (${change.text})`;
      return `${paint("green", "done")} in ${formatElapsed(change.elapsedMs)}${text}`;
    }
    case "failed": {
      const reason = change.failure ? `: ${describeFailure(change.failure).what}` : "";
      return `${paint("red", "failed")} after ${formatElapsed(change.elapsedMs)}${reason}`;
    }
    case "progress":
    case "skipped":
      return undefined;
  }
}
