import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Call, Output } from "./call.ts";
import type { CommandOutcome } from "./cli/command.ts";
import { commands } from "./cli/commands.ts";
import { parseCommandLine, type Parsed } from "./cli/program.ts";
import { createContext } from "./create-context.ts";
import { exitCodeOf, FailureError, type Failure } from "./failure.ts";
import { typedArgv } from "./remote/shell-quote.ts";
import { createRenderer, type Renderer } from "./ui/renderer.ts";
import type { TextSink } from "./ui/text-sink.ts";

const bugExitCode = 70;
const interruptedExitCode = 130;

/**
 * The program: does what was typed, writes what it has to say, and returns the exit code. It never throws, and keeps nothing between calls,
 * so that one process may make several, also at the same time.
 */
export async function runProgram(call: Call): Promise<number> {
  const typed = call.argv.slice(2);
  const wants = (flag: string): boolean => typed.slice(0, indexOrEnd(typed, "--")).includes(flag);
  const color = !wants("--no-color") && call.env["NO_COLOR"] === undefined;
  const json = wants("--json");
  const sink = textSink(call.stderr, color);
  const renderer = createRenderer({
    kind: json ? "json" : sink.isTty ? "tty" : "plain",
    sink,
    verbose: wants("--verbose"),
    now: () => new Date(),
  });
  try {
    const version = packageVersion(call);
    const parsed = parseCommandLine(typed, commands, version);
    const outcome = await runParsed({ call, version, parsed, renderer });
    await renderer.finish();
    const output = textSink(call.stdout, color);
    call.stdout.write((json ? jsonText(outcome) : outcome.text?.(output)) ?? "");
    return outcome.exitCode ?? 0;
  } catch (error) {
    await renderer.finish();
    return explain(error, { call, sink, json });
  }
}

async function runParsed(its: {
  readonly call: Call;
  readonly version: string;
  readonly parsed: Parsed;
  readonly renderer: Renderer;
}): Promise<CommandOutcome> {
  const { call, version, parsed, renderer } = its;
  if (parsed.kind === "text") return { text: () => parsed.text };
  const cancel = new AbortController();
  const stop = call.onInterrupt(cancelOnce(call, cancel, parsed));
  try {
    const context = await createContext({ call, version, renderer, signal: cancel.signal });
    return await parsed.spec.run(context, parsed.input);
  } finally {
    stop();
  }
}

/** The first signal cancels in an orderly way, the second leaves at once. Both say how a person goes on. */
function cancelOnce(
  { argv, stderr, leave }: Call,
  cancel: AbortController,
  { spec }: Extract<Parsed, { kind: "command" }>,
): () => void {
  const typed = asTyped(argv.slice(2));
  const next = spec.goOn?.(typed) ?? typed;
  return () => {
    if (cancel.signal.aborted) {
      stderr.write(`\nLeft at once. To put things right: ${next}\n`);
      leave(interruptedExitCode);
    }
    cancel.abort(new FailureError({ kind: "interrupted", next }));
  };
}

/** The same command, for a person to repeat. */
function asTyped(typed: readonly string[]): string {
  const end = indexOrEnd(typed, "--");
  const words = [...typed.slice(0, end).filter((word) => word !== "--json"), ...typed.slice(end)];
  return typedArgv(["swarmlab", ...words]);
}

function textSink(stream: Output, color: boolean): TextSink {
  const isTty = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTty,
    color: color && isTty,
    get columns() {
      return stream.columns || Infinity;
    },
    get rows() {
      return stream.rows || Infinity;
    },
  };
}

async function explain(
  error: unknown,
  { call, sink, json }: { readonly call: Call; readonly sink: TextSink; readonly json: boolean },
): Promise<number> {
  const { formatBug, formatFailure } = await import("./ui/failure-text.ts");
  if (!(error instanceof FailureError)) {
    call.stderr.write(formatBug(error, sink));
    return bugExitCode;
  }
  const { failure } = error;
  if (json) call.stdout.write(jsonText({ json: { schemaVersion: 1, failure: printable(failure) } }));
  call.stderr.write(formatFailure(failure, sink));
  return exitCodeOf(failure);
}

/** A failure as data has all of its fields; the exit code goes with it. */
function printable(failure: Failure): object {
  return { ...failure, exitCode: exitCodeOf(failure) };
}

function jsonText({ json }: CommandOutcome): string {
  return json === undefined ? "" : `${JSON.stringify(json, null, 2)}\n`;
}

function packageVersion({ programFile }: Call): string {
  const file = resolve(dirname(programFile), "../package.json");
  const data: unknown = JSON.parse(readFileSync(file, "utf8"));
  return typeof data === "object" && data !== null && "version" in data ? String(data.version) : "unknown";
}

function indexOrEnd(list: readonly string[], item: string): number {
  return list.includes(item) ? list.indexOf(item) : list.length;
}
