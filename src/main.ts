#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { homedir, userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CommandOutcome } from "./cli/command.ts";
import { commands } from "./cli/commands.ts";
import { parseCommandLine, type Parsed } from "./cli/program.ts";
import { vagrantProviderNames } from "./cluster/cluster.ts";
import type { Context, Terminal } from "./context.ts";
import { exitCodeOf, FailureError, type Failure } from "./failure.ts";
import type { Provider } from "./machine/provider.ts";
import { readComputerFacts } from "./system/computer-facts.ts";
import { readText } from "./system/files.ts";
import { systemClock } from "./system/system-clock.ts";
import { createRenderer, type Renderer } from "./ui/renderer.ts";
import type { TextSink } from "./ui/text-sink.ts";

/** Where `templates/` and `labs/` are: beside `dist/`. */
const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const bugExitCode = 70;
const interruptedExitCode = 130;

process.stdout.on("error", quitOnClosedPipe);
process.stderr.on("error", quitOnClosedPipe);
process.exitCode = await main();

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const wants = (flag: string): boolean => argv.slice(0, indexOrEnd(argv, "--")).includes(flag);
  const color = !wants("--no-color") && process.env["NO_COLOR"] === undefined;
  const json = wants("--json");
  const sink = textSink(process.stderr, color);
  const renderer = createRenderer({
    kind: json ? "json" : sink.isTty ? "tty" : "plain",
    sink,
    verbose: wants("--verbose"),
    now: () => new Date(),
  });
  try {
    const parsed = parseCommandLine(argv, commands, packageVersion());
    const outcome = await runParsed(parsed, argv, renderer);
    await renderer.finish();
    const output = textSink(process.stdout, color);
    process.stdout.write((json ? jsonText(outcome) : outcome.text?.(output)) ?? "");
    return outcome.exitCode ?? 0;
  } catch (error) {
    await renderer.finish();
    return explain(error, sink, json);
  }
}

async function runParsed(
  parsed: Parsed,
  argv: readonly string[],
  renderer: Renderer,
): Promise<CommandOutcome> {
  if (parsed.kind === "text") return { text: () => parsed.text };
  const cancel = new AbortController();
  const onSignal = cancelOnce(cancel, parsed, argv);
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await parsed.spec.run(await createContext(renderer, cancel.signal), parsed.input);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/** The first signal cancels in an orderly way, the second leaves at once. Both say how a person goes on: with what was `typed`. */
function cancelOnce(
  cancel: AbortController,
  { spec }: Extract<Parsed, { kind: "command" }>,
  typed: readonly string[],
): () => void {
  const flags = typed.slice(0, indexOrEnd(typed, "--")).filter((word) => word !== "--json");
  const words = [...flags, ...typed.slice(indexOrEnd(typed, "--"))];
  const command = ["swarmlab", ...words.map(quoteIfNeeded)].join(" ");
  const hint = spec.name === "up" ? "   (goes on where it stopped; swarmlab destroy takes all away)" : "";
  const next = `${command}${hint}`;
  return () => {
    if (cancel.signal.aborted) {
      process.stderr.write(`\nLeft at once. To put things right: ${next}\n`);
      process.exit(interruptedExitCode);
    }
    cancel.abort(new FailureError({ kind: "interrupted", next }));
  };
}

async function createContext(renderer: Renderer, signal: AbortSignal): Promise<Context> {
  const { ExecaProcessRunner } = await import("./system/execa-process-runner.ts");
  const { emit } = renderer;
  const onRun = (text: string): void => emit({ type: "debug", text });
  const processes = new ExecaProcessRunner({ path: process.env["PATH"] ?? "", onRun });
  return {
    emit,
    signal,
    processes,
    clock: systemClock,
    terminal: terminal(),
    settleOutput: () => renderer.finish(),
    host: {
      isRoot: process.getuid?.() === 0,
      workingDirectory: process.cwd(),
      version: packageVersion(),
      packageDirectory,
      dockerDirectory: process.env["DOCKER_CONFIG"] ?? resolve(homedir(), ".docker"),
      shell: process.env["SHELL"],
      ownCommand: [process.execPath, fileURLToPath(import.meta.url)],
      sudoCommand: ["sudo", process.execPath, ...process.argv.slice(1)].map(quoteIfNeeded).join(" "),
    },
    providers: () => createProviders({ processes, emit, renderer }),
  };
}

/** In the order in which `auto` tries them. */
async function createProviders(
  its: Pick<Context, "processes" | "emit"> & { readonly renderer: Renderer },
): Promise<readonly Provider[]> {
  const { processes, emit, renderer } = its;
  const [{ HostsProvider }, { NspawnProvider }, { VagrantProvider }, { rememberVagrantVersion }] =
    await Promise.all([
      import("./machine/hosts/hosts-provider.ts"),
      import("./machine/nspawn/nspawn-provider.ts"),
      import("./machine/vagrant/vagrant-provider.ts"),
      import("./machine/vagrant/ask-tool.ts"),
    ]);
  const facts = readComputerFacts();
  const shared = {
    processes,
    clock: systemClock,
    templates: resolve(packageDirectory, "templates"),
    warn: once((text) => emit({ type: "note", level: "info", text })),
  };
  const homeOr = (other: string): string => resolve(process.env["SWARMLAB_HOME"] ?? other);
  const vagrant = {
    ...shared,
    facts,
    home: homeOr(resolve(facts.userHome, ".swarmlab")),
    environment: process.env,
    readText,
    vagrantVersion: rememberVagrantVersion(processes),
    isRoot: process.getuid?.() === 0,
  };
  return [
    ...vagrantProviderNames.map((name) => new VagrantProvider(name, vagrant)),
    new NspawnProvider({ ...shared, home: homeOr("/var/lib/swarmlab"), platform: facts.platform }),
    new HostsProvider({
      processes,
      clock: systemClock,
      warn: shared.warn,
      home: vagrant.home,
      userHome: facts.userHome,
      user: userInfo().username,
      agentSocket: process.env["SSH_AUTH_SOCK"],
      lookUp,
      sudoPassword: (question) => sudoPassword(question, renderer),
    }),
  ];
}

async function lookUp(name: string): Promise<string | undefined> {
  // Why a name leads nowhere is of no use to anyone here.
  const found = await lookup(name, { family: 4 }).catch(() => undefined);
  return found?.address;
}

/** Undefined: there is none in the environment, and nobody to ask. */
async function sudoPassword(question: string, renderer: Renderer): Promise<string | undefined> {
  const given = process.env["SWARMLAB_SUDO_PASSWORD"];
  const { interactive, input, errors } = terminal();
  if (given !== undefined || !interactive) return given;
  const { askSecret } = await import("./ui/ask.ts");
  await renderer.finish();
  return askSecret({ question, input, output: errors });
}

/** Machines that are made side by side meet the same fact; the person reads it once. */
function once(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) say(text);
    said.add(text);
  };
}

function terminal(): Terminal {
  const { stdin: input, stdout: output, stderr: errors } = process;
  return {
    input,
    output,
    errors,
    interactive: input.isTTY && errors.isTTY,
    type: process.env["TERM"] ?? "xterm",
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    onResize: (listener) => {
      output.on("resize", listener);
      return () => output.off("resize", listener);
    },
    setRaw: (raw) => {
      if (input.isTTY) input.setRawMode(raw);
    },
  };
}

function textSink(stream: NodeJS.WriteStream, color: boolean): TextSink {
  return {
    write: (text) => void stream.write(text),
    isTty: stream.isTTY,
    color: color && stream.isTTY,
    get columns() {
      return stream.columns || Infinity;
    },
    get rows() {
      return stream.rows || Infinity;
    },
  };
}

async function explain(error: unknown, sink: TextSink, json: boolean): Promise<number> {
  const { formatBug, formatFailure } = await import("./ui/failure-text.ts");
  if (!(error instanceof FailureError)) {
    process.stderr.write(formatBug(error, sink));
    return bugExitCode;
  }
  const { failure } = error;
  if (json) process.stdout.write(jsonText({ json: { schemaVersion: 1, failure: printable(failure) } }));
  process.stderr.write(formatFailure(failure, sink));
  return exitCodeOf(failure);
}

/** A failure as data has all of its fields; the exit code goes with it. */
function printable(failure: Failure): object {
  return { ...failure, exitCode: exitCodeOf(failure) };
}

function jsonText({ json }: CommandOutcome): string {
  return json === undefined ? "" : `${JSON.stringify(json, null, 2)}\n`;
}

function packageVersion(): string {
  const data: unknown = JSON.parse(readFileSync(resolve(packageDirectory, "package.json"), "utf8"));
  return typeof data === "object" && data !== null && "version" in data ? String(data.version) : "unknown";
}

function indexOrEnd(list: readonly string[], item: string): number {
  return list.includes(item) ? list.indexOf(item) : list.length;
}

function quoteIfNeeded(word: string): string {
  return /^[\w./=:,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `swarmlab status | head -1`: the reader has seen enough. */
function quitOnClosedPipe(error: Error): void {
  if ("code" in error && error.code === "EPIPE") process.exit();
  throw error;
}
