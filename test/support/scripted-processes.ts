import { FailureError } from "../../src/failure.ts";
import type { ProcessCommand, ProcessResult, ProcessRunner } from "../../src/system/process-runner.ts";

/** What a command does: print this, end like this, or throw this. */
export type ScriptedAnswer = string | Partial<ProcessResult> | Error;

/** Answers command lines as scripted, by their beginning, and fails on any other. A program is installed when a line begins with it. */
export class ScriptedProcesses implements ProcessRunner {
  readonly ran: ProcessCommand[] = [];
  readonly #script: Readonly<Record<string, ScriptedAnswer>>;

  constructor(script: Readonly<Record<string, ScriptedAnswer>>) {
    this.#script = script;
  }

  tryRun(command: ProcessCommand): Promise<ProcessResult> {
    this.ran.push(command);
    const line = command.argv.join(" ");
    const answer = Object.entries(this.#script).find(([start]) => line.startsWith(start))?.[1];
    if (answer === undefined) return Promise.reject(new Error(`unscripted: ${line}`));
    if (answer instanceof Error) return Promise.reject(answer);
    const result = typeof answer === "string" ? { stdout: answer } : answer;
    for (const said of result.stdout?.split("\n") ?? []) if (said !== "") command.onLine?.(said);
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...result });
  }

  async run(command: ProcessCommand): Promise<ProcessResult> {
    const { argv } = command;
    const { exitCode, stdout, stderr } = await this.tryRun(command);
    if (exitCode === 0) return { exitCode, stdout, stderr };
    throw new FailureError({ kind: "process", argv, exitCode, stderr: stderr || stdout });
  }

  kill(pid: number): void {
    throw new Error(`unscripted: kill ${pid}`);
  }

  which(name: string): Promise<string | undefined> {
    const installed = Object.keys(this.#script).some((start) => start.split(" ")[0] === name);
    return Promise.resolve(installed ? `/usr/bin/${name}` : undefined);
  }
}
