import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./measure.js";

/** The cgroup of the machines that the floor script makes. */
export const floorMachines = "slfloor";

/** An action of the floor script. `layer`: a directory of files on top of the box. */
export function floor(bench, action, { workers = 2, layer } = {}) {
  const script = join(bench.root, "test/bench/floor.sh");
  const launcher = join(bench.root, "templates/nspawn/launch.sh");
  const box = layer === undefined ? bench.box : `${layer}:${bench.box}`;
  run(["bash", script, action, box, launcher, floorDirectory(bench), String(workers)], {
    timeoutMs: 180_000,
  });
}

/** Where the script keeps its machines' files: `key`, `known_hosts`, `hosts`. */
export const floorDirectory = (bench) => join(bench.directory, "floor");

/** The machines that it made, the manager first. */
export function floorHosts(bench) {
  const lines = readFileSync(join(floorDirectory(bench), "hosts"), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  return lines.map((line) => line.split(" ")).map(([address, name]) => ({ address, name }));
}
