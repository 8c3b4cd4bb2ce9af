import { describe, expect, it } from "vitest";
import { observeDocker } from "../../../src/docker/await-engine.ts";
import { previewDaemon } from "../../../src/docker/ensure-daemon.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { ensure, filesOf, stall } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

describe("previewDaemon", () => {
  const preview = async (machine: PretendedMachine, options: Readonly<Record<string, unknown>>) =>
    previewDaemon({
      machine: machine.machine,
      seen: await observeDocker(machine, { clock: systemClock, signal: new AbortController().signal }),
      wanted: options,
      tcp: { mode: "insecure", address: "192.0.2.18" },
    });

  it("says what would be done and why, and changes nothing", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", '{"mtu":1400}');
    expect(await preview(machine, { mtu: 1500 })).toEqual({
      action: "restart its Docker daemon",
      reason: 'change mtu: 1400 -> 1500, add docker.tcp = "tcp://192.0.2.18:2375"',
      runs: true,
    });
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
    expect(await machine.read("etc/docker/daemon.json")).toBe('{"mtu":1400}');
    await ensure(machine, { mtu: 1500 }, [], { tcp: { mode: "insecure", address: "192.0.2.18" } });
    expect(await preview(machine, { mtu: 1500 })).toBeUndefined();
    expect(await preview(machine, { mtu: 1500, debug: true })).toEqual({
      action: "reload its Docker daemon",
      reason: "add debug = true",
      runs: true,
    });
    await machine.write("service", "inactive\n");
    expect(await preview(machine, { mtu: 1500 })).toEqual({
      action: "start its Docker daemon",
      reason: "its daemon does not run",
      runs: false,
    });
  });

  it("tells of a daemon that runs and does not answer", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const tcp = { mode: "insecure", address: "192.0.2.18" } as const;
    await ensure(machine, {}, [], { tcp });
    await stall(machine);
    expect(await preview(machine, {})).toEqual({
      action: "kill and restart its Docker daemon",
      reason: "its daemon does not answer",
      runs: false,
    });
  });

  it("says what stands in the way, and where there is no engine yet", async () => {
    await using own = await PretendedMachine.create();
    await own.write("etc/docker/daemon.json", '{"hosts":["tcp://192.0.2.1:2375"]}');
    expect(await failureOf(preview(own, {}))).toMatchObject({ kind: "daemon" });
    await using bare = await PretendedMachine.create({ bin: "/nonexistent" });
    expect(await preview(bare, {})).toEqual({
      action: "install the Docker engine",
      reason: "it has none",
      runs: false,
    });
  });
});
