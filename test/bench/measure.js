import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** Runs a command to its end; returns its standard output, or throws with what it said. `exitCodes`: those that are no failure. */
export function run([file, ...args], { exitCodes = [0], timeoutMs = 300_000, ...options } = {}) {
  const maxBuffer = 64 * 2 ** 20;
  const its = spawnSync(file, args, { encoding: "utf8", timeout: timeoutMs, maxBuffer, ...options });
  if (its.error) throw its.error;
  if (exitCodes.includes(its.status)) return its.stdout;
  throw new Error(`${[file, ...args].join(" ")}: exit code ${its.status}\n${its.stdout}\n${its.stderr}`);
}

const accounting = existsSync("/sys/fs/cgroup/cpuacct") ? "/sys/fs/cgroup/cpuacct" : "/sys/fs/cgroup";
const toolGroup = "swarmlab-bench";

/** From now on the processor time of all that this process starts is counted, whatever becomes of it. Returns what ends that. */
export function countProcessorTime() {
  const line = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .map((text) => text.split(":"))
    .find(([, controllers]) => controllers === "" || controllers?.split(",").includes("cpuacct"));
  const enter = (group) => writeFileSync(join(accounting, group, "cgroup.procs"), String(process.pid));
  mkdirSync(join(accounting, toolGroup), { recursive: true });
  enter(toolGroup);
  return () => {
    enter(line?.[2] ?? "/");
    rmdirSync(join(accounting, toolGroup));
  };
}

/** Processor time of a cgroup with all below it, in seconds; 0: there is none. */
function processorSeconds(group) {
  const [v1, v2] = ["cpuacct.usage", "cpu.stat"].map((file) => join(accounting, group, file));
  if (existsSync(v1)) return Number(readFileSync(v1, "utf8")) / 1e9;
  return existsSync(v2) ? Number(/usage_usec (\d+)/.exec(readFileSync(v2, "utf8"))[1]) / 1e6 : 0;
}

/** What was measured, by what it was; all of it in seconds unless the name says otherwise. */
export class Samples {
  #all = new Map();

  /** `machines`: the cgroup of the machines that the work is done on. Returns what `work` returns. */
  measure(label, { machines, work }) {
    const before = [toolGroup, machines ?? toolGroup].map(processorSeconds);
    const startMs = performance.now();
    const result = work();
    const seconds = (performance.now() - startMs) / 1000;
    const after = [toolGroup, machines ?? toolGroup].map(processorSeconds);
    this.add(label, { seconds, tool: after[0] - before[0], machines: after[1] - before[1] });
    return result;
  }

  add(label, values) {
    this.#all.set(label, [...this.of(label), values]);
  }

  of(label) {
    return this.#all.get(label) ?? [];
  }

  median(label, what = "seconds") {
    const sorted = this.of(label)
      .map((values) => values[what])
      .sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The one whose time is nearest to the median. */
  typical(label) {
    const far = (values) => Math.abs(values.seconds - this.median(label));
    return this.of(label).toSorted((a, b) => far(a) - far(b))[0];
  }
}

/** `4.31 s`. */
export const inSeconds = (seconds) => `${seconds.toFixed(2)} s`;

/** Rows of a Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
