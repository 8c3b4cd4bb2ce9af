import type { StepProgress } from "../../steps.ts";
import type { BatchItem } from "./batch.ts";
import type { BringUp } from "./bring-up.ts";
import { findVms } from "./inspect-cluster.ts";
import { messageOf } from "./machine-readable.ts";
import { callVagrant } from "./vagrant-cli.ts";

type StoppedMachine = BatchItem<
  { readonly name: string; readonly progress: StepProgress },
  string | undefined
>;

/** Stops machines with one call of Vagrant: in an orderly way, or by switching them off. */
export async function haltMachines(
  work: Omit<BringUp, "logins">,
  wanted: readonly StoppedMachine[],
  how: "orderly" | "at once" = "orderly",
): Promise<void> {
  const { host, provider, cluster } = work;
  const { known } = await findVms(host, provider, cluster.name);
  const running = wanted.filter(({ input }) => known.get(input.name)?.running === true);
  for (const item of wanted) if (!running.includes(item)) item.resolve("not running");
  const [first] = running;
  if (first === undefined) return;
  const byName = new Map(running.map((item) => [item.input.name, item]));
  await callVagrant({
    ...work,
    args: ["halt", ...(how === "orderly" ? [] : ["--force"]), ...byName.keys()],
    signal: first.input.progress.signal,
    onEvent: (event) => {
      const text = messageOf(event);
      if (text !== undefined) byName.get(event.target ?? "")?.input.progress.report(text);
    },
  });
  for (const item of running) item.resolve(undefined);
}
