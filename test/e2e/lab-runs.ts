import { spawn } from "node:child_process";
import process from "node:process";
import type { LabReport } from "../../src/app/lab-report.ts";
import type { CheckResult } from "../../src/labs/check-result.ts";
import type { LabDefinition } from "../../src/labs/lab-definition.ts";
import type { LabScript, Mutant } from "../../src/labs/lab-script.ts";
import type { TextCommands } from "../../src/labs/lab-text.ts";
import { fillText, variablesOf } from "../../src/labs/variables.ts";
import { cliFile, expectExit, patience } from "./cli.ts";
import type { E2eLab } from "./lab.ts";

const scriptTimeoutMs = 120_000;

/** How often each kind of thing was put to the test. */
export interface LabCounts {
  readonly labs: number;
  readonly tasks: number;
  readonly checks: number;
  readonly mutants: number;
  readonly commands: number;
}

/** What a lab's folder declares, for one lab. */
export function declaredCounts({ tasks, mutants, text }: LabDefinition): LabCounts {
  return {
    labs: 1,
    tasks: tasks.length,
    checks: tasks.flatMap(({ checks }) => checks).length,
    mutants: mutants.length,
    commands: text.sections.flatMap(({ commands }) => commands).length,
  };
}

export function sumCounts(all: readonly LabCounts[]): LabCounts {
  const sum = (key: keyof LabCounts): number => all.reduce((total, counts) => total + counts[key], 0);
  return {
    labs: sum("labs"),
    tasks: sum("tasks"),
    checks: sum("checks"),
    mutants: sum("mutants"),
    commands: sum("commands"),
  };
}

/** One lab on a real cluster, through the command line as a learner has it. */
export class LabRun {
  readonly lab: LabDefinition;
  readonly #e2e: E2eLab;
  #nonce = "";

  constructor(e2e: E2eLab, lab: LabDefinition) {
    this.#e2e = e2e;
    this.lab = lab;
  }

  async start(): Promise<void> {
    await this.#begin(["lab", "start", this.lab.id, "--yes", "--json"]);
  }

  async reset(): Promise<void> {
    await this.#begin(["lab", "reset", "--yes", "--json"]);
  }

  async check(): Promise<LabReport> {
    const result = await this.#e2e.run(["lab", "check", "--json"]);
    const report = JSON.parse(expectExit(result, result.exitCode === 0 ? 0 : 4).stdout) as LabReport;
    expectExit(result, report.done ? 0 : 4);
    return report;
  }

  /** Solves the tasks up to this one that are not done. */
  async solve(task: number): Promise<LabReport> {
    const { stdout } = await this.#e2e.succeed(["lab", "solve", "--task", String(task), "--json"]);
    return JSON.parse(stdout) as LabReport;
  }

  /** The commands of each section as the learner sees them. */
  async commands(): Promise<readonly (readonly TextCommands[])[]> {
    const { stdout } = await this.#e2e.succeed(["lab", "show", "--json"]);
    const shown = JSON.parse(stdout) as { sections: { commands: TextCommands[] }[] };
    return shown.sections.map(({ commands }) => commands);
  }

  async runCommands({ on, script, fails, line }: TextCommands): Promise<void> {
    const { status, output } = await this.#bash(on, script);
    if ((status === 0) === fails)
      throw new Error(`README.md:${line} on ${on} ended with ${status ?? "a signal"}\n${script}\n${output}`);
  }

  async runMutant(mutant: Mutant): Promise<void> {
    if (mutant.answers === undefined) await this.#runScript(mutant);
    else await this.#e2e.succeed(["lab", "quiz", "--answers", mutant.answers]);
  }

  /** What a reset has to bring back, in a form to be compared: everything but what is new each time. */
  async snapshot(): Promise<unknown> {
    const lists = ["service ls", "network ls --filter scope=swarm", "config ls", "secret ls"];
    const format = "--format '{{.Name}}'";
    const swarm = await this.#e2e.script(
      "manager",
      [
        ...lists.map((list) => `echo ${list.split(" ")[0] ?? ""}; docker ${list} ${format} | sort`),
        "docker node inspect --format '{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}} {{json .Spec.Labels}}' $(docker node ls -q) | sort",
      ].join("\n"),
    );
    const machines = await this.#e2e.script(
      "all",
      "docker ps --all --format '{{.Image}} {{.State}}' | wc -l; docker network ls --filter scope=local --format '{{.Name}}' | sort; find lab -type f 2>/dev/null | sort; docker volume ls -q",
    );
    return JSON.parse(JSON.stringify({ swarm, machines }).replaceAll(this.#nonce, "NONCE")) as unknown;
  }

  async #begin(args: readonly string[]): Promise<void> {
    const { stdout } = await this.#e2e.succeed(args);
    this.#nonce = (JSON.parse(stdout) as { nonce: string }).nonce;
  }

  async #runScript({ on, text, file }: LabScript): Promise<void> {
    const { subnet, machines } = await this.#e2e.status();
    const addresses = machines.map(({ name, role, address }) => ({
      name,
      role,
      address: address ?? "",
      labels: {},
      daemon: {},
    }));
    const script = fillText(
      text,
      variablesOf({ nonce: this.#nonce, subnet: subnet ?? "", machines: addresses }),
    );
    const { status, output } = await this.#bash(on, script);
    if (status !== 0) throw new Error(`${file} on ${on} ended with ${status ?? "a signal"}\n${output}`);
  }

  async #bash(
    on: string,
    script: string,
  ): Promise<{ readonly status: number | null; readonly output: string }> {
    if (on !== "host") {
      const argv = ["ssh", on, "--", "bash", "-e", "-c", script];
      const { exitCode, stdout, stderr } = await this.#e2e.run(argv, { timeoutMs: scriptTimeoutMs });
      return { status: exitCode, output: stdout + stderr };
    }
    const own = `swarmlab() { '${process.execPath}' '${cliFile}' "$@"; }`;
    const child = spawn("bash", ["-e", "-c", `${own}\n${script}`], {
      cwd: this.#e2e.directory,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: scriptTimeoutMs * patience,
      // A client of ssh waits for what runs there.
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, output }));
    });
  }
}

/** `check-id: status` of every check, in order. */
export function statuses(report: LabReport): readonly string[] {
  return report.tasks.flatMap(({ checks }) => checks.map(({ id, status }) => `${id}: ${status}`));
}

/** What `statuses` must be when the tasks up to `done` are solved, and which checks a machine here cannot be asked for. */
export function expectedStatuses(report: LabReport, done: number): readonly string[] {
  return report.tasks.flatMap(({ number, checks }) =>
    checks.map(
      ({ id, status }) =>
        `${id}: ${status === "skip" ? "skip" : number <= done ? "pass" : notPassed(status)}`,
    ),
  );
}

/** What the checks of the tasks up to `done` say that do not pass, for the message of a failing test. */
export function whyNotPassed(report: LabReport, done: number): string {
  const open = report.tasks.filter(({ number }) => number <= done).flatMap(({ checks }) => checks);
  return JSON.stringify(open.filter(({ status }) => status !== "pass" && status !== "skip"));
}

/** Of what is not done yet it only matters that it does not pass, and that it could be evaluated. */
const notPassed = (status: CheckResult["status"]): string => (status === "wait" ? "wait" : "fail");
