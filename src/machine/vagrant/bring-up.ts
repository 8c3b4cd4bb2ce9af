import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import type { Machine } from "../provider.ts";
import type { BatchItem } from "./batch.ts";
import { listVms, removeVm, type Vm } from "./hypervisor.ts";
import { inspectCluster } from "./inspect-cluster.ts";
import type { VagrantLayout } from "./layout.ts";
import type { MachineLogins } from "./machine-logins.ts";
import { endsAction, messageOf, type VagrantEvent } from "./machine-readable.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** A machine that shall run, and who waits for it. */
export type WantedMachine = BatchItem<{ readonly name: string; readonly progress: StepProgress }, string>;

export interface BringUp {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly layout: VagrantLayout;
  readonly cluster: Cluster;
  readonly logins: MachineLogins;
  /** Vagrant is given up when it has said nothing for so long. */
  readonly silenceMs: number;
}

/**
 * Makes machines run with one call of Vagrant. Each is answered as soon as it is ready, while Vagrant goes on with the next one.
 * @throws FailureError for those that were not answered
 */
export async function bringUp(work: BringUp, wanted: readonly WantedMachine[]): Promise<void> {
  const { host, provider, cluster } = work;
  const { machines } = await inspectCluster(host, provider, cluster);
  const states = new Map(machines.map((machine) => [machine.name, machine]));
  const rest = wanted.filter((item) => !answerAtOnce(item, states.get(item.input.name)));
  const [first] = rest;
  if (first === undefined) return;
  const { signal } = first.input.progress;
  const begun = rest.map(({ input }) => input.name).filter((name) => states.get(name)?.state === "creating");
  if (begun.length > 0)
    await callVagrant({ ...work, args: [stepBack(provider), "--force", ...begun], signal });
  await vagrantUp(work, rest, (name) => (states.get(name)?.state === "stopped" ? "started" : "created"));
}

/**
 * Vagrant does not configure a machine that runs already: one that was broken off starts again from a boot. Vagrant-libvirt gives a machine
 * its name and networks only when it makes it (its lib/vagrant-libvirt/action.rb): there it is made anew.
 */
function stepBack(provider: VagrantProviderName): "halt" | "destroy" {
  return provider === "libvirt" ? "destroy" : "halt";
}

function answerAtOnce({ resolve, reject, input }: WantedMachine, machine: Machine | undefined): boolean {
  if (machine?.state === "running") resolve("already running");
  else if (machine?.state === "broken") reject(leftOver(input.name, machine.detail ?? ""));
  else return false;
  return true;
}

function leftOver(name: string, why: string): FailureError {
  const what = `${name} cannot be made`;
  const remedy = "swarmlab destroy   (removes it; back up first what it may hold)";
  return new FailureError({
    kind: "verify",
    problems: [{ severity: "error", what, where: name, why, remedy }],
  });
}

async function vagrantUp(
  work: BringUp,
  wanted: readonly WantedMachine[],
  outcome: (name: string) => string,
): Promise<void> {
  const byName = new Map(wanted.map((item) => [item.input.name, item]));
  const ready: Promise<void>[] = [];
  const finish = async ({ input, resolve, reject }: WantedMachine): Promise<void> => {
    try {
      await work.logins.renew(input.name, input.progress.signal);
      resolve(outcome(input.name));
    } catch (error) {
      reject(error);
    }
  };
  const onEvent = (event: VagrantEvent): void => {
    const item = byName.get(event.target ?? "");
    if (item === undefined) return;
    const text = messageOf(event);
    if (text !== undefined) item.input.progress.report(text);
    if (endsAction(event, "up")) ready.push(finish(item));
  };
  const args = ["up", "--provider", work.provider, ...byName.keys()] as const;
  const [first, ...others] = wanted;
  if (first === undefined) return;
  for (const { input } of others) input.progress.report("waits for its turn");
  const before = await listVms(work.host, work.provider);
  try {
    await callVagrant({ ...work, args: [...args], signal: first.input.progress.signal, onEvent });
  } catch (error) {
    await removeTornClones(work, before ?? []);
    throw error;
  } finally {
    await Promise.all(ready);
  }
}

/** Interrupted while it clones, Vagrant forgets the VM, which then has the name that is meant for the time of cloning. Only what came during this call goes. */
async function removeTornClones({ host, provider }: BringUp, before: readonly Vm[]): Promise<void> {
  const known = new Set(before.map(({ id }) => id));
  try {
    const now = (await listVms(host, provider)) ?? [];
    const torn = now.filter(({ id, name }) => !known.has(id) && /^temp_clone_\d+_\d+$/.test(name));
    for (const vm of torn) await removeVm(host, provider, vm);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    host.warn("A half-made VM may be left, with a name that begins with temp_clone_: VBoxManage list vms");
  }
}
