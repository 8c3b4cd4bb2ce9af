import type { Engine } from "../docker/engine.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../state/lab-files.ts";
import { readUnlockKey } from "../swarm/apply.ts";
import { readText } from "../system/files.ts";
import type { Lab } from "./open-lab.ts";

/**
 * Keeps the key of a swarm with autolock, whose managers are there: an `up` that was killed may have begun the swarm and not have kept its key, and
 * once the managers restart nobody can ask for it.
 */
export async function keepUnlockKey(
  { cluster, directory }: Pick<Lab, "cluster" | "directory">,
  engines: ReadonlyMap<string, Engine>,
): Promise<void> {
  const manager = cluster.machines.find(({ role }) => role === "manager");
  const engine = manager && engines.get(manager.name);
  if (!cluster.swarm.autolock || engine === undefined) return;
  const key = await readUnlockKey(engine);
  const kept = (await readText(unlockKeyFile(directory)))?.trim();
  if (key === "" || key === kept) return;
  await makeStateDirectory(directory);
  await writePrivate(unlockKeyFile(directory), `${key}\n`);
}
