import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import { waitUntil } from "../../system/wait-until.ts";
import { detectCgroupHost } from "./launch.ts";
import { machineLayout } from "./layout.ts";
import type { NspawnHost } from "./nspawn-host.ts";

type FreezerHost = Pick<NspawnHost, "home" | "clock">;

/** How a cgroup is frozen: https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html, and `cgroup.freeze` of cgroup v2. */
interface Freezer {
  readonly file: string;
  readonly words: Readonly<Record<"frozen" | "thawed", string>>;
  /** Shows whether all processes are. */
  readonly state: string;
  readonly isFrozen: RegExp;
}

/**
 * Freezes all processes of a machine where they are, containers included.
 * @throws FailureError `fault-refused` where this computer's kernel has no freezer
 */
export async function freezeMachine(host: FreezerHost, cluster: string, name: string): Promise<void> {
  const freezer = await findFreezer(host, cluster, name);
  if (freezer === undefined) throw noFreezer(name);
  await setFreezer(host, freezer, "frozen");
}

/** Has a machine's processes go on; does nothing where none is frozen. With cgroup v1 frozen processes cannot even be killed. */
export async function thawMachine(host: FreezerHost, cluster: string, name: string): Promise<void> {
  const freezer = await findFreezer(host, cluster, name);
  if (freezer !== undefined) await setFreezer(host, freezer, "thawed");
}

/** Undefined: the machine has no cgroup, or the kernel no freezer. */
async function findFreezer(host: FreezerHost, cluster: string, name: string): Promise<Freezer | undefined> {
  const kind = await detectCgroupHost();
  const { unit, cgroup } = machineLayout(host.home, cluster, name, 0);
  const directories =
    kind.kind === "systemd"
      ? [join("/sys/fs/cgroup/system.slice", unit)]
      : kind.hierarchies.map((hierarchy) => join(hierarchy, cgroup));
  for (const directory of directories) {
    const state = join(directory, "freezer.state");
    if (await pathExists(state))
      return { file: state, words: { frozen: "FROZEN", thawed: "THAWED" }, state, isFrozen: /^FROZEN$/m };
  }
  // Beside hierarchies of cgroup v1 the one of v2 has other processes in it.
  const [only, ...others] = directories;
  const file = join(only ?? "", "cgroup.freeze");
  if (others.length > 0 || !(await pathExists(file))) return undefined;
  const state = join(only ?? "", "cgroup.events");
  return { file, words: { frozen: "1", thawed: "0" }, state, isFrozen: /^frozen 1$/m };
}

async function setFreezer(
  { clock }: FreezerHost,
  { file, words, state, isFrozen }: Freezer,
  wanted: "frozen" | "thawed",
): Promise<void> {
  await writeFile(file, words[wanted]);
  const wait = {
    clock,
    title: `${file} to be ${wanted}`,
    timeoutMs: 10_000,
    hint: () => `A process in state D waits for a disk; ${state} shows whether all are ${wanted}.`,
    intervalMs: 20,
  };
  await waitUntil(wait, async () => {
    const frozen = isFrozen.test(await readFile(state, "utf8"));
    return frozen === (wanted === "frozen") ? true : undefined;
  });
}

function noFreezer(machine: string): FailureError {
  const reason = "The kernel of this computer has no freezer for the machine's processes.";
  return new FailureError({ kind: "fault-refused", fault: "pause", machine, reason });
}
