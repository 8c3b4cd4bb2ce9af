import { readFileSync } from "node:fs";
import { floor, floorMachines } from "./floor.js";
import { inSeconds, table } from "./measure.js";
import { swarmlab, swarmlabMachines } from "./swarmlab.js";

/** More machines, on the same computer. Returns lines of Markdown. */
export function scale(bench) {
  for (let i = 0; i < bench.repetitions; i++) for (const machines of bench.sizes) bringUp(bench, machines);
  const rows = bench.sizes.map((machines) => rowOf(bench, machines));
  const head = [
    "machines",
    "floor",
    "to the first line",
    "`up`",
    "to the first line",
    "processor time, swarmlab",
    "processor time, machines",
    "memory of a machine",
    "`up` that changes nothing",
    "`destroy`",
    "of `up`, waited for",
  ];
  return ["**More machines.**", "", ...table(head, rows)];
}

/** What is measured of a size. */
export const labelsOf = (machines) => ({
  floor: `floor, ${machines}`,
  up: `up, ${machines}`,
  again: `up that changes nothing, ${machines}`,
  destroy: `destroy, ${machines}`,
});

function bringUp(bench, machines) {
  const { samples } = bench;
  const label = labelsOf(machines);
  const workers = machines - 1;
  const byScript = () => floor(bench, "up", { workers });
  samples.measure(label.floor, { machines: floorMachines, work: byScript });
  floor(bench, "down");
  const args = ["up", "--workers", String(workers)];
  const work = () => swarmlab(bench, [...args, "--profile", "--json"], { timeoutMs: 600_000 });
  const before = availableMiB();
  const { profile } = JSON.parse(samples.measure(label.up, { machines: swarmlabMachines, work }));
  const measured = samples.of(label.up).at(-1);
  Object.assign(measured, {
    memoryMiB: (before - availableMiB()) / machines,
    parts: profile.parts,
    steps: profile.steps,
  });
  // It waits until packets cross the overlay to all, which engines of a new swarm have not yet set up.
  swarmlab(bench, args, { timeoutMs: 600_000 });
  samples.measure(label.again, { work: () => swarmlab(bench, args) });
  samples.measure(label.destroy, { work: () => swarmlab(bench, ["destroy", "--yes"]) });
}

function rowOf({ samples, sizes }, machines) {
  const label = labelsOf(machines);
  const first = labelsOf(sizes[0]);
  const toFirst = (what) => `${(samples.median(label[what]) / samples.median(first[what])).toFixed(2)} x`;
  return [
    machines,
    inSeconds(samples.median(label.floor)),
    toFirst("floor"),
    inSeconds(samples.median(label.up)),
    toFirst("up"),
    inSeconds(samples.median(label.up, "tool")),
    inSeconds(samples.median(label.up, "machines")),
    `${Math.round(samples.median(label.up, "memoryMiB"))} MiB`,
    inSeconds(samples.median(label.again)),
    inSeconds(samples.median(label.destroy)),
    mostWaitedFor(samples.typical(label.up).parts),
  ];
}

function mostWaitedFor(parts) {
  const total = parts.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
  const most = parts.toSorted((a, b) => b.waitedMs - a.waitedMs).slice(0, 4);
  return most.map(({ kind, waitedMs }) => `${kind} ${Math.round((100 * waitedMs) / total)} %`).join(", ");
}

function availableMiB() {
  return Number(/MemAvailable:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))[1]) / 1024;
}
