import { describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import { withPatience } from "../../../src/system/clock.ts";
import { waitUntil, type Wait } from "../../../src/system/wait-until.ts";

describe("waitUntil", () => {
  it("looks again after each pause and returns the first answer", async () => {
    const { clock, pauses } = steppedClock();
    const answers = [undefined, undefined, 0];
    const answer = await waitUntil({ ...wait, clock, intervalMs: 30 }, () =>
      Promise.resolve(answers.shift()),
    );
    expect(answer).toBe(0);
    expect(pauses).toEqual([30, 30]);
  });

  it("gives up at the deadline, after a last look, with the hint of that moment", async () => {
    const { clock, pauses } = steppedClock();
    let looks = 0;
    const waiting = waitUntil({ ...wait, clock, hint: () => `looked ${looks} times` }, () => {
      looks += 1;
      return Promise.resolve(undefined);
    });
    await expect(waiting).rejects.toMatchObject({
      failure: { kind: "timeout", waitedFor: "rain to stop", afterMs: 1000, hint: "looked 11 times" },
    });
    expect(pauses).toHaveLength(10);
  });

  it("waits longer with a clock for slow machines, and tells for how long", async () => {
    const { clock, pauses } = steppedClock();
    const waiting = waitUntil({ ...wait, clock: withPatience(clock, 3) }, () => Promise.resolve(undefined));
    await expect(waiting).rejects.toMatchObject({ failure: { kind: "timeout", afterMs: 3000 } });
    expect(pauses).toHaveLength(30);
  });

  it("lets an error through unless it is passing", async () => {
    const { clock } = steppedClock();
    const errors = [new RangeError("not yet"), new RangeError("still not")];
    const isPassing = (error: unknown): boolean => error instanceof RangeError;
    const waiting = waitUntil({ ...wait, clock, isPassing }, () =>
      Promise.reject(errors.shift() ?? new TypeError("never")),
    );
    await expect(waiting).rejects.toThrow("never");
  });

  it("does not look any more once it is cancelled", async () => {
    const cancel = new AbortController();
    const reason = new FailureError({ kind: "interrupted", next: "swarmlab up" });
    let looks = 0;
    const { clock } = steppedClock();
    const waiting = waitUntil({ ...wait, clock, signal: cancel.signal }, () => {
      looks += 1;
      cancel.abort(reason);
      return Promise.resolve(undefined);
    });
    await expect(waiting).rejects.toBe(reason);
    expect(looks).toBe(1);
  });
});

const wait = { title: "rain to stop", timeoutMs: 1000, hint: () => "an umbrella" } as const satisfies Omit<
  Wait,
  "clock"
>;

/** Time that goes on only by sleeping. */
function steppedClock() {
  let nowMs = 0;
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    nowMs += ms;
    pauses.push(ms);
    return Promise.resolve();
  };
  return { clock: { nowMs: () => nowMs, sleep }, pauses };
}
