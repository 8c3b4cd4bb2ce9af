import type { DoctorReport } from "../app/doctor.ts";
import { formatProblems, type TextOptions } from "./failure-text.ts";
import { createPaint } from "./paint.ts";

/** What `doctor` prints. Ends with a line break. */
export function formatDoctor(report: DoctorReport, options: TextOptions): string {
  const paint = createPaint(options.color);
  const parts = report.providers.map(({ name, problems }) => {
    const chosen = name === report.chosen ? " (chosen)" : "";
    const verdict = problems.some(({ severity }) => severity === "error") ? "not usable yet" : "ready";
    const findings = problems.length === 0 ? "" : formatProblems(problems, options);
    return `${paint("bold", name)}${chosen}: ${verdict}\n${findings}`;
  });
  return [...parts, ...clusterPart(report, options)].join("\n");
}

function clusterPart({ cluster }: DoctorReport, options: TextOptions): readonly string[] {
  if (cluster === null) return [];
  const { name, machines, problems } = cluster;
  const paint = createPaint(options.color);
  const verdict = problems.length === 0 ? "nothing to complain about" : "not all is well";
  const findings = problems.length === 0 ? "" : formatProblems(problems, options);
  const seen = machines.length === 0 ? "" : ` (${machines.join(", ")})`;
  return [`${paint("bold", `cluster ${name}`)}${seen}: ${verdict}\n${findings}`];
}
