import type { TextOptions } from "../ui/failure-text.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, maxWorkersOf } from "./options.ts";

/** Machines that come and go while the others stay. */
export function nodeCommands({
  provider,
  maxWorkers,
}: Readonly<Record<"provider" | "maxWorkers", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "node add",
      summary: "ask for more machines in swarmlab.yaml, and bring them up",
      options: [
        { flags: "--manager [n]", summary: "so many managers more (default: 1)", atLeast: 1 },
        { flags: "--worker [n]", summary: "so many workers more (default: 1)", atLeast: 1 },
        provider,
        maxWorkers,
      ],
      run: async (context, input) => {
        const { nodeAdd } = await import("../app/node-add.ts");
        const { formatSummary } = await import("../ui/summary-text.ts");
        const report = await nodeAdd(context, {
          ...labOptionsOf(input),
          more: { managers: countOf(input, "manager"), workers: countOf(input, "worker") },
          maxWorkers: maxWorkersOf(input),
        });
        const text = (options: TextOptions): string =>
          `${formatSummary(report.status, options)}\nAdded ${report.added.join(", ")}.\n`;
        return { text, json: report };
      },
    },
  ];
}

/** An option whose number may be left out. */
function countOf({ options }: CommandInput, name: string): number {
  const value = options[name];
  return typeof value === "number" ? value : value === true ? 1 : 0;
}
