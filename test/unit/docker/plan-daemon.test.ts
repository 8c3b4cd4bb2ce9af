import { describe, expect, it } from "vitest";
import type { FileChange } from "../../../src/docker/apply-daemon.ts";
import type { ObservedEngine } from "../../../src/docker/await-engine.ts";
import { planDaemon } from "../../../src/docker/plan-daemon.ts";
import { unwrap } from "../../../src/failure.ts";

const engine: ObservedEngine = {
  init: "systemd",
  version: "20.10.24+dfsg1",
  service: "active",
  config: '{"mtu":1400}',
};

const tcp = { mode: "off", address: "192.0.2.18" } as const;

describe("planDaemon", () => {
  it.each([
    { service: "active", wanted: { mtu: 1400 }, planned: "none" },
    { service: "active", wanted: { mtu: 1500 }, planned: "restart" },
    { service: "active", wanted: { mtu: 1400, debug: true }, planned: "reload" },
    { service: "active", wanted: { mtu: 1500, debug: true }, planned: "restart" },
    { service: "changing", wanted: { mtu: 1400 }, planned: "start" },
    { service: "changing", wanted: { mtu: 1400, debug: true }, planned: "restart" },
    { service: "changing", wanted: { mtu: 1500 }, planned: "restart" },
    { service: "silent", wanted: { mtu: 1400 }, planned: "kill" },
    { service: "silent", wanted: { mtu: 1400, debug: true }, planned: "kill" },
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
});

describe("planDaemon that takes everything back", () => {
  const contentOf = (change: FileChange): string | undefined =>
    typeof change === "string" ? undefined : change.content;
  /** As on a machine: what is planned is written, and seen the next time. */
  const apply = (observed: ObservedEngine, wanted: Readonly<Record<string, unknown>>): ObservedEngine => {
    const { config, record } = plan(observed, wanted);
    const { config: before, record: noted, ...rest } = observed;
    const text = config === "keep" ? before : contentOf(config);
    const note = record === "keep" ? noted : contentOf(record);
    return {
      ...rest,
      ...(text !== undefined && { config: text }),
      ...(note !== undefined && { record: note }),
    };
  };
  const withoutFile: ObservedEngine = { init: "systemd", version: "20.10.24+dfsg1", service: "active" };

  it.each([
    ["with blanks of its own", '{\n\t"mtu" : 1400 }'],
    ["that is empty", ""],
    ["that does not exist", undefined],
  ])("leaves a file %s as it was, however often something else was wanted", (_, config) => {
    const before = config === undefined ? withoutFile : { ...engine, config };
    const after = [{ debug: true }, { mtu: 1500, debug: true }, { mtu: 1450 }, {}].reduce(apply, before);
    expect(after).toEqual(before);
  });

  it("keeps what others have set meanwhile", () => {
    const ours = apply(withoutFile, { debug: true });
    const edited = { ...ours, config: '{"debug":true,"mtu":1300}' };
    const after = apply(edited, {});
    expect(JSON.parse(after.config ?? "")).toEqual({ mtu: 1300 });
    expect(after.record).toBeUndefined();
  });

  it("goes by the options where an earlier version noted no file", () => {
    const record = '{"schemaVersion":1,"options":{"mtu":{"before":1500}}}';
    expect(apply({ ...engine, record }, {})).toEqual({ ...engine, config: '{\n  "mtu": 1500\n}\n' });
  });
});

describe("planDaemon without systemd", () => {
  const old: ObservedEngine = { init: "upstart", version: "17.05.0-ce", service: "active" };
  const flags = `# swarmlab: begin\nDOCKER_OPTS="$DOCKER_OPTS "'--debug=true'\n# swarmlab: end\n`;

  it.each([
    { flags: undefined, wanted: { debug: true }, config: { content: flags }, service: "restart" },
    { flags, wanted: { debug: true }, config: "keep", service: "none" },
    { flags, wanted: {}, config: { content: "" }, service: "restart" },
    { flags: undefined, wanted: {}, config: "keep", service: "none" },
  ] as const)("with $flags in the file and $wanted: $service", ({ wanted, config, service, ...its }) => {
    const observed = its.flags === undefined ? old : { ...old, flags: its.flags };
    expect(plan(observed, wanted)).toMatchObject({ config, service, record: "keep", validate: false });
  });

  it("gives no flag for what daemon.json says already", () => {
    const engine = { ...old, config: '{"mtu":1400}' };
    expect(plan(engine, { mtu: 1400, debug: true })).toMatchObject({ config: { content: flags } });
  });

  it("fails for an option that daemon.json sets otherwise, and for one that has no flag", () => {
    const engine = { ...old, config: '{"mtu":1400}' };
    expect(planDaemon({ engine, wanted: { mtu: 1500 }, tcp, machine: "node1" })).toMatchObject({
      failure: { kind: "daemon", reason: "/etc/docker/daemon.json sets mtu otherwise; remove it there" },
    });
    expect(planDaemon({ engine: old, wanted: { runtimes: {} }, tcp, machine: "node1" })).toMatchObject({
      failure: { kind: "prerequisite" },
    });
  });
});

function plan(observed: ObservedEngine, wanted: Readonly<Record<string, unknown>>) {
  return unwrap(planDaemon({ engine: observed, wanted, tcp, machine: "node1" })).application;
}
