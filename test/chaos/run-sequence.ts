import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { StatusReport } from "../../src/app/status-report.ts";
import { expectExit, type CliResult } from "../e2e/cli.ts";
import { killMachine } from "../e2e/kill-machine.ts";
import { makeLab, type E2eLab } from "../e2e/lab.ts";
import { findTraces } from "../e2e/traces.ts";
import type { Act, ChaosStep } from "./operations.ts";
import { formatSequence, type Sequence } from "./sequence.ts";
import { rolesOf, type World } from "./world.ts";

/**
 * Does to a cluster of its own what the sequence says, looks after each step whether there is what should be there, and in the end whether `up`
 * converges and `destroy` leaves nothing. Throws with all steps up to the one that failed, and how to repeat them.
 */
export async function runSequence(sequence: Sequence): Promise<void> {
  const { seed, begin, steps } = sequence;
  const lab = await makeLab({ label: `c${seed.toString(36)}`, yaml: countsOf(begin) });
  let done = 0;
  try {
    for (const step of steps) {
      done += 1;
      await take(lab, step);
    }
    done += 1;
    await expectConverges(lab, steps.at(-1)?.world ?? begin);
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
  } catch (cause) {
    const repeat = `To repeat it: SWARMLAB_SEED=${seed} SWARMLAB_SEQUENCES=1 npm run test:chaos`;
    const end = done > steps.length ? `\n  ${done}. up, then destroy` : "";
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${formatSequence(sequence, done)}${end}\n${repeat}\n${what}`, { cause });
  } finally {
    await lab.destroy();
  }
}

async function take(lab: E2eLab, { act, world, asks = world }: ChaosStep): Promise<void> {
  await lab.writeFile(`name: ${lab.name}\nprovider: nspawn\n${countsOf(asks)}\n`);
  await perform(lab, act);
  const { machines } = await lab.status();
  for (const { name, state } of machines) {
    const wanted = world.states[name] ?? "absent";
    if (wanted !== "unsure") expect([name, state]).toEqual([name, wanted]);
  }
}

async function perform(lab: E2eLab, act: Act): Promise<void> {
  switch (act.kind) {
    case "call":
      expectOneOf(await lab.run(act.args), act.exitCodes);
      return;
    case "kill":
      return killDuring(lab, act);
    case "die":
      return killMachine(lab.name, act.machine);
  }
}

async function killDuring(lab: E2eLab, act: Extract<Act, { kind: "kill" }>): Promise<void> {
  const call = lab.start(act.args);
  // Whether it ends before shows in its exit code.
  await call.sees(act.after).catch(() => undefined);
  await setTimeout(act.delayMs);
  call.kill("SIGKILL");
  const result = await call.done;
  if (result.exitCode !== null) expectExit(result, 0);
}

async function expectConverges(lab: E2eLab, world: World): Promise<void> {
  if (world.hasFaults) await lab.succeed(["fault", "heal", "--all"]);
  await lab.writeFile(`name: ${lab.name}\nprovider: nspawn\n${countsOf(world)}\n`);
  const { stdout } = await lab.succeed(["up", "--json"]);
  const { machines, swarm } = JSON.parse(stdout) as StatusReport;
  const roles = new Map(machines.map(({ name, swarm: node }) => [name, node?.role]));
  expect(roles).toEqual(rolesOf(world));
  expect(swarm).toMatchObject({
    managers: world.managers,
    workers: world.workers,
    ready: world.managers + world.workers,
    healthy: true,
  });
}

function expectOneOf(result: CliResult, exitCodes: readonly number[]): void {
  const { exitCode } = result;
  expectExit(result, exitCodes.find((each) => each === exitCode) ?? exitCodes[0] ?? 0);
}

const countsOf = ({ managers, workers }: Pick<World, "managers" | "workers">): string =>
  `managers: ${managers}\nworkers: ${workers}`;
