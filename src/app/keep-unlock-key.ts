import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../state/lab-files.ts";
import { readUnlockKey } from "../swarm/apply.ts";
import { pathExists, readText } from "../system/files.ts";
import { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

type KeyedLab = Pick<Lab, "cluster" | "directory">;

/**
 * Keeps the key of a swarm with autolock, whose managers are there: an `up` that was killed may have begun the swarm and not have kept its key, and
 * once the managers restart nobody can ask for it.
 */
export async function keepUnlockKey(
  { cluster, directory }: KeyedLab,
  engines: ReadonlyMap<string, Engine>,
): Promise<void> {
  const manager = cluster.machines.find(({ role }) => role === "manager");
  const engine = manager && engines.get(manager.name);
  if (!cluster.swarm.autolock || engine === undefined) return;
  await keepKeyOf(engine, directory);
}

/**
 * Before managers stop that can only be started again with the key of now, which a person may have changed: keeps the key that the first of them tells
 * which can. That none can stops nothing, and is said.
 */
export async function keepUnlockKeyInTime(
  { signal, emit }: Pick<Context, "signal" | "emit">,
  { cluster, directory }: KeyedLab,
  managers: readonly (() => Promise<Engine>)[],
): Promise<void> {
  if (!cluster.swarm.autolock || managers.length === 0) return;
  for (const open of managers) {
    try {
      await keepKeyOf(await open(), directory, { signal, timeoutMs: answerTimeoutMs });
      return;
    } catch (error) {
      if (!(error instanceof FailureError) || signal.aborted) throw error;
    }
  }
  const file = unlockKeyFile(directory);
  if (!(await pathExists(file))) return;
  const text = `No manager tells the unlock key of the swarm now. If it was changed by hand, ${file} holds an old one.`;
  emit({ type: "note", level: "warning", text });
}

/** As `keepUnlockKeyInTime`, of all managers that run. */
export async function keepUnlockKeyBeforeHalt(context: Context, lab: Lab): Promise<void> {
  await using connections = new Connections(context);
  const managers = lab.cluster.machines.filter(
    ({ name, role }) => role === "manager" && lab.machines.get(name)?.state === "running",
  );
  const open = managers.map(
    ({ name }) =>
      () =>
        connections.engine(lab, name, answerTimeoutMs),
  );
  await keepUnlockKeyInTime(context, lab, open);
}

const answerTimeoutMs = 10_000;

async function keepKeyOf(
  manager: Engine,
  directory: string,
  options?: Parameters<typeof readUnlockKey>[1],
): Promise<void> {
  const key = await readUnlockKey(manager, options);
  const kept = (await readText(unlockKeyFile(directory)))?.trim();
  if (key === "" || key === kept) return;
  await makeStateDirectory(directory);
  await writePrivate(unlockKeyFile(directory), `${key}\n`);
}
