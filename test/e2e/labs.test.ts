import { resolve } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LabReport } from "../../src/app/lab-report.ts";
import type { LabList } from "../../src/app/lab-list.ts";
import { lintLab } from "../../src/labs/lint-lab.ts";
import { loadLabs } from "../../src/labs/load-labs.ts";
import {
  declaredCounts,
  expectedStatuses,
  LabRun,
  statuses,
  sumCounts,
  whyNotPassed,
  type LabCounts,
} from "./lab-runs.ts";
import { patience } from "./cli.ts";
import type { E2eLab } from "./lab.ts";
import { LabClusters } from "./lab-clusters.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const { labs: all, problems } = await loadLabs(resolve("labs"));

/** Numbers of labs, comma-separated; all where it is not set. */
const wanted = process.env["SWARMLAB_LABS"]?.split(",");
/** Labs wait most of their time, so that several at once take little longer than one. Emulated cores have nothing left for a second. */
const clusterCount = patience > 1 ? 1 : 3;
const whyNot = "this cluster lacks what the lab needs, such as ip_vs: swarmlab lab list tells";
/** A lab waits for its turn as long as the others take. */
const turnTimeoutMs = 3_600_000 * patience;
/** A lab runs its text at the pace of a swarm: elections, rollbacks, replaced containers. */
const inOrder = { concurrent: false, timeout: 400_000 * patience };
const labs = all.filter(({ number }) => wanted?.includes(number) ?? true);
const named = labs.map((lab) => ({ name: `${lab.number}-${lab.id}`, lab }));

describeOnRealMachines("labs", () => {
  const done: LabCounts[] = [];
  const declared: LabCounts[] = [];
  const cannotRun: string[] = [];
  const clusters = new LabClusters();
  let list: LabList;

  beforeAll(async () => {
    await clusters.bringUp(Math.min(clusterCount, labs.length));
    const first = await clusters.take();
    list = JSON.parse((await first.succeed(["lab", "list", "--json"])).stdout) as LabList;
    clusters.give(first);
  });
  afterAll(async () => {
    await clusters.destroy();
    const skipped = cannotRun.length === 0 ? "" : `; cannot run here: ${cannotRun.join(", ")}`;
    process.stdout.write(`labs: ${JSON.stringify(sumCounts(done))}${skipped}\n`);
  });

  it("can be read, and its parts fit together", () => {
    expect(problems).toEqual([]);
    expect(all.flatMap(lintLab)).toEqual([]);
    expect(labs.length).toBeGreaterThan(0);
  });

  describe.concurrent.each(named)("$name", ({ name, lab }) => {
    let run: LabRun;
    let cluster: E2eLab | undefined;
    let baseline: unknown;
    const counts = { labs: 0, tasks: 0, checks: 0, mutants: 0, commands: 0 };
    const canRun = (): boolean => list.labs.find(({ id }) => id === lab.id)?.cannotRun.length === 0;

    beforeAll(async () => {
      if (!canRun()) return void cannotRun.push(name);
      declared.push(declaredCounts(lab));
      cluster = await clusters.take();
      run = new LabRun(cluster, lab);
      await run.start();
      baseline = await run.snapshot();
      counts.labs++;
    }, turnTimeoutMs);
    afterAll(() => {
      if (canRun()) done.push(counts);
      if (cluster !== undefined) clusters.give(cluster);
    });

    it("begins with every check failing, and saying why", inOrder, async (test) => {
      test.skip(!canRun(), whyNot);
      const report = await run.check();
      expect(statuses(report)).toEqual(expectedStatuses(report, 0));
      for (const check of report.tasks.flatMap(({ checks }) => checks)) {
        counts.checks++;
        if (check.status === "skip") expect(check.why).toMatch(/./);
        else
          expect(check).toMatchObject({
            expected: expect.stringMatching(/./) as string,
            actual: expect.stringMatching(/./) as string,
          });
      }
    });

    it(
      "passes exactly the checks of the tasks that are solved, and says the same once more",
      inOrder,
      async (test) => {
        test.skip(!canRun(), whyNot);
        let solved: readonly string[] = [];
        for (const { number } of lab.tasks) {
          const report = await run.solve(number);
          solved = statuses(report);
          expect(solved, whyNotPassed(report, number)).toEqual(expectedStatuses(report, number));
          counts.tasks++;
        }
        const again = await run.check();
        expect(statuses(again)).toEqual(solved);
        expect(again.done).toBe(true);
      },
    );

    it("is reset to its beginning, and the commands of its text solve it", inOrder, async (test) => {
      test.skip(!canRun(), whyNot);
      await run.reset();
      expect(await run.snapshot()).toEqual(baseline);
      const sections = await run.commands();
      let last: LabReport | undefined;
      for (const { number } of lab.tasks) {
        for (const commands of sections[number - 1] ?? []) {
          await run.runCommands(commands);
          counts.commands++;
        }
        last = await run.check();
        const open = last.tasks.find((task) => task.number === number && !task.done);
        const isAnswered = open?.checks.every(({ kind }) => kind === "quiz") === true;
        if (isAnswered) last = await run.solve(number);
        else expect(open).toBeUndefined();
      }
      // Behind the tasks there may be more to read and to try.
      const more = sections.slice(lab.tasks.length).flat();
      for (const commands of more) {
        await run.runCommands(commands);
        counts.commands++;
      }
      if (more.length > 0) last = await run.check();
      expect(last && statuses(last).filter((each) => !/: (pass|skip)$/.test(each))).toEqual([]);
      expect(counts.commands).toBeGreaterThan(0);
    });

    it.for(lab.mutants)("refuses $file: $title", inOrder, async (mutant, test) => {
      test.skip(!canRun(), whyNot);
      await run.reset();
      if (mutant.task > 1) await run.solve(mutant.task - 1);
      await run.runMutant(mutant);
      const report = await run.check();
      const seen = new Map(
        report.tasks.flatMap(({ checks }) => checks).map(({ id, status }) => [id, status]),
      );
      const failing = mutant.fails.map((id) => [id, seen.get(id) === "skip" ? "skip" : "fail"]);
      const got = mutant.fails.map((id) => [id, seen.get(id)]);
      expect(got, statuses(report).join(", ")).toEqual(failing);
      counts.mutants++;
    });
  });

  it("was tried in all its parts", () => {
    expect(sumCounts(done)).toEqual(sumCounts(declared));
  });
});
