import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConnectSshOptions } from "../../../src/remote/connect-ssh.ts";
import { dialThrough } from "../../../src/remote/dial-through.ts";
import { scanHostKey } from "../../../src/remote/scan-host-key.ts";
import type { Ssh2Remote } from "../../../src/remote/ssh2-remote.ts";
import { connectTo, failureOf, realClock } from "../../support/remote-fixtures.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

let bastion: SshServer;
let behind: SshServer;
let jump: Ssh2Remote;

beforeEach(async () => {
  bastion = await startSshServer({ forwards: true });
  behind = await startSshServer();
  jump = await connectTo(bastion, { machine: "bastion" });
});

afterEach(async () => {
  await jump[Symbol.asyncDispose]();
  await behind[Symbol.asyncDispose]();
  await bastion[Symbol.asyncDispose]();
});

/** The address is one that only the jump host could reach: whoever dials it from here fails. */
const connectBehind = (changes: Partial<ConnectSshOptions> = {}): Promise<Ssh2Remote> =>
  connectTo(behind, {
    address: "203.0.113.7",
    dial: dialThrough(jump, { address: "127.0.0.1", port: behind.port }),
    ...changes,
  });

const scanBehind = (through: Ssh2Remote): Promise<string> =>
  scanHostKey({
    machine: "node1",
    address: "203.0.113.7",
    port: 22,
    timeoutMs: 5000,
    signal: new AbortController().signal,
    clock: realClock,
    dial: dialThrough(through, { address: "127.0.0.1", port: behind.port }),
  });

describe("dialThrough", () => {
  it("runs commands on a machine behind another one, and leaves nothing open there", async () => {
    const remote = await connectBehind();
    const size = 3_000_000;
    expect((await remote.run({ argv: ["wc", "-c"], stdin: "x".repeat(size) })).stdout.trim()).toBe(
      String(size),
    );
    expect(behind.seen.commandLines).toHaveLength(1);
    expect(bastion.seen.commandLines).toEqual([]);
    await remote[Symbol.asyncDispose]();
    await expect.poll(() => bastion.seen.forwarded).toBe(0);
    expect((await jump.run({ argv: ["echo", "still"] })).stdout).toBe("still\n");
  });

  it("carries more connections than the jump host allows sessions", async () => {
    const remotes = await Promise.all(Array.from({ length: 12 }, () => connectBehind()));
    expect(bastion.seen).toMatchObject({ connections: 1, forwarded: 12 });
    await Promise.all(remotes.map((remote) => remote[Symbol.asyncDispose]()));
  });

  it("sees the host key of the machine behind", async () => {
    expect(await scanBehind(jump)).toBe(behind.hostKey.split(" ").slice(0, 2).join(" "));
    await expect.poll(() => bastion.seen.forwarded).toBe(0);
  });

  it("ends what goes through a jump host that is lost as unreachable, and says why", async () => {
    const remote = await connectBehind();
    const pending = failureOf(remote.run({ argv: ["sleep", "30"] }));
    await expect.poll(() => behind.seen.openChannels).toBe(1);
    bastion.drop();
    expect(await pending).toMatchObject({
      kind: "unreachable",
      machine: "node1",
      reason: "the connection to bastion, which is on the way there, is lost",
    });
    expect(await failureOf(connectBehind())).toMatchObject({ kind: "unreachable", machine: "bastion" });
    await remote[Symbol.asyncDispose]();
  });

  it("notices a machine behind that hangs", async () => {
    await using remote = await connectBehind({ keepaliveMs: 50 });
    const pending = failureOf(remote.run({ argv: ["sleep", "30"] }));
    await expect.poll(() => behind.seen.openChannels).toBe(1);
    behind.hang();
    expect(await pending).toMatchObject({ kind: "unreachable", reason: "Keepalive timeout" });
  });

  it("fails at once, with the cure, at a jump host that forwards nothing", async () => {
    await using strict = await startSshServer();
    await using closed = await connectTo(strict, { machine: "strict" });
    const refusal = {
      kind: "unreachable",
      machine: "strict",
      reason: `it does not forward connections to 127.0.0.1:${behind.port}`,
      hint: expect.stringContaining("AllowTcpForwarding yes") as string,
    };
    const dial = dialThrough(closed, { address: "127.0.0.1", port: behind.port });
    expect(await failureOf(connectBehind({ dial }))).toMatchObject(refusal);
    expect(await failureOf(scanBehind(closed))).toMatchObject(refusal);
  });

  it("waits for a machine that the jump host cannot connect to yet, and says so in the end", async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, "127.0.0.1", resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const dial = dialThrough(jump, { address: "127.0.0.1", port });
    expect(await failureOf(connectBehind({ dial, timeoutMs: 300 }))).toMatchObject({
      kind: "unreachable",
      machine: "node1",
      reason: `bastion cannot connect to 127.0.0.1:${port}`,
    });
  });

  it("stops on an abort, and leaves no connection to a silent machine", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const cancel = new AbortController();
    const dial = dialThrough(jump, { address: "127.0.0.1", port });
    const connecting = connectBehind({ dial, signal: cancel.signal });
    await expect.poll(() => bastion.seen.forwarded).toBe(1);
    const reason = new Error("cancelled");
    cancel.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await expect.poll(() => bastion.seen.forwarded).toBe(0);
    silent.close();
  });
});
