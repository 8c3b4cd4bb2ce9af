import { describe, expect, it } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { reportStatus } from "../../../src/app/status.ts";
import type { Context } from "../../../src/context.ts";
import { FailureError } from "../../../src/failure.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { membershipWith } from "../swarm/swarm-fixtures.ts";

const cluster = clusterOf("workers: 0\ndocker: { tcp: off }");
const labWhere = (state: string): Lab => {
  const inspect = () => Promise.resolve({ subnet: cluster.subnet, machines: [{ name: "manager", state }] });
  const provider = { name: "nspawn", stateDirectory: () => "/nonexistent", inspect };
  return { directory: "/nonexistent", cluster, provider } as unknown as Lab;
};
const lab = labWhere("running");

/** The status while the daemon's answer fails in this way. */
async function statusWith(failure: FailureError, { aborted }: { readonly aborted: boolean }) {
  const cancel = new AbortController();
  const said: unknown[] = [];
  const context = { signal: cancel.signal, emit: (event: unknown) => said.push(event) };
  const engine = (): Promise<never> => {
    if (aborted) cancel.abort(failure);
    return Promise.reject(failure);
  };
  const report = await reportStatus(context as unknown as Context, lab, { engine } as unknown as Connections);
  return { report, said };
}

const inactive = membershipWith();

describe("reportStatus", () => {
  it("says which daemon does not answer", async () => {
    const silent = new FailureError({ kind: "timeout", waitedFor: "the daemon", afterMs: 10_000, hint: "" });
    const { report, said } = await statusWith(silent, { aborted: false });
    expect(report.machines).toMatchObject([{ name: "manager", state: "running", docker: null }]);
    expect(said).toMatchObject([
      { level: "warning", text: "manager: its Docker daemon does not answer (timeout)." },
    ]);
  });

  it("is no status where a person has ended the command meanwhile", async () => {
    const interrupted = new FailureError({ kind: "interrupted", next: "swarmlab up" });
    await expect(statusWith(interrupted, { aborted: true })).rejects.toBe(interrupted);
  });

  it.each([
    ["running", "27.5.1"],
    ["stopped", undefined],
  ])(
    "takes what was seen just now while all machines run, and asks nobody again: %s",
    async (state, version) => {
      const info = { id: "E1", version: "27.5.1", rootDirectory: "", labels: [], swarm: inactive };
      const seen = {
        infos: new Map([["manager", info]]),
        observed: { memberships: new Map([["manager", inactive]]), swarms: [], silentManagers: new Map() },
      };
      const context = { signal: new AbortController().signal, emit: () => undefined } as unknown as Context;
      const nobody = { engine: () => Promise.reject(new Error("asked")) } as unknown as Connections;
      const { machines } = await reportStatus(context, labWhere(state), nobody, seen);
      expect(machines.map(({ docker }) => docker?.version)).toEqual([version]);
    },
  );
});
