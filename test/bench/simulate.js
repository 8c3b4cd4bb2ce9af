import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inSeconds, run, table } from "./measure.js";
import { labelsOf } from "./scale.js";

const sizes = [100, 500];
const bounds = [16, 32, 64, 128, 500];

/** `up` of more machines than this computer can run. Returns lines of Markdown. */
export async function simulate(bench) {
  const latencies = recordedLatencies(bench);
  const { simulateUp } = await loadSimulation(bench);
  const rows = [];
  for (const maxWorkers of bounds) {
    const cells = [];
    for (const machines of sizes) {
      const { failure, seconds, processor } = await simulateUp({ machines, maxWorkers, latencies });
      cells.push(failure ?? inSeconds(seconds), inSeconds(processor));
    }
    rows.push([maxWorkers, ...cells]);
  }
  const head = sizes.flatMap((machines) => [`${machines} machines`, "processor time, swarmlab"]);
  return [
    `**Many machines, simulated: each has a processor of its own, and takes as long as one of ${Math.min(...bench.sizes)} took above** (${describe(latencies)}). One run each.`,
    "",
    ...table(["`--max-workers`", ...head], rows),
  ];
}

/** The program's own sources, with simulated machines. */
function loadSimulation({ root, directory }) {
  const outdir = join(directory, "simulation");
  const entryPoint = "test/bench/simulation/simulate-up.ts";
  mkdirSync(outdir);
  copyFileSync(join(root, "package.json"), join(outdir, "package.json"));
  run([process.execPath, join(root, "esbuild.config.js"), "--readable", outdir, entryPoint], { cwd: root });
  return import(pathToFileURL(join(outdir, "simulate-up.js")).href);
}

/** What machines took that were really brought up in this run; milliseconds. */
function recordedLatencies({ samples, sizes: measured }) {
  const [few, many] = [Math.min(...measured), Math.max(...measured)];
  const [atFew, atMany] = [few, many].map(labelsOf);
  if (few === many || samples.of(atMany.again).length === 0)
    throw new Error(
      "scale records what is simulated, for two sizes at least: npm run bench -- scale simulate",
    );
  const longest = (label, kind) => {
    const steps = samples.typical(label).steps.filter((step) => step.kind === kind);
    return Math.max(...steps.map(({ elapsedMs }) => elapsedMs));
  };
  const tool = ({ again }) => samples.median(again, "tool");
  return {
    create: longest(atFew.up, "machines/create"),
    ssh: longest(atFew.up, "machines/ssh"),
    docker: longest(atFew.up, "machines/docker"),
    init: longest(atFew.up, "swarm/init"),
    join: longest(atFew.up, "swarm/join"),
    // Of ten machines that joined three, a tenth of the manager's processor time.
    admit: 50,
    overlay: longest(atFew.up, "verify/overlay"),
    answer: 10,
    connection: (1000 * (tool(atMany) - tool(atFew))) / (many - few),
  };
}

const describe = (latencies) =>
  Object.entries(latencies)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
    .join(", ");
