import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimeOrder } from "../../../src/app/time-order.ts";

const at = (...times: readonly (number | undefined)[]) => times.map((atMs) => ({ atMs }));
const orderOf = (holdMs: number) =>
  new TimeOrder<{ readonly atMs: number | undefined }>({ sources: ["a", "b"], holdMs });
const taken = (order: ReturnType<typeof orderOf>, nowMs: number) =>
  order.take(nowMs).map(([source, { atMs }]) => `${source}${atMs ?? ""}`);

describe("TimeOrder", () => {
  it("waits until no source can come up with an earlier line", () => {
    const order = orderOf(Infinity);
    order.add("a", at(1, 4), 0);
    expect(taken(order, 9999)).toEqual([]);
    order.add("b", at(2, 3), 0);
    expect(taken(order, 0)).toEqual(["a1", "b2", "b3"]);
    order.end("b");
    expect(taken(order, 0)).toEqual(["a4"]);
  });

  it("lets a line go that has waited long enough, and earlier ones before it", () => {
    const order = orderOf(1000);
    order.add("a", at(5), 0);
    expect(taken(order, 999)).toEqual([]);
    expect(taken(order, 1000)).toEqual(["a5"]);
    order.add("a", at(8), 2000);
    expect(taken(order, 2900)).toEqual([]);
    order.add("b", at(7), 2900);
    expect(taken(order, 2900)).toEqual(["b7"]);
    expect(taken(order, 3000)).toEqual(["a8"]);
  });

  it("lets lines without a time go first", () => {
    const order = orderOf(Infinity);
    order.add("a", at(1), 0);
    order.add("b", at(undefined), 0);
    expect(taken(order, 0)).toEqual(["b"]);
  });

  it("loses nothing, keeps each source's own order, and sorts what is sorted", () => {
    const times = fc.array(fc.nat(50));
    fc.assert(
      fc.property(times, times, fc.boolean(), (first, second, isSorted) => {
        const order = orderOf(Infinity);
        const sort = (list: number[]): number[] => (isSorted ? list.toSorted((a, b) => a - b) : list);
        const [a, b] = [sort(first), sort(second)];
        order.add("a", at(...a), 0);
        order.add("b", at(...b), 0);
        order.end("a");
        order.end("b");
        const out = order.take(0).map(([source, { atMs = NaN }]) => [source, atMs] as const);
        const of = (name: string) => out.filter(([source]) => source === name).map(([, time]) => time);
        expect({ a: of("a"), b: of("b") }).toEqual({ a, b });
        const all = out.map(([, time]) => time);
        if (isSorted) expect(all).toEqual(sort(all));
      }),
    );
  });
});
