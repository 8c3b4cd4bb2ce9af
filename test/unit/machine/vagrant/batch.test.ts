import { describe, expect, it } from "vitest";
import { Batch, type BatchItem } from "../../../../src/machine/vagrant/batch.ts";

type Item = BatchItem<string, string>;

function record(work: (items: readonly Item[]) => Promise<void> = answerAll) {
  const calls: string[][] = [];
  const batch = new Batch<string, string>((items) => {
    calls.push(items.map(({ input }) => input));
    return work(items);
  });
  return { batch, calls };
}

function answerAll(items: readonly Item[]): Promise<void> {
  for (const { input, resolve } of items) resolve(input.toUpperCase());
  return Promise.resolve();
}

describe("Batch", () => {
  it("does together what is asked for at one moment", async () => {
    const { batch, calls } = record();
    expect(await Promise.all(["a", "b", "c"].map((name) => batch.request(name)))).toEqual(["A", "B", "C"]);
    expect(calls).toEqual([["a", "b", "c"]]);
  });

  it("gathers what comes meanwhile for the next time", async () => {
    const { batch, calls } = record(async (items) => {
      if (items[0]?.input === "a") later.push(batch.request("b"), batch.request("c"));
      await answerAll(items);
    });
    const later: Promise<string>[] = [];
    await batch.request("a");
    expect(await Promise.all(later)).toEqual(["B", "C"]);
    expect(calls).toEqual([["a"], ["b", "c"]]);
  });

  it("answers one while the others are still worked on", async () => {
    let finish: () => void = () => undefined;
    const { batch } = record(async ([first, second]) => {
      first?.resolve("early");
      await new Promise<void>((resolve) => (finish = resolve));
      second?.resolve("late");
    });
    const [first, second] = [batch.request("a"), batch.request("b")];
    expect(await first).toBe("early");
    finish();
    expect(await second).toBe("late");
  });

  it("a failure reaches those that have no answer yet, and the next batch runs", async () => {
    const { batch } = record(([first, ...others]) => {
      first?.resolve("done");
      return others.length > 0 ? Promise.reject(new Error("broken")) : Promise.resolve();
    });
    const results = await Promise.allSettled([batch.request("a"), batch.request("b")]);
    expect(results).toMatchObject([{ value: "done" }, { reason: { message: "broken" } }]);
    expect(await batch.request("c")).toBe("done");
  });

  it("a request that was forgotten does not hang", async () => {
    const { batch } = record(() => Promise.resolve());
    await expect(batch.request("a")).rejects.toThrow("left without an answer");
  });
});
