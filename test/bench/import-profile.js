import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./measure.js";

const ofNode = "Node with reading and compiling";

/** Which packages the processor time of a command goes to, by a CPU profile of it. Returns a line of Markdown. */
export function importProfile(bench, command) {
  const profileDirectory = join(bench.directory, "cpu-profile");
  rmSync(profileDirectory, { recursive: true, force: true });
  const prof = ["--cpu-prof", "--cpu-prof-interval", "200", "--cpu-prof-dir", profileDirectory];
  run([process.execPath, ...prof, readableProgram(bench), command], { cwd: join(bench.directory, "lab") });
  const [file] = readdirSync(profileDirectory);
  const times = timesOf(JSON.parse(readFileSync(join(profileDirectory, file), "utf8")));
  const parts = [...times].filter(([, ms]) => ms >= 1).sort(([, a], [, b]) => b - a);
  return `\`${command}\`, by package: ${parts.map(([name, ms]) => `${name} ${Math.round(ms)} ms`).join(", ")}.`;
}

/** The program built so that each line of it is known to be from one source file. */
function readableProgram({ root, directory }) {
  const built = join(directory, "readable");
  const program = join(built, "dist/main.js");
  if (existsSync(program)) return program;
  mkdirSync(built);
  copyFileSync(join(root, "package.json"), join(built, "package.json"));
  run([process.execPath, join(root, "esbuild.config.js"), "--readable", join(built, "dist")], { cwd: root });
  return program;
}

/** Milliseconds by package; what waits is not counted. */
function timesOf({ nodes, samples, timeDeltas }) {
  const own = new Map();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[index] / 1000);
  const times = new Map();
  for (const { id, callFrame, positionTicks = [] } of nodes) {
    if (callFrame.functionName === "(idle)") continue;
    const ticks = positionTicks.reduce((sum, position) => sum + position.ticks, 0);
    for (const { line, ticks: its } of positionTicks) {
      const name = packageOf(callFrame.url, line);
      times.set(name, (times.get(name) ?? 0) + ((own.get(id) ?? 0) * its) / ticks);
    }
  }
  return times;
}

const maps = new Map();

function packageOf(url, line) {
  if (!url.startsWith("file:")) return ofNode;
  const file = `${fileURLToPath(url)}.map`;
  if (!maps.has(file)) maps.set(file, new SourceMap(JSON.parse(readFileSync(file, "utf8"))));
  // The last one of the line: before the first, the line before would be found.
  const { originalSource = "" } = maps.get(file).findEntry(line - 1, 10_000);
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(originalSource)?.[1] ?? "swarmlab itself";
}
