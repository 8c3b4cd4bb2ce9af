import { resolve } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LabList } from "../../src/app/lab-list.ts";
import { lintLab } from "../../src/labs/lint-lab.ts";
import { loadLabs } from "../../src/labs/load-labs.ts";
import { declaredCounts, expectedStatuses, LabRun, statuses, sumCounts, type LabCounts } from "./lab-runs.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const { labs: all, problems } = await loadLabs(resolve("labs"));

/** Numbers of labs, comma-separated, or `all`, which `npm run test:labs` says: together they take longer than all other tests. */
const wanted = (process.env["SWARMLAB_LABS"] ?? "05").split(",");
const whyNot = "this cluster lacks what the lab needs, such as ip_vs: swarmlab lab list tells";
/** A lab runs its text at the pace of a swarm: elections, rollbacks, replaced containers. */
const labTimeoutMs = 400_000;
const labs = all.filter(({ number }) => wanted.includes("all") || wanted.includes(number));

describeOnRealMachines(`labs: ${wanted.join(", ")}`, () => {
  let e2e: E2eLab;
  let list: LabList;
  const done: LabCounts[] = [];
  const declared: LabCounts[] = [];
  const cannotRun: string[] = [];

  beforeAll(async () => {
    e2e = await makeLab({ label: "labs" });
    await e2e.succeed(["up"]);
    list = JSON.parse((await e2e.succeed(["lab", "list", "--json"])).stdout) as LabList;
  });
  afterAll(async () => {
    const skipped = cannotRun.length === 0 ? "" : `; cannot run here: ${cannotRun.join(", ")}`;
    process.stdout.write(`labs: ${JSON.stringify(sumCounts(done))}${skipped}\n`);
    await e2e.destroy();
  });

  it("can be read, and its parts fit together", () => {
    expect(problems).toEqual([]);
    expect(all.flatMap(lintLab)).toEqual([]);
    expect(labs.length).toBeGreaterThan(0);
  });

  const named = labs.map((lab) => ({ name: `${lab.number}-${lab.id}`, lab }));
  describe.each(named)("$name", { timeout: labTimeoutMs }, ({ name, lab }) => {
    let run: LabRun;
    let baseline: unknown;
    const counts = { labs: 0, tasks: 0, checks: 0, mutants: 0, commands: 0 };
    const canRun = (): boolean => list.labs.find(({ id }) => id === lab.id)?.cannotRun.length === 0;

    beforeAll(async () => {
      if (!canRun()) return void cannotRun.push(name);
      declared.push(declaredCounts(lab));
      run = new LabRun(e2e, lab);
      await run.start();
      baseline = await run.snapshot();
      counts.labs++;
    });
    afterAll(() => {
      if (canRun()) done.push(counts);
    });

    it("begins with every check failing, and saying why", async (test) => {
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

    it("passes exactly the checks of the tasks that are solved, and says the same twice", async (test) => {
      test.skip(!canRun(), whyNot);
      for (const { number } of lab.tasks) {
        const report = await run.solve(number);
        expect(statuses(report)).toEqual(expectedStatuses(report, number));
        counts.tasks++;
      }
      const [first, second] = [await run.check(), await run.check()];
      expect(statuses(second)).toEqual(statuses(first));
      expect(first.done).toBe(true);
    });

    it("is reset to its beginning, and the commands of its text solve it", async (test) => {
      test.skip(!canRun(), whyNot);
      await run.reset();
      expect(await run.snapshot()).toEqual(baseline);
      const sections = await run.commands();
      for (const { number } of lab.tasks) {
        for (const commands of sections[number - 1] ?? []) {
          await run.runCommands(commands);
          counts.commands++;
        }
        const open = (await run.check()).tasks.find((task) => task.number === number && !task.done);
        const isAnswered = open?.checks.every(({ kind }) => kind === "quiz") === true;
        if (isAnswered) await run.solve(number);
        else expect(open).toBeUndefined();
      }
      // Behind the tasks there may be more to read and to try.
      for (const commands of sections.slice(lab.tasks.length).flat()) {
        await run.runCommands(commands);
        counts.commands++;
      }
      expect(statuses(await run.check()).filter((each) => !/: (pass|skip)$/.test(each))).toEqual([]);
      expect(counts.commands).toBeGreaterThan(0);
    });

    it.for(lab.mutants)("refuses $file: $title", async (mutant, test) => {
      test.skip(!canRun(), whyNot);
      await run.reset();
      if (mutant.task > 1) await run.solve(mutant.task - 1);
      await run.runMutant(mutant);
      const seen = new Map(
        (await run.check()).tasks.flatMap(({ checks }) => checks).map(({ id, status }) => [id, status]),
      );
      const failing = mutant.fails.map((id) => [id, seen.get(id) === "skip" ? "skip" : "fail"]);
      expect(mutant.fails.map((id) => [id, seen.get(id)])).toEqual(failing);
      counts.mutants++;
    });
  });

  it("was tried in all its parts", () => {
    expect(sumCounts(done)).toEqual(sumCounts(declared));
  });
});
