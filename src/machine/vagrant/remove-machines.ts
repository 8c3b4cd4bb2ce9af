import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import type { BatchItem } from "./batch.ts";
import type { BringUp } from "./bring-up.ts";
import { removeVm } from "./hypervisor.ts";
import { findVms } from "./inspect-cluster.ts";
import { machineRecordFile, vagrantIdFile } from "./layout.ts";
import { messageOf } from "./machine-readable.ts";
import { callVagrant } from "./vagrant-cli.ts";

type UnwantedMachine = BatchItem<{ readonly name: string; readonly progress: StepProgress }, undefined>;

/**
 * Removes VMs with one call of Vagrant, those that it no longer knows without it, and what is kept of them.
 * @throws FailureError `leftovers`, `vagrant`
 */
export async function removeMachines(
  work: Omit<BringUp, "logins">,
  unwanted: readonly UnwantedMachine[],
): Promise<void> {
  const { host, provider, cluster, layout } = work;
  const byName = new Map(unwanted.map((item) => [item.input.name, item]));
  const [first] = unwanted;
  if (first === undefined) return;
  const { known, orphans } = await findVms(host, provider, cluster.name);
  const args = [...byName.keys()].filter((name) => known.has(name));
  if (args.length > 0)
    await callVagrant({
      ...work,
      args: ["destroy", "--force", ...args],
      signal: first.input.progress.signal,
      onEvent: (event) => {
        const text = messageOf(event);
        if (text !== undefined) byName.get(event.target ?? "")?.input.progress.report(text);
      },
    });
  for (const [name, vm] of orphans) if (byName.has(name)) await removeVm(host, provider, vm);
  const now = await findVms(host, provider, cluster.name);
  for (const [name, { resolve, reject }] of byName) {
    const left = now.known.get(name) ?? now.orphans.get(name);
    if (left !== undefined) {
      reject(new FailureError({ kind: "leftovers", cluster: cluster.name, items: [`VM ${left.name}`] }));
      continue;
    }
    await rm(machineRecordFile(layout, name), { force: true });
    await rm(dirname(dirname(vagrantIdFile(layout, provider, name))), { recursive: true, force: true });
    resolve(undefined);
  }
}
