import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { FailureError } from "../failure.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "./command.ts";

/** What the command line asks for: a command, or text that was all there was to say (`--help`, `--version`). */
export type Parsed =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly input: CommandInput }
  | { readonly kind: "text"; readonly text: string };

const globals: readonly OptionSpec[] = [
  {
    flags: "--dir <dir>",
    summary: "lab directory (default: the nearest parent with a swarmlab.yaml, else here)",
  },
  { flags: "--json", summary: "progress as NDJSON on stderr, one JSON result on stdout" },
  { flags: "--verbose", summary: "say more, such as each command that runs on this host" },
  { flags: "--no-color", summary: "no colors" },
];

/**
 * Reads the command line (without node and script).
 * @throws FailureError `usage`.
 */
export function parseCommandLine(
  argv: readonly string[],
  table: readonly CommandSpec[],
  version: string,
): Parsed {
  const said: string[] = [];
  const found: Parsed[] = [];
  const program = new Command("swarmlab")
    .description("A real multi-machine Docker Swarm on your own computer, to learn and rehearse on")
    .version(version, "--version", "print the version")
    .exitOverride()
    .configureOutput({ writeOut: (text) => said.push(text), writeErr: (text) => said.push(text) })
    .showSuggestionAfterError();
  for (const option of globals) program.addOption(toOption(option));
  for (const spec of table) {
    const parent = groupOf(program, spec);
    parent.addCommand(toCommand(spec, (parsed) => found.push(parsed)).copyInheritedSettings(program));
  }
  if (argv.length === 0) return { kind: "text", text: program.helpInformation() };
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The help of a group that was named alone.
    const isHelp = error.exitCode === 0 || error.code === "commander.help";
    if (!isHelp) throw usage(error);
  }
  return found[0] ?? { kind: "text", text: said.join("") };
}

/** Where a command belongs: of `lab list`, `lab` is the group. */
function groupOf(program: Command, { name }: CommandSpec): Command {
  const [group, second] = name.split(" ");
  if (group === undefined || second === undefined) return program;
  const known = program.commands.find((command) => command.name() === group);
  if (known !== undefined) return known;
  const summary = groupSummaries[group] ?? "";
  const made = new Command(group).summary(summary).description(summary).copyInheritedSettings(program);
  for (const option of globals) made.addOption(toOption(option));
  program.addCommand(made);
  return made;
}

const groupSummaries: Readonly<Record<string, string>> = {
  box: "what machines start from",
  fault: "break machines and their links on purpose, and heal them",
  image: "images on the machines, without a registry",
  lab: "exercises that check themselves",
  node: "machines that come and go",
  snapshot: "the whole cluster as it was at a moment",
};

function toCommand(spec: CommandSpec, take: (parsed: Parsed) => void): Command {
  const command = new Command(spec.name.split(" ").at(-1)).summary(spec.summary).description(spec.summary);
  for (const argument of spec.arguments ?? []) command.argument(argument);
  for (const option of [...spec.options, ...globals]) command.addOption(toOption(option));
  return command.action(() => {
    const names = command.registeredArguments.map((argument) => argument.name());
    const values = command.processedArgs.map((value: unknown) =>
      Array.isArray(value) ? value.map(String) : typeof value === "string" ? value : undefined,
    );
    const entries = names.flatMap((name, index) =>
      values[index] === undefined ? [] : [[name, values[index]] as const],
    );
    const group = command.parent;
    const options = { ...typedOptions(group?.parent), ...typedOptions(group), ...typedOptions(command) };
    take({ kind: "command", spec, input: { arguments: Object.fromEntries(entries), options } });
  });
}

/** Global options may stand before the command or after it: a default in one place must not hide what was typed in the other. */
function typedOptions(command: Command | null | undefined): CommandInput["options"] {
  const options: [string, unknown][] = Object.entries(command?.opts() ?? {});
  return Object.fromEntries(
    options.flatMap(([name, value]) =>
      command?.getOptionValueSource(name) === "cli" && isOptionValue(value) ? [[name, value] as const] : [],
    ),
  );
}

function isOptionValue(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function toOption({ flags, summary, atLeast }: OptionSpec): Option {
  const option = new Option(flags, summary);
  if (atLeast === undefined) return option;
  return option.argParser((text: string) => {
    if (/^\d+$/.test(text) && Number(text) >= atLeast) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number of ${atLeast} or more.`);
  });
}

function usage(error: CommanderError): FailureError {
  const [message = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
  const hint = hints.join(" ").replace(/^\(|\)$/g, "");
  return new FailureError({ kind: "usage", message, remedy: hint === "" ? "swarmlab --help" : hint });
}
