import { join } from "node:path";
import { closeAnsible, formByAnsible, requireAnsible } from "./ansible.js";
import { floor, floorMachines } from "./floor.js";
import { inSeconds, run, table } from "./measure.js";
import { formOneAfterAnother } from "./one-after-another.js";
import { formBySwarmlab, prepareHosts, swarmlab, swarmlabMachines } from "./swarmlab.js";

const onMachines = [
  { label: "bash and ssh, side by side", form: (bench) => floor(bench, "form") },
  { label: "swarmlab", prepare: prepareHosts, form: formBySwarmlab },
  { label: "Ansible", form: formByAnsible, close: closeAnsible },
  { label: "shell provisioners, one machine after another", form: formOneAfterAnother },
];
const fromNothing = { floor: "bash and ssh, machines included", swarmlab: "`swarmlab up`" };

/** The same job by other means. Returns lines of Markdown. */
export function compare(bench) {
  requireAnsible({ install: bench.installAnsible });
  const layer = join(bench.directory, "python");
  run(["bash", join(bench.root, "test/bench/add-python.sh"), bench.box, layer]);
  for (let i = 0; i < bench.repetitions; i++) {
    for (const means of onMachines) compareOnMachines(bench, means, layer);
    compareFromNothing(bench);
  }
  return report(bench);
}

/** New machines for each: nothing that another one did is left. */
function compareOnMachines(bench, { label, prepare, form, close }, layer) {
  floor(bench, "boot", { layer });
  try {
    prepare?.(bench);
    bench.samples.measure(label, { machines: floorMachines, work: () => form(bench) });
    close?.(bench);
    floor(bench, "check");
  } finally {
    floor(bench, "down");
  }
}

function compareFromNothing(bench) {
  const { samples } = bench;
  try {
    samples.measure(fromNothing.floor, { machines: floorMachines, work: () => floor(bench, "up") });
  } finally {
    floor(bench, "down");
  }
  samples.measure(fromNothing.swarmlab, { machines: swarmlabMachines, work: () => swarmlab(bench, ["up"]) });
  swarmlab(bench, ["destroy", "--yes"]);
}

function report({ samples }) {
  const rowOf = (base) => (label) => [
    label,
    ...["seconds", "tool", "machines"].map((what) => inSeconds(samples.median(label, what))),
    `${(samples.median(label) / samples.median(base)).toFixed(2)} x`,
  ];
  const head = (what) => [what, "time", "processor time, tool", "processor time, machines", "ratio"];
  return [
    "**Three machines that are booted: configure the daemons, init, join; all are Ready, and a packet crosses the overlay.**",
    "",
    ...table(head("by means of"), onMachines.map(({ label }) => label).map(rowOf(onMachines[0].label))),
    "",
    "**The same from nothing: machines included.**",
    "",
    ...table(head("by means of"), Object.values(fromNothing).map(rowOf(fromNothing.floor))),
  ];
}
