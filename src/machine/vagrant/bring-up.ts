import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import type { Machine } from "../provider.ts";
import type { BatchItem } from "./batch.ts";
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
  // Vagrant does not configure a machine that runs already: one that was broken off starts again from a boot.
  if (begun.length > 0) await callVagrant({ ...work, args: ["halt", "--force", ...begun], signal });
  await vagrantUp(work, rest, (name) => (states.has(name) ? "started" : "created"));
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
  const [first] = wanted;
  if (first === undefined) return;
  try {
    await callVagrant({ ...work, args: [...args], signal: first.input.progress.signal, onEvent });
  } finally {
    await Promise.all(ready);
  }
}
