// How fast swarmlab is, beside what people would use instead, in one run on one machine.
// usage: npm run bench [-- PART…] [--repetitions N] [--sizes 3,5,10] [--install-ansible]
//   PART: compare, scale, simulate, costs. Without one all are run, and the tables are written into README.md.
// Needs root, and a host that `swarmlab setup` has prepared.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath, URL } from "node:url";
import { parseArgs } from "node:util";
import { compare } from "./compare.js";
import { costs } from "./costs.js";
import { floor, floorDirectory } from "./floor.js";
import { countProcessorTime, Samples } from "./measure.js";
import { scale } from "./scale.js";
import { simulate } from "./simulate.js";
import { makeBox, swarmlab } from "./swarmlab.js";

const parts = { compare, scale, simulate, costs };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repetitions: { type: "string", default: "7" },
    sizes: { type: "string", default: "3,5,10,20,40" },
    "install-ansible": { type: "boolean", default: false },
  },
});
const wrong = positionals.find((part) => !Object.hasOwn(parts, part));
if (wrong !== undefined) throw new Error(`no part ${wrong}; there are ${Object.keys(parts).join(", ")}`);
const names = positionals.length === 0 ? Object.keys(parts) : positionals;
const bench = {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  directory: mkdtempSync(join(tmpdir(), "swarmlab-bench-")),
  repetitions: Number(values.repetitions),
  sizes: values.sizes.split(",").map(Number),
  installAnsible: values["install-ansible"],
  samples: new Samples(),
};
const stopCounting = countProcessorTime();
// Ctrl-C ends what runs at that moment, which fails the bench: then all is taken away.
process.on("SIGINT", () => undefined);
try {
  // The box is built before anything is measured.
  bench.box = makeBox(bench);
  const tables = [description()];
  process.stdout.write(`${tables[0]}\n`);
  // What one part has measured is not lost where a later one fails.
  for (const name of names) {
    tables.push((await parts[name](bench)).join("\n"));
    process.stdout.write(`\n${tables.at(-1)}\n`);
  }
  if (positionals.length === 0) writeIntoReadme(tables.join("\n\n"));
} catch (error) {
  // Told first: what is left of it may be in the way of taking all away.
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
if (existsSync(floorDirectory(bench))) floor(bench, "down");
swarmlab(bench, ["destroy", "--yes"]);
rmSync(bench.directory, { recursive: true });
stopCounting();

function description() {
  const host = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  return `Medians of ${bench.repetitions} repetitions, one run, ${host}, ${date}.`;
}

function writeIntoReadme(text) {
  const readme = join(bench.root, "README.md");
  const before = readFileSync(readme, "utf8");
  const after = before.replace(/(<!-- bench:begin -->\n)[^]*(<!-- bench:end -->)/, `$1\n${text}\n\n$2`);
  if (!after.includes(text)) throw new Error("README.md has no bench markers");
  writeFileSync(readme, after);
}
