import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ExecOutcome } from "../../src/app/exec.ts";
import type { StatusReport } from "../../src/app/status-report.ts";
import { expectExit, runCli, startCli, type CliOptions, type CliResult, type RunningCli } from "./cli.ts";
import { findExposedSecrets } from "./secrets.ts";
import { findTraces } from "./traces.ts";

type RunOptions = Omit<CliOptions, "directory">;

/** A lab directory with a cluster of its own name, and swarmlab to be called in it. */
export interface E2eLab extends AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  /** In a process of its own. */
  start(args: readonly string[], options?: RunOptions): RunningCli;
  run(args: readonly string[], options?: RunOptions): Promise<CliResult>;
  /** As `run`, and throws with all output unless the exit code is 0. */
  succeed(args: readonly string[], options?: RunOptions): Promise<CliResult>;
  status(): Promise<StatusReport>;
  /** What a shell script prints on each machine chosen. Throws unless it succeeds on all. */
  script(on: string, script: string): Promise<Readonly<Record<string, string>>>;
  /** Replaces swarmlab.yaml by this text, which need not be right. */
  writeFile(text: string): Promise<void>;
  /** Destroys the cluster, whatever swarmlab.yaml has become, and looks from outside that nothing is left of it. */
  destroy(): Promise<void>;
}

/** Makes a lab directory. `yaml` has no name and no provider: the name is made of the label and is unique for each run. */
export async function makeLab(options: {
  readonly label: string;
  readonly yaml?: string;
  /** Default nspawn, whatever else this computer has. */
  readonly provider?: string;
  /** Added to the environment of every call. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of every call. */
  readonly through?: readonly string[];
  readonly program?: string;
}): Promise<E2eLab> {
  const { provider = "nspawn", env = {}, through = [], program } = options;
  const name = `e2e-${process.pid.toString(36)}-${options.label}`;
  const directory = await mkdtemp(join(tmpdir(), `swarmlab-${name}-`));
  const optionsOf = (its?: RunOptions): CliOptions => ({
    directory,
    through,
    ...(program && { program }),
    ...its,
    env: { ...env, ...its?.env },
  });
  const run: E2eLab["run"] = async (args, its) => {
    const exposed = args[0] === "destroy" ? await findExposedSecrets(name) : [];
    const result = await runCli(args, optionsOf(its));
    requireNone(`secrets exposed in ${name}`, exposed);
    return result;
  };
  const succeed: E2eLab["succeed"] = async (args, its) => expectExit(await run(args, its), 0);
  const writeConfig: E2eLab["writeFile"] = (text) => writeFile(join(directory, "swarmlab.yaml"), text);
  const destroy = async (): Promise<void> => {
    await writeConfig(`name: ${name}\nprovider: ${provider}\n`);
    const { stderr } = await succeed(["destroy", "--yes"]);
    requireNone(`destroy said ${stderr}and left`, await findTraces(name));
    await rm(directory, { recursive: true });
  };
  await writeConfig(`name: ${name}\nprovider: ${provider}\n${options.yaml ?? ""}\n`);
  return {
    name,
    directory,
    start: (args, its) => startCli(args, optionsOf(its)),
    run,
    succeed,
    status: async () => JSON.parse((await succeed(["status", "--json"])).stdout) as StatusReport,
    script: async (on, script) =>
      outputs(await succeed(["exec", "--json", "--on", on, "--", "sh", "-c", script])),
    writeFile: writeConfig,
    destroy,
    [Symbol.asyncDispose]: destroy,
  };
}

/** Node IDs by machine, to see that a cluster is still the same one. */
export async function nodeIds(lab: E2eLab): Promise<Readonly<Record<string, string | null | undefined>>> {
  const { machines } = await lab.status();
  return Object.fromEntries(machines.map(({ name, swarm }) => [name, swarm?.nodeId]));
}

function requireNone(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}:\n${found.join("\n")}`);
}

function outputs({ stdout }: CliResult): Readonly<Record<string, string>> {
  const { results } = JSON.parse(stdout) as ExecOutcome;
  return Object.fromEntries(results.map((result) => [result.machine, result.stdout.trim()]));
}
