import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../state/lab-files.ts";
import { readUnlockKey } from "../swarm/apply.ts";
import type { Observed } from "../swarm/membership.ts";
import { isManager, membershipOf } from "../swarm/observe.ts";
import { readText } from "../system/files.ts";
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

/** Before daemons stop that can only be started again with the key of now, which a person may have changed. What no manager tells is left as it is. */
export async function keepUnlockKeyInTime(
  { cluster, directory }: KeyedLab,
  engines: ReadonlyMap<string, Engine>,
  memberships: Observed["memberships"],
): Promise<void> {
  if (!cluster.swarm.autolock) return;
  const manager = [...engines.values()].find(({ machine }) => isManager(memberships.get(machine)));
  if (manager !== undefined) await keepKeyOf(manager, directory);
}

const connectTimeoutMs = 10_000;

/** As `keepUnlockKeyInTime`, before machines stop; managers that do not answer stop nothing, and are told. */
export async function keepUnlockKeyBeforeStop(context: Context, lab: Lab): Promise<void> {
  if (!lab.cluster.swarm.autolock) return;
  const { signal } = context;
  const managers = lab.cluster.machines.filter(
    ({ name, role }) => role === "manager" && lab.machines.get(name)?.state === "running",
  );
  await using connections = new Connections(context);
  const ask = async (name: string) => {
    const engine = await connections.engine(lab, name, connectTimeoutMs);
    return { engine, membership: await membershipOf(engine, signal) };
  };
  try {
    const asked = await Promise.all(managers.map(async ({ name }) => [name, await ask(name)] as const));
    await keepUnlockKeyInTime(
      lab,
      new Map(asked.map(([name, { engine }]) => [name, engine])),
      new Map(asked.map(([name, { membership }]) => [name, membership])),
    );
  } catch (error) {
    if (!(error instanceof FailureError) || signal.aborted) throw error;
    const text = `The managers do not tell the unlock key of the swarm. If it was changed by hand, ${unlockKeyFile(lab.directory)} holds an old one.`;
    context.emit({ type: "note", level: "warning", text });
  }
}

async function keepKeyOf(manager: Engine, directory: string): Promise<void> {
  const key = await readUnlockKey(manager);
  const kept = (await readText(unlockKeyFile(directory)))?.trim();
  if (key === "" || key === kept) return;
  await makeStateDirectory(directory);
  await writePrivate(unlockKeyFile(directory), `${key}\n`);
}
