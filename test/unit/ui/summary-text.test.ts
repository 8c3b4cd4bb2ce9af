import { describe, expect, it } from "vitest";
import type { StatusReport } from "../../../src/app/status-report.ts";
import { formatNextCommands, formatSummary } from "../../../src/ui/summary-text.ts";

const node = {
  state: "active",
  nodeId: "n",
  role: "worker",
  availability: "active",
  status: "ready",
  leader: false,
} as const;
const docker = { version: "20.10.24", engineId: "e", tcp: null };
const status: StatusReport = {
  schemaVersion: 1,
  name: "demo",
  provider: "nspawn",
  subnet: "192.168.56.0/24",
  machines: [
    {
      name: "manager",
      role: "manager",
      state: "running",
      address: "192.168.56.17",
      docker,
      swarm: { ...node, role: "manager", leader: true },
    },
    {
      name: "node1",
      role: "worker",
      state: "running",
      address: "192.168.56.18",
      docker,
      swarm: { ...node, availability: "drain" },
    },
    { name: "node2", role: "worker", state: "absent", address: null, docker: null, swarm: null },
  ],
  swarm: { id: "s", managers: 1, workers: 1, ready: 2, healthy: false },
  faults: [],
};
const golden = (name: string): string =>
  new URL(`../../golden/summary/${name}.txt`, import.meta.url).pathname;

describe("formatSummary", () => {
  it("shows one line for each machine", async () => {
    await expect(formatSummary(status, { columns: 100, color: false })).toMatchFileSnapshot(golden("wide"));
  });

  it("shows one block for each machine on a narrow terminal", async () => {
    const text = formatSummary(status, { columns: 40, color: false });
    await expect(text).toMatchFileSnapshot(golden("narrow"));
    expect(
      Math.max(
        ...text
          .split("\n")
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(40);
  });

  it("shows below the machines what is broken on purpose", async () => {
    const isolate = {
      id: "isolate-3f9c",
      kind: "isolate",
      what: "node1 and the others do not reach each other",
      machines: ["node1"],
      since: "2026-01-01T10:00:00.000Z",
      until: null,
      overdue: false,
    } as const;
    const kill = { ...isolate, id: "kill-4a10", kind: "kill", what: "node2 is off" } as const;
    const until = "2026-01-01T10:05:00.000Z";
    const faults = [isolate, { ...kill, until }, { ...kill, id: "kill-5b21", until, overdue: true }];
    const text = formatSummary({ ...status, faults }, { columns: 100, color: false });
    await expect(text).toMatchFileSnapshot(golden("faults"));
  });

  it("says when no swarm answers", () => {
    expect(
      formatSummary({ ...status, swarm: { ...status.swarm, id: null } }, { columns: 100, color: false }),
    ).toContain("no swarm answers");
  });
});

describe("formatNextCommands", () => {
  it("names three commands", async () => {
    await expect(formatNextCommands()).toMatchFileSnapshot(golden("next"));
  });
});
