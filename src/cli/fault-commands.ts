import type { FaultInjectOptions } from "../app/fault-inject.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, listOf, numberOf } from "./options.ts";

const forDuration: OptionSpec = {
  flags: "--for <duration>",
  summary: "heals by itself after that time: 90s, 5m, 1h30m",
};

/** Faults to practise with. */
export function faultCommands({
  provider,
  on,
}: Readonly<Record<"provider" | "on", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "fault inject",
      arguments: ["<kind>", "[argument...]"],
      summary: [
        "break something on purpose:",
        "kill MACHINE, stop MACHINE (its Docker daemon), pause MACHINE, isolate MACHINE,",
        "partition GROUP GROUP… (a group: machines as a,b), block PORT[/tcp|/udp],",
        "slow, fill-disk MACHINE, skew-clock MACHINE",
      ].join(" "),
      options: [
        provider,
        { ...on, summary: `of block and slow: ${on.summary}` },
        {
          flags: "--delay <ms>",
          summary: "of slow: packets to other machines come that much later",
          atLeast: 1,
        },
        { flags: "--rate <rate>", summary: "of slow: no more than that a second: 512kbit, 1mbit" },
        { flags: "--by <duration>", summary: "of skew-clock: 5m is ahead, -1h behind" },
        forDuration,
      ],
      run: async (context, input) => {
        const { faultInject } = await import("../app/fault-inject.ts");
        const { formatInjected } = await import("../ui/fault-text.ts");
        const { for: duration } = input.options;
        const fault = await faultInject(context, {
          ...labOptionsOf(input),
          words: wordsOf(input),
          ...(typeof duration === "string" && { for: duration }),
        });
        return { text: () => formatInjected(fault), json: { schemaVersion: 1, fault } };
      },
    },
    {
      name: "fault list",
      summary: "what is broken on purpose, and until when",
      options: [provider],
      run: async (context, input) => {
        const { faultList } = await import("../app/fault-list.ts");
        const { formatFaults } = await import("../ui/fault-text.ts");
        const list = await faultList(context, labOptionsOf(input));
        return { text: (options) => formatFaults(list.faults, options), json: list };
      },
    },
    {
      name: "fault heal",
      arguments: ["[id...]"],
      summary: "end faults",
      options: [provider, { flags: "--all", summary: "all that are active" }],
      run: async (context, input) => {
        const { faultHeal } = await import("../app/fault-heal.ts");
        const healed = await faultHeal(context, {
          ...labOptionsOf(input),
          ids: listOf(input, "id"),
          all: input.options["all"] === true,
        });
        const text = healed.length === 0 ? "No fault is active.\n" : `Healed ${healed.join(", ")}.\n`;
        return { text: () => text, json: { schemaVersion: 1, healed } };
      },
    },
  ];
}

function wordsOf(input: CommandInput): FaultInjectOptions["words"] {
  const { on, rate, by } = input.options;
  const delayMs = numberOf(input, "delay");
  return {
    kind: String(input.arguments["kind"]),
    arguments: listOf(input, "argument"),
    ...(typeof on === "string" && { on }),
    ...(delayMs !== undefined && { delayMs }),
    ...(typeof rate === "string" && { rate }),
    ...(typeof by === "string" && { by }),
  };
}
