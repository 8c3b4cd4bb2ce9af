import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { importProfile } from "./import-profile.js";
import { inSeconds, run, table } from "./measure.js";
import { swarmlab } from "./swarmlab.js";

const node = "an empty Node program";
const calls = [
  { label: "`--help`", args: ["--help"] },
  { label: "`status`", args: ["status"] },
  { label: "`exec -- true`, three machines", args: ["exec", "--", "true"] },
  { label: "`lab check`", args: ["lab", "check"], exitCodes: [0, 4] },
  { label: "second `up`, three machines", args: ["up"] },
];

/** What calls cost that change nothing, on a cluster of three. Returns lines of Markdown. */
export function costs(bench) {
  swarmlab(bench, ["up"]);
  // A lab whose tasks are done but for its questions: each check looks at what is there.
  swarmlab(bench, ["lab", "start", "5", "--yes"]);
  swarmlab(bench, ["lab", "solve", "--task", "3"]);
  for (let i = 0; i < bench.repetitions; i++) {
    const work = (env) => run([process.execPath, "--eval", ""], { env });
    measureCall(bench, node, work);
    for (const { label, args, ...options } of calls)
      measureCall(bench, label, (env) => swarmlab(bench, args, { env, ...options }));
  }
  const profiles = ["--help", "status"].map((command) => importProfile(bench, command));
  swarmlab(bench, ["destroy", "--yes"]);
  return [...report(bench), "", ...profiles];
}

/** Called twice: what notes the memory costs time. */
function measureCall({ samples, root, directory }, label, call) {
  samples.measure(label, { work: () => call(process.env) });
  const file = join(directory, "memory");
  const hook = join(root, "test/bench/note-memory.js");
  call({ ...process.env, NODE_OPTIONS: `--import ${hook}`, BENCH_MEMORY_FILE: file });
  samples.of(label).at(-1).memoryMiB = Number(readFileSync(file, "utf8")) / 1024;
  rmSync(file);
}

function report({ samples }) {
  const rows = [node, ...calls.map(({ label }) => label)].map((label) => [
    label,
    inSeconds(samples.median(label)),
    inSeconds(samples.median(label, "tool")),
    `${Math.round(samples.median(label, "memoryMiB"))} MiB`,
  ]);
  const head = ["call", "time", "processor time", "memory of the process at most"];
  return ["**Calls that change nothing.**", "", ...table(head, rows)];
}
