import { describe, expect, it } from "vitest";
import { applyDaemon } from "../../../src/docker/apply-daemon.ts";
import { ensure, filesOf, parse, wanted } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

describe("ensureDaemon with options that a daemon reads again while it runs", () => {
  const running = async () => {
    const machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", JSON.stringify(wanted));
    return machine;
  };
  const kill = "systemctl kill --signal=HUP --kill-who=main docker.service";
  const signals = async (machine: PretendedMachine) =>
    (await machine.fixtureCalls()).filter((call) => /^systemctl (kill|restart|start) /.test(call));

  it("has it read them, then restarts it for one that it does not forget otherwise", async () => {
    await using machine = await running();
    const said: string[] = [];
    const more = { ...wanted, debug: true, "max-concurrent-downloads": 7 };
    expect(await ensure(machine, more, said)).toMatchObject({ configured: true, service: "reloaded" });
    expect(said).toEqual(["docker: reload, add debug = true, add max-concurrent-downloads = 7"]);
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(more);
    expect(await ensure(machine, { ...wanted, debug: true })).toMatchObject({ service: "reloaded" });
    expect(await signals(machine)).toEqual([kill, kill]);
    expect(await ensure(machine, wanted)).toMatchObject({ service: "restarted" });
    expect(await signals(machine)).toEqual([kill, kill, "systemctl restart docker.service"]);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
  });

  it("leaves it as it is when that may only be done later", async () => {
    await using machine = await running();
    const outcome = await ensure(machine, { ...wanted, debug: true }, [], { restart: "later" });
    expect(outcome).toMatchObject({ service: "to be reloaded" });
    expect(await signals(machine)).toEqual([]);
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
  });

  it.each([
    { options: { labels: ["nonsense"] }, reason: /^file configuration .*: nonsense \(correct/, calls: [] },
    {
      options: { debug: true, "registry-mirrors": ["ftp://x"] },
      reason: /invalid mirror: unsupported scheme "ftp" in "ftp:\/\/x" \(correct the daemon option/,
      calls: ["systemctl restart docker.service"],
    },
  ])("puts the files back where the daemon refuses $options", async ({ options, reason, calls }) => {
    await using machine = await running();
    const failure = await failureOf(ensure(machine, { ...wanted, ...options }));
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(failure).toHaveProperty("reason", expect.stringMatching(reason));
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
    // One that may have taken over some of the options needs a restart to forget them.
    expect(await signals(machine)).toEqual([kill, ...calls]);
  });

  it("does not believe one that says nothing", async () => {
    await using machine = await running();
    await machine.write("deaf", "");
    const application = {
      config: { content: '{"debug":true}' },
      record: "keep",
      service: "reload",
      validate: false,
      deadlineMs: 1000,
    } as const;
    const failure = await failureOf(applyDaemon(machine, application));
    expect(failure).toMatchObject({ restored: true });
    expect(failure).toHaveProperty(
      "reason",
      expect.stringContaining("the daemon did not reload its configuration"),
    );
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect(await signals(machine)).toEqual([kill, "systemctl restart docker.service"]);
  });
});
