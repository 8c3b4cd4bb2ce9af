import { describe, expect, it } from "vitest";
import type { ObservedEngine } from "../../../src/docker/await-engine.ts";
import { planDaemon } from "../../../src/docker/plan-daemon.ts";
import { unwrap } from "../../../src/failure.ts";

const engine: ObservedEngine = {
  init: "systemd",
  version: "20.10.24+dfsg1",
  service: "active",
  config: '{"mtu":1400}',
};

describe("planDaemon", () => {
  it.each([
    { service: "active", wanted: { mtu: 1400 }, planned: "none" },
    { service: "active", wanted: { mtu: 1500 }, planned: "restart" },
    { service: "changing", wanted: { mtu: 1400 }, planned: "start" },
    { service: "changing", wanted: { mtu: 1500 }, planned: "restart" },
    { service: "stopped", wanted: { mtu: 1400 }, planned: "start" },
    { service: "stopped", wanted: { mtu: 1500 }, planned: "start" },
  ] as const)("for a $service daemon that shall have $wanted: $planned", ({ service, wanted, planned }) => {
    expect(plan({ ...engine, service }, wanted).service).toBe(planned);
  });

  it.each([
    ["20.10.24+dfsg1", false],
    ["23.0.0", true],
    ["dev", false],
  ])("lets dockerd %s check the file: %s", (version, validate) => {
    expect(plan({ ...engine, version }, { mtu: 1500 })).toMatchObject({
      validate,
      config: { content: '{\n  "mtu": 1500\n}\n' },
    });
  });

  it("only corrects the record where the daemon has already what is taken back", () => {
    const record = '{"schemaVersion":1,"options":{"mtu":{"before":1400}}}';
    expect(plan({ ...engine, record }, {})).toMatchObject({
      config: "keep",
      record: "remove",
      service: "none",
    });
  });

  it("refuses machines that start services without systemd", () => {
    const planned = planDaemon({ engine: { ...engine, init: "upstart" }, wanted: {}, machine: "node1" });
    expect(planned).toMatchObject({ ok: false, failure: { kind: "prerequisite" } });
    expect(planned).toHaveProperty("failure.problems.0.why", expect.stringContaining("upstart"));
  });
});

function plan(observed: ObservedEngine, wanted: Readonly<Record<string, unknown>>) {
  return unwrap(planDaemon({ engine: observed, wanted, machine: "node1" })).application;
}
