import { describe, expect, it } from "vitest";
import type { DaemonLine } from "../../../src/docker/daemon-lines.ts";
import { readDaemonLog, type DaemonLogOptions } from "../../../src/docker/read-daemon-log.ts";
import type { Remote } from "../../../src/remote/remote.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const entry = (second: number, message: string): string =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: `${second}000000`,
    SYSLOG_IDENTIFIER: "dockerd",
    MESSAGE: message,
  });

async function read(remote: Remote, lines: DaemonLogOptions["lines"]): Promise<readonly DaemonLine[]> {
  const said: DaemonLine[] = [];
  const { signal } = new AbortController();
  const onLines = (more: readonly DaemonLine[]): void => void said.push(...more);
  await readDaemonLog({ remote, lines, follow: false, timeoutMs: 5000, signal, onLines });
  return said;
}

describe("readDaemonLog", () => {
  it("asks the journal of a machine with systemd, as root and bound to the connection", async () => {
    await using machine = await PretendedMachine.create();
    await machine.write("journal", [entry(1, "one"), entry(2, "two"), entry(3, "three")].join("\n"));
    expect(await read(machine, 2)).toEqual([
      { atMs: 2000, text: "two" },
      { atMs: 3000, text: "three" },
    ]);
    expect(machine.calls).toMatchObject([{ sudo: true }]);
    expect(machine.calls[0]).not.toHaveProperty("stdin");
  });

  it.each([
    ["upstart", "var/log/upstart/docker.log"],
    ["sysv", "var/log/docker.log"],
  ] as const)("reads the log file of a machine with %s", async (init, file) => {
    await using machine = await PretendedMachine.create({ init });
    await machine.write(
      file,
      'time="1970-01-01T00:00:01Z" level=info msg=one\ntime="1970-01-01T00:00:02Z" level=info msg=two\n',
    );
    const two = { atMs: 2000, text: "level=info msg=two" };
    expect(await read(machine, "all")).toEqual([{ atMs: 1000, text: "level=info msg=one" }, two]);
    expect(await read(machine, 1)).toEqual([two]);
  });

  it("has nothing to tell of a machine whose daemon never wrote a log", async () => {
    await using machine = await PretendedMachine.create({ init: "sysv" });
    expect(await read(machine, "all")).toEqual([]);
  });

  it("fails with what the machine said where the log cannot be read", async () => {
    await using machine = await PretendedMachine.create();
    expect(await failureOf(read(machine, 7))).toMatchObject({
      kind: "remote-command",
      machine: "node1",
      exitCode: 97,
      stderr: "unscripted: journalctl --unit docker --output json --all --quiet --no-pager --lines 7",
    });
  });
});
