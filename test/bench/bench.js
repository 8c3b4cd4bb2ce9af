// Compares swarmlab with the floor script in one run on one machine, and writes the table into README.md.
// usage: npm run bench [-- --repetitions N]     (needs root and a host that `swarmlab setup` has prepared)
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const flag = process.argv.indexOf("--repetitions");
const repetitions = flag < 0 ? 5 : Number(process.argv[flag + 1]);
const lab = mkdtempSync(join(tmpdir(), "swarmlab-bench-"));
const samples = new Map();

writeFileSync(join(lab, "swarmlab.yaml"), "name: bench\n");
try {
  // The box is built before anything is measured.
  swarmlab("up");
  swarmlab("destroy", "--yes");
  for (let i = 0; i < repetitions; i++) {
    compare(2, "1+2");
    measure("second up, 1+2", () => swarmlab("up"));
    measure("status --json", () => swarmlab("status", "--json"));
    measure("exec -- true", () => swarmlab("exec", "--", "true"));
    measure("an empty Node program", () => execFileSync(process.execPath, ["--eval", ""]));
    measure("--help", () => swarmlab("--help"));
    measure("destroy, 1+2", () => swarmlab("destroy", "--yes"));
  }
  for (let i = 0; i < repetitions; i++) {
    const before = availableMiB();
    compare(9, "1+9");
    record("memory of ten idle machines", before - availableMiB());
    measure("second up, 1+9", () => swarmlab("up", "--workers", "9"));
    measure("destroy, 1+9", () => swarmlab("destroy", "--yes"));
  }
  report();
} finally {
  swarmlab("destroy", "--yes");
  rmSync(lab, { recursive: true, force: true });
}

/** The floor first, then swarmlab, whose machines stay. */
function compare(workers, label) {
  const floor = (action) => {
    const [box] = readdirSync("/var/lib/swarmlab/boxes").filter((entry) => !entry.endsWith(".partial"));
    const launcher = join(root, "templates/nspawn/launch.sh");
    const directory = join(lab, "floor");
    const tree = join("/var/lib/swarmlab/boxes", box);
    execFileSync(
      "bash",
      [join(root, "test/bench/floor.sh"), action, tree, launcher, directory, String(workers)],
      { timeout: 180_000 },
    );
  };
  measure(`floor script, ${label}`, () => floor("up"));
  floor("down");
  measure(`up, ${label}`, () => swarmlab("up", "--workers", String(workers)));
}

function swarmlab(...args) {
  execFileSync(process.execPath, [join(root, "dist/main.js"), ...args], {
    cwd: lab,
    timeout: 300_000,
    stdio: ["ignore", "ignore", "ignore"],
  });
}

function measure(label, work) {
  const start = performance.now();
  work();
  record(label, (performance.now() - start) / 1000);
}

function record(label, value) {
  samples.set(label, [...(samples.get(label) ?? []), value]);
}

function median(label) {
  const sorted = [...samples.get(label)].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function availableMiB() {
  return Number(/MemAvailable:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))[1]) / 1024;
}

function report() {
  const seconds = (label) => `${median(label).toFixed(2)} s`;
  const ratio = (label, base) => `${(median(label) / median(base)).toFixed(2)} x ${base}`;
  const rows = [
    ["floor script, 1+2", ""],
    ["up, 1+2", ratio("up, 1+2", "floor script, 1+2")],
    ["second up, 1+2", ""],
    ["status --json", ""],
    ["exec -- true", "on 3 machines"],
    ["an empty Node program", ""],
    ["--help", ratio("--help", "an empty Node program")],
    ["destroy, 1+2", ""],
    ["floor script, 1+9", ""],
    ["up, 1+9", `${ratio("up, 1+9", "floor script, 1+9")}, ${ratio("up, 1+9", "up, 1+2")}`],
    ["second up, 1+9", ""],
    ["destroy, 1+9", ""],
  ].map(([label, note]) => `| ${label} | ${seconds(label)} | ${note} |`);
  const memory = `| memory of ten idle machines | ${Math.round(median("memory of ten idle machines"))} MiB | |`;
  const host = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  const table = [
    `Medians of ${repetitions} repetitions, one run, ${host}, ${date}.`,
    "",
    "| what | median | ratio |",
    "| --- | --- | --- |",
    ...rows,
    memory,
  ].join("\n");
  process.stdout.write(`${table}\n`);
  const readme = join(root, "README.md");
  const text = readFileSync(readme, "utf8");
  const filled = text.replace(/(<!-- bench:begin -->\n)[^]*(<!-- bench:end -->)/, `$1\n${table}\n\n$2`);
  if (filled === text && !text.includes(table)) throw new Error("README.md has no bench markers");
  writeFileSync(readme, filled);
}
