import { FailureError, type Problem } from "../../failure.ts";
import type { ProcessResult, ProcessRunner } from "../../system/process-runner.ts";

/** What a program on this host says of itself; `silent`: not in time. */
export type ToolAnswer =
  { readonly kind: "missing" } | { readonly kind: "silent" } | ({ readonly kind: "answer" } & ProcessResult);

/** From the start of a tool that only tells its version or state to giving up on it. */
const answerWithinMs = 15_000;

/** Runs a tool that only looks. A tool that is not on PATH is not run. */
export async function askTool(
  processes: ProcessRunner,
  argv: readonly [string, ...string[]],
): Promise<ToolAnswer> {
  if ((await processes.which(argv[0])) === undefined) return { kind: "missing" };
  return answerOf(processes, argv);
}

/** As `askTool`, with a program that is known to be there. */
export async function answerOf(
  processes: ProcessRunner,
  argv: readonly [string, ...string[]],
): Promise<ToolAnswer> {
  try {
    return { kind: "answer", ...(await processes.tryRun({ argv, timeoutMs: answerWithinMs })) };
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "timeout") return { kind: "silent" };
    throw error;
  }
}

/** Every call of Vagrant costs half a second or more, so that it is asked once; what was not answered is asked again. */
export function rememberVagrantVersion(processes: ProcessRunner): () => Promise<ToolAnswer> {
  let asked: Promise<ToolAnswer> | undefined;
  return async () => {
    asked ??= askTool(processes, ["vagrant", "--version"]);
    const answer = await asked;
    if (answer.kind !== "answer") asked = undefined;
    return answer;
  };
}

/** The finding for a tool that did not answer in time. */
export function silentTool(name: string, command: string): Problem {
  return {
    severity: "error",
    what: `${name} does not answer`,
    why: `It was given ${answerWithinMs / 1000} seconds for: ${command}`,
    remedy: `Run it by hand to see what it waits for: ${command}`,
  };
}
