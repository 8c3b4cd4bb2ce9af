import { describe, expect, it } from "vitest";
import { guardStep, type BeyondRepair } from "../../../src/app/beyond-repair.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { FailureError, type Failure } from "../../../src/failure.ts";
import type { MachineState } from "../../../src/machine/provider.ts";

const unreachable: Failure = {
  kind: "unreachable",
  machine: "node1",
  address: "192.0.2.18:22",
  reason: "connection refused",
  hint: "h",
};
const daemon = (restored: boolean): Failure => ({
  kind: "daemon",
  machine: "node1",
  reason: "r",
  log: "",
  restored,
});
const noEngine: Failure = { kind: "prerequisite", problems: [], noEngine: true };

function run(
  thrown: Error,
  its: {
    readonly state?: MachineState;
    readonly owns?: boolean;
    readonly found?: BeyondRepair;
    readonly aborted?: boolean;
    readonly beyondCreate?: true;
  } = {},
) {
  const { state = "running", owns = true, found, aborted = false, beyondCreate } = its;
  const lab = {
    machines: new Map([["node1", { name: "node1", state, beyondCreate }]]),
    provider: { capabilities: { ownsMachines: owns } },
  } as unknown as Lab;
  const step = { id: "s", title: "s", run: () => Promise.reject(thrown) };
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  return guardStep(step, { lab, name: "node1", found }).run({ report: () => undefined, signal });
}

describe("guardStep", () => {
  it.each([unreachable, daemon(false), noEngine])(
    "$kind of a machine that was there: only the machine made anew helps",
    async (failure) => {
      await expect(run(new FailureError(failure))).rejects.toMatchObject({
        failure: { kind: "beyond-repair", machine: "node1", failure },
      });
    },
  );

  it("so does it whatever keeps a machine from being made that creating does not cure", async () => {
    const error = new FailureError({ kind: "prerequisite", problems: [] });
    const its = { state: "broken", beyondCreate: true } as const;
    await expect(run(error, its)).rejects.toMatchObject({ failure: { kind: "beyond-repair" } });
    await expect(run(error, { ...its, owns: false })).rejects.toBe(error);
  });

  it("notes the machine where it may be made anew, and leaves its further steps out", async () => {
    const found: BeyondRepair = new Map();
    expect(await run(new FailureError(unreachable), { found })).toContain("cannot be brought back");
    expect(found).toEqual(new Map([["node1", unreachable]]));
    expect(await run(new Error("must not run"), { found })).toContain("left alone");
  });

  const others: readonly (readonly [string, Parameters<typeof run>])[] = [
    ["a machine that this program does not own", [new FailureError(unreachable), { owns: false }]],
    ["a machine that was not there", [new FailureError(unreachable), { state: "absent" }]],
    ["a machine that was begun and not finished", [new FailureError(unreachable), { state: "creating" }]],
    ["a run that was interrupted", [new FailureError(unreachable), { aborted: true }]],
    ["a configuration that is refused", [new FailureError(daemon(true))]],
    ["an option that cannot be set", [new FailureError({ kind: "prerequisite", problems: [] })]],
    ["a full disk", [new FailureError({ kind: "disk-full", path: "/", doing: "writing" })]],
    ["a bug", [new Error("bug")]],
  ];
  it.each(others)("%s is told as it is, whatever may be made anew", async (_, [error, its]) => {
    for (const found of [undefined, new Map<string, Failure>()])
      await expect(run(error, { ...its, ...(found && { found }) })).rejects.toBe(error);
  });
});
