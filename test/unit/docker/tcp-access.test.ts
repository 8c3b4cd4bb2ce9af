import { describe, expect, it } from "vitest";
import { planTcpUnit } from "../../../src/docker/tcp-access.ts";
import { unwrap } from "../../../src/failure.ts";

const access = { mode: "insecure", address: "192.0.2.18" } as const;
const commandOf = (packaged: string) =>
  unwrap(planTcpUnit({ access, packaged, machine: "node1" }))?.split("\n")[2];

describe("planTcpUnit", () => {
  it.each([
    ["ExecStart=/usr/bin/dockerd -H fd://", "/usr/bin/dockerd -H fd://"],
    ["ExecStart = /usr/bin/dockerd --host=fd:// $OPTS ", "/usr/bin/dockerd --host=fd:// $OPTS"],
    [
      "ExecStart=/usr/bin/dockerd \\\n  -H fd:// \\\n  --debug\nExecReload=x",
      "/usr/bin/dockerd -H fd:// --debug",
    ],
    ["ExecStart=/a\n\n[Service]\nExecStart=\nExecStart=/b -H fd://\n", "/b -H fd://"],
    ["ExecStart=/usr/bin/dockerd", "/usr/bin/dockerd --host=unix:///var/run/docker.sock"],
  ])("extends %j", (packaged, expected) => {
    expect(commandOf(packaged)).toBe(`ExecStart=${expected} --host=tcp://192.0.2.18:2375 --tls=false`);
  });

  it("fails where there is nothing to extend, and wants nothing without a port", () => {
    const options = { packaged: "ExecStart=/b\nExecStart=\n", machine: "node1" };
    expect(planTcpUnit({ access, ...options })).toMatchObject({ failure: { kind: "daemon" } });
    expect(planTcpUnit({ access: { ...access, mode: "off" }, ...options })).toEqual({
      ok: true,
      value: undefined,
    });
  });
});
