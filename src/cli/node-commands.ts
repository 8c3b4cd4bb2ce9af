import type { TextOptions } from "../ui/failure-text.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, listOf, maxWorkersOf } from "./options.ts";

/** Machines that come and go while the others stay. */
export function nodeCommands({
  provider,
  yes,
  maxWorkers,
}: Readonly<Record<"provider" | "yes" | "maxWorkers", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "node add",
      summary: "ask for more machines in swarmlab.yaml, and bring them up",
      goOn: () => "swarmlab up   (goes on where it stopped; swarmlab destroy takes all away)",
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
    {
      name: "node remove",
      arguments: ["<machine...>"],
      summary: "take machines out of the swarm and remove them, here and from swarmlab.yaml",
      goOn: () => "swarmlab up   (goes on where it stopped; swarmlab destroy takes all away)",
      options: [provider, yes, maxWorkers],
      run: async (context, input) => {
        const { nodeRemove } = await import("../app/node-remove.ts");
        const { formatSummary } = await import("../ui/summary-text.ts");
        const report = await nodeRemove(context, {
          ...labOptionsOf(input),
          names: listOf(input, "machine"),
          yes: input.options["yes"] === true,
          maxWorkers: maxWorkersOf(input),
        });
        const text = (options: TextOptions): string =>
          `${formatSummary(report.status, options)}\nRemoved ${report.removed.join(", ")}.\n`;
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
