import { describe, expect, it } from "vitest";
import type { CommandInput } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { parseCommandLine, type Parsed } from "../../../src/cli/program.ts";
import { FailureError, type Failure } from "../../../src/failure.ts";

const parse = (...argv: readonly string[]) => parseCommandLine(argv, commands, "1.2.3");

describe("parseCommandLine", () => {
  it.each([
    [["--dir", "/lab", "--json", "up"], { dir: "/lab", json: true }],
    [["up", "--dir", "/lab", "--json"], { dir: "/lab", json: true }],
    [["--json", "up", "--dir=/lab"], { dir: "/lab", json: true }],
    [["--no-color", "--verbose", "up"], { color: false, verbose: true }],
    [["up", "--no-color", "--verbose"], { color: false, verbose: true }],
    [["--dir", "/far", "up", "--dir", "/near"], { dir: "/near" }],
    [["up"], {}],
  ])("takes global options before and after the command: %j", (argv, options) => {
    expect(command(...argv)).toEqual({ name: "up", input: { arguments: {}, options } });
  });

  it.each([
    [["--managers", "3", "--workers=0", "--max-workers", "1"], { managers: 3, workers: 0, maxWorkers: 1 }],
    [["--dry-run", "--provider", "nspawn"], { dryRun: true, provider: "nspawn" }],
  ])("gives options their type: %j", (argv, options) => {
    expect(command("up", ...argv).input.options).toEqual(options);
  });

  it.each([
    [["--worker"], { worker: true }],
    [["--worker", "2", "--manager=3"], { worker: 2, manager: 3 }],
  ])("takes a number that may be left out: %j", (argv, options) => {
    expect(command("node", "add", ...argv).input.options).toEqual(options);
  });

  it.each([["-1"], ["1.5"], ["1e2"], ["two"], [""], ["0x10"]])("takes no number that is %j", (text) => {
    expect(failureOf("up", `--workers=${text}`)).toMatchObject({
      kind: "usage",
      message: expect.stringContaining("It must be a whole number of 0 or more.") as string,
    });
  });

  it("holds each number to its own least value", () => {
    expect(failureOf("up", "--max-workers", "0")).toMatchObject({
      message: expect.stringContaining("1 or more") as string,
    });
  });

  it.each([
    ["a machine", ["ssh", "node1"], { machine: "node1", command: [] }],
    ["a command", ["ssh", "node1", "uname", "x"], { machine: "node1", command: ["uname", "x"] }],
    [
      "options behind --",
      ["ssh", "node1", "--", "ls", "-la", "--json"],
      { machine: "node1", command: ["ls", "-la", "--json"] },
    ],
  ])("passes %s on", (_, argv, expected) => {
    expect(command(...argv).input).toEqual({ arguments: expected, options: {} });
  });

  it("takes a duration that begins like an option", () => {
    expect(command("fault", "inject", "skew-clock", "node1", "--by", "-1h", "--for", "5m")).toEqual({
      name: "fault inject",
      input: { arguments: { kind: "skew-clock", argument: ["node1"] }, options: { by: "-1h", for: "5m" } },
    });
  });

  it("keeps its own options apart from those behind --", () => {
    expect(
      command("--json", "exec", "--on", "managers", "--", "grep", "--on", "all", "--", "x").input,
    ).toEqual({
      arguments: { command: ["grep", "--on", "all", "--", "x"] },
      options: { json: true, on: "managers" },
    });
  });

  it.each([
    ["a command it does not know", ["destory"], "unknown command 'destory'", "Did you mean destroy?"],
    [
      "an option it does not know",
      ["up", "--mangers", "3"],
      "unknown option '--mangers'",
      "Did you mean --managers?",
    ],
    ["a word that nothing resembles", ["xyzzy"], "unknown command 'xyzzy'", "swarmlab --help"],
    ["a missing argument", ["ssh"], "missing required argument 'machine'", "swarmlab --help"],
    [
      "a missing value",
      ["up", "--provider"],
      "option '--provider <name>' argument missing",
      "swarmlab --help",
    ],
    ["an argument too many", ["up", "node1"], "too many arguments", "swarmlab --help"],
  ])("refuses %s", (_, argv, message, remedy) => {
    expect(failureOf(...argv)).toEqual({
      kind: "usage",
      message: expect.stringContaining(message) as string,
      remedy,
    });
  });

  it("prints the version, and help for nothing, for all and for one command", () => {
    expect(parse("--version")).toEqual({ kind: "text", text: "1.2.3\n" });
    const help = parse("--help");
    expect(parse()).toEqual(help);
    const textOf = (parsed: Parsed): string => (parsed.kind === "text" ? parsed.text : "");
    for (const { name, summary } of commands) {
      const words = name.split(" ");
      const text = textOf(parse(...words.slice(0, -1), "--help"));
      expect(text).toMatch(new RegExp(`^ +${words.at(-1) ?? ""} `, "m"));
      expect(text.replace(/\s+/g, " ")).toContain(summary);
    }
    expect(textOf(parse("box"))).toContain("bake");
    expect(failureOf("box", "brake")).toMatchObject({ kind: "usage" });
    expect(parse("up", "--help")).toMatchObject({
      kind: "text",
      text: expect.stringContaining("--max-workers <n>") as string,
    });
  });
});

describe("a group of commands", () => {
  it.each([
    [["lab", "check", "--watch"], "lab check", { arguments: {}, options: { watch: true } }],
    [
      ["lab", "--dir", "/lab", "hint", "--task", "2"],
      "lab hint",
      { arguments: {}, options: { dir: "/lab", task: 2 } },
    ],
    [
      ["--json", "lab", "start", "05", "--yes"],
      "lab start",
      { arguments: { id: "05" }, options: { json: true, yes: true } },
    ],
    [["lab", "show"], "lab show", { arguments: {}, options: {} }],
  ])("%j", (argv, name, input) => {
    expect(command(...argv)).toEqual({ name, input });
  });

  it("prints its help when it is named alone, with every command of it", () => {
    const help = parse("lab");
    const text = help.kind === "text" ? help.text : "";
    for (const { name } of commands.filter((spec) => spec.name.startsWith("lab "))) {
      expect(text).toMatch(new RegExp(`^ +${name.slice("lab ".length)} `, "m"));
    }
    expect(text).toContain("swarmlab lab");
  });

  it("refuses a command that it does not have, with the nearest", () => {
    expect(failureOf("lab", "chekc")).toEqual({
      kind: "usage",
      message: "unknown command 'chekc'",
      remedy: "Did you mean check?",
    });
  });
});

function command(...argv: readonly string[]): { readonly name: string; readonly input: CommandInput } {
  const parsed = parse(...argv);
  if (parsed.kind !== "command") throw new Error(`no command: ${parsed.text}`);
  return { name: parsed.spec.name, input: parsed.input };
}

function failureOf(...argv: readonly string[]): Failure {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}
