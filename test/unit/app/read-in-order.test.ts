import { expect, it } from "vitest";
import { readInOrder, type OrderedReading } from "../../../src/app/read-in-order.ts";
import { FailureError } from "../../../src/failure.ts";
import type { RemoteCommand, RemoteResult } from "../../../src/remote/remote.ts";
import { realClock } from "../../support/remote-fixtures.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

/** Says these lines at once; then ends, or with `stays` goes on in silence until it is aborted. */
class Talker extends ScriptedRemote {
  readonly #lines: readonly string[];
  readonly #then: "ends" | "stays" | "is lost";

  constructor(machine: string, seconds: readonly number[], then: "ends" | "stays" | "is lost" = "ends") {
    super([], { machine });
    this.#lines = seconds.map((second) => `time="1970-01-01T00:00:0${second}Z" ${machine}${second}\n`);
    this.#then = then;
  }

  override tryRun({ onOutput, signal }: RemoteCommand): Promise<RemoteResult> {
    for (const line of this.#lines) onOutput?.("stdout", line);
    if (this.#then === "ends")
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", truncated: false });
    if (this.#then === "is lost") return Promise.reject(lost(this.machine));
    return new Promise((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason as Error)),
    );
  }
}

const lost = (machine: string) =>
  new FailureError({ kind: "unreachable", machine, address: "192.0.2.1", reason: "gone", hint: "" });

function reading(remotes: readonly Talker[], follow: boolean) {
  const said: string[] = [];
  const cancel = new AbortController();
  const options: OrderedReading = {
    context: { clock: realClock, signal: cancel.signal },
    remotes,
    lines: "all",
    follow,
    onLine: (_, { text }) => void said.push(text),
    onLost: (machine) => void said.push(`${machine} lost`),
  };
  return { said, cancel, outcome: readInOrder(options) };
}

it("puts whole logs in one order", async () => {
  const { said, outcome } = reading([new Talker("a", [1, 4]), new Talker("b", [2, 3])], false);
  expect(await outcome).toEqual([]);
  expect(said).toEqual(["a1", "b2", "b3", "a4"]);
});

it("goes on without a machine that is lost, and says so", async () => {
  const { said, outcome } = reading([new Talker("a", [1], "is lost"), new Talker("b", [2])], false);
  expect(await outcome).toMatchObject([{ machine: "a", why: { kind: "unreachable" } }]);
  expect(said).toEqual(["a1", "a lost", "b2"]);
});

it("follows past a machine that is silent, and ends in peace when it is told to", async () => {
  const { said, cancel, outcome } = reading(
    [new Talker("a", [1], "stays"), new Talker("b", [], "stays")],
    true,
  );
  await expect.poll(() => said, { timeout: 10_000 }).toEqual(["a1"]);
  cancel.abort(new FailureError({ kind: "interrupted", next: "" }));
  expect(await outcome).toEqual([]);
});
