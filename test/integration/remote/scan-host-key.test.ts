import { describe, expect, it } from "vitest";
import { scanHostKey } from "../../../src/remote/scan-host-key.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { startSshServer } from "../../support/ssh-server.ts";

const scan = (port: number, timeoutMs = 10_000) =>
  scanHostKey({
    machine: "node1",
    address: "127.0.0.1",
    port,
    timeoutMs,
    signal: new AbortController().signal,
    clock: systemClock,
  });

describe("scanHostKey", () => {
  it("sees the key that the machine shows, and logs in nowhere", async () => {
    await using server = await startSshServer();
    expect(await scan(server.port)).toBe(server.hostKey.split(" ").slice(0, 2).join(" "));
    expect(server.seen.logins).toBe(0);
    await expect.poll(() => server.seen.sockets.size).toBe(0);
  });

  it("asks again while a port forwarder closes connections of a machine that boots", async () => {
    await using server = await startSshServer({ closeConnections: 2 });
    expect(await scan(server.port)).toMatch(/^ssh-ed25519 /);
    expect(server.seen.connections).toBeGreaterThan(2);
  });

  it("gives up on a machine that does not answer", async () => {
    const server = await startSshServer();
    await server[Symbol.asyncDispose]();
    await expect(scan(server.port, 300)).rejects.toMatchObject({
      failure: {
        kind: "unreachable",
        machine: "node1",
        reason: expect.stringContaining("ECONNREFUSED") as string,
      },
    });
  });
});
