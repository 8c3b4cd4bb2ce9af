import { describe, expect, it } from "vitest";
import { reasonInDaemonLog } from "../../../src/docker/daemon-log.ts";

const journal = (...texts: readonly string[]) =>
  texts.map((text) => `Nov 22 16:00:01 node1 ${text}`).join("\n");

describe("reasonInDaemonLog", () => {
  it("is dockerd's last word, not systemd's", () => {
    const log = journal(
      'dockerd[42]: time="2026-11-22T16:00:01Z" level=error msg="earlier"',
      "dockerd[42]: failed to start daemon: Error initializing network controller: bad mtu",
      'dockerd[42]: time="2026-11-22T16:00:01Z" level=info msg="stopping"',
      "systemd[1]: docker.service: Main process exited, code=exited, status=1/FAILURE",
    );
    expect(reasonInDaemonLog(log)).toBe(
      "failed to start daemon: Error initializing network controller: bad mtu",
    );
  });

  it("takes the message out of a log line", () => {
    const log = journal(
      String.raw`dockerd[42]: time="2026-11-22T16:00:01Z" level=fatal msg="no \"eth9\" here" error=x`,
    );
    expect(reasonInDaemonLog(log)).toBe('no "eth9" here');
  });

  it("is undefined where dockerd said nothing", () => {
    expect(reasonInDaemonLog(`${journal("systemd[1]: Failed to start docker.service.")}\n`)).toBeUndefined();
  });

  it("reads a log file of dockerd's own", () => {
    const log = `time="2026-11-22T16:00:01Z" level=info msg="Starting up"\nunknown flag: --poison\nSee 'dockerd --help'.\n`;
    expect(reasonInDaemonLog(log)).toBe("unknown flag: --poison");
  });
});
