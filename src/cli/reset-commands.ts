import type { TextOptions } from "../ui/failure-text.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, maxWorkersOf } from "./options.ts";

/** The cluster as it was when it was new. */
export function resetCommands({
  provider,
  yes,
  maxWorkers,
}: Readonly<Record<"provider" | "yes" | "maxWorkers", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "reset",
      summary: "clear the machines and make a new swarm on them",
      options: [provider, yes, maxWorkers],
      run: async (context, input) => {
        const { reset } = await import("../app/reset.ts");
        const { formatSummary } = await import("../ui/summary-text.ts");
        const report = await reset(context, {
          ...labOptionsOf(input),
          yes: input.options["yes"] === true,
          maxWorkers: maxWorkersOf(input),
        });
        return { text: (options: TextOptions) => formatSummary(report.status, options), json: report };
      },
    },
  ];
}
