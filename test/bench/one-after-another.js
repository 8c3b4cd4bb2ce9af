import { join } from "node:path";
import { floorDirectory } from "./floor.js";
import { run } from "./measure.js";

/** Forms the swarm on machines that were booted, as Vagrant's shell provisioners do. */
export function formOneAfterAnother(bench) {
  run(["bash", join(bench.root, "test/bench/one-after-another.sh"), floorDirectory(bench)]);
}
