import type { Context } from "../context.ts";
import type { LabReport } from "./lab-report.ts";
import { checkSession, withLabSession, type LabSession } from "./lab-session.ts";
import type { LabOptions } from "./open-lab.ts";

export interface LabCheckOptions extends LabOptions {
  /** Look again and again, telling each change, until all is done. */
  readonly watch: boolean;
  /** Called with each report that differs from the one before. */
  readonly onReport?: (report: LabReport) => void;
}

const watchIntervalMs = 1000;

/** Looks at every check of the lab under way. */
export function labCheck(context: Context, options: LabCheckOptions): Promise<LabReport> {
  return withLabSession(context, options, (session) =>
    options.watch ? watch(session, options) : report(session, Infinity),
  );
}

async function watch(session: LabSession, { onReport }: LabCheckOptions): Promise<LabReport> {
  const { clock, signal } = session.context;
  let before = "";
  for (;;) {
    const now = await report(session, 0);
    const seen = JSON.stringify(now, (key, value: unknown) => (key === "looks" ? undefined : value));
    if (seen !== before) onReport?.(now);
    before = seen;
    if (now.done) return now;
    await clock.sleep(watchIntervalMs, signal);
  }
}

async function report(session: LabSession, patientUpTo: number): Promise<LabReport> {
  return reportOf(session, await checkSession(session, { patientUpTo }));
}

/** What the checks say, as `lab check --json` prints it. */
export function reportOf({ lab }: Pick<LabSession, "lab">, tasks: LabReport["tasks"]): LabReport {
  const { id, number, title } = lab;
  return { schemaVersion: 1, lab: { id, number, title }, done: tasks.every(({ done }) => done), tasks };
}
