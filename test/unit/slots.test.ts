import { describe, expect, it } from "vitest";
import { Slots } from "../../src/remote/slots.ts";

const never = new AbortController().signal;

describe("Slots", () => {
  it("lets wait who finds none free, in order", async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const release = await slots.acquire(never);
    const second = slots.acquire(never).then((next) => (order.push("second"), next));
    const third = slots.acquire(never).then((next) => (order.push("third"), next));
    await Promise.resolve();
    expect(order).toEqual([]);
    release();
    (await second)();
    (await third)();
    expect(order).toEqual(["second", "third"]);
  });

  it("counts a place that is given back twice once", async () => {
    const slots = new Slots(1);
    const release = await slots.acquire(never);
    release();
    release();
    await slots.acquire(never);
    await expect(slots.acquire(AbortSignal.timeout(20))).rejects.toThrow();
  });

  it("forgets who stopped waiting", async () => {
    const slots = new Slots(1);
    const release = await slots.acquire(never);
    const cancel = new AbortController();
    const waiting = slots.acquire(cancel.signal);
    const reason = new Error("cancelled");
    cancel.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    release();
    await slots.acquire(never);
  });
});
