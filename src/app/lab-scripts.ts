import { selectMachines } from "../cluster/select.ts";
import type { Context } from "../context.ts";
import { FailureError, unwrap } from "../failure.ts";
import type { SetupStep } from "../labs/lab-definition.ts";
import { fill, fillText, type Variables } from "../labs/variables.ts";
import { limitMs } from "../system/clock.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

interface ScriptWork {
  readonly context: Context;
  readonly cluster: Lab;
  readonly connections: Connections;
  readonly variables: Variables;
}

/** How long one script of a lab may take. */
const scriptTimeoutMs = 180_000;

/** A step of `setup` or `teardown` on each machine it names, as root. @throws FailureError `remote-command`. */
export async function runSetupStep(work: ScriptWork & { readonly step: SetupStep }): Promise<void> {
  const { context, cluster, connections, step, variables } = work;
  const machines = unwrap(selectMachines(cluster.cluster.machines, step.on));
  await Promise.all(
    machines.map(async ({ name }) => {
      const remote = await connections.remote(cluster, name);
      const how = { sudo: true, timeoutMs: limitMs(context.clock, scriptTimeoutMs), signal: context.signal };
      const [program, ...args] = fill(step.run ?? bash(step.script ?? ""), variables);
      if (program !== undefined) await remote.run({ argv: [program, ...args], ...how });
    }),
  );
}

/**
 * A script of a lab, on a machine as the learner or on this computer, where `swarmlab` is this program in this lab directory.
 * Its output is returned. @throws FailureError `remote-command`, `process`.
 */
export async function runLabScript(
  work: ScriptWork & { readonly script: { readonly on: string; readonly text: string } },
): Promise<string> {
  const { context, cluster, connections, script, variables } = work;
  const { signal } = context;
  const text = fillText(script.text, variables);
  if (script.on === "host") {
    const argv = bash(`${ownFunction(context, cluster)}\n${text}`);
    const ran = await context.processes.run({
      argv,
      cwd: cluster.directory,
      timeoutMs: limitMs(context.clock, scriptTimeoutMs),
      signal,
    });
    return ran.stdout;
  }
  if (!cluster.machines.has(script.on)) throw noMachine(script.on);
  const remote = await connections.remote(cluster, script.on);
  const ran = await remote.run({
    argv: bash(text),
    timeoutMs: limitMs(context.clock, scriptTimeoutMs),
    signal,
  });
  return ran.stdout;
}

/** Not through stdin: a command in the script that reads it would eat the rest. */
const bash = (text: string): readonly [string, ...string[]] => ["bash", "-e", "-c", text];

function ownFunction({ host }: Context, { directory }: Lab): string {
  const words = [...host.ownCommand, "--dir", directory].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `swarmlab() { ${words.join(" ")} "$@"; }`;
}

function noMachine(name: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `this lab needs a machine ${name}, which the cluster does not have`,
    remedy: "swarmlab lab list   (shows what this cluster can run)",
  });
}
