import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectSsh, type ConnectSshOptions } from "../../../src/remote/connect-ssh.ts";
import { fingerprintOf, generateSshKeyPair } from "../../../src/remote/ssh-keys.ts";
import type { Ssh2Remote } from "../../../src/remote/ssh2-remote.ts";
import { connectTo, failureOf, realClock } from "../../support/remote-fixtures.ts";
import { startSshAgent } from "../../support/ssh-agent.ts";
import { publicLineOf, startSshServer, type SshServer } from "../../support/ssh-server.ts";

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const rsaKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs1", format: "pem" })
    .toString();

/** An OpenSSH private key with a passphrase. */
async function lockedKey(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-key-"));
  const file = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", file]);
  const key = await readFile(file, "utf8");
  await rm(directory, { recursive: true });
  return key;
}

const lockedPem = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "secret" })
    .toString();

/** As `connectTo`, with no private key but one that is given. */
function connectWithout(server: SshServer, changes: Partial<ConnectSshOptions> = {}): Promise<Ssh2Remote> {
  const { port, hostKey } = server;
  const signal = new AbortController().signal;
  const to = { machine: "node1", address: "127.0.0.1", port, user: "ops", hostKey };
  return connectSsh({ ...to, timeoutMs: 5000, signal, clock: realClock, ...changes });
}

describe("connectSsh", () => {
  it("connects with the pinned key and runs a command", async () => {
    await using server = await startSshServer();
    await using remote = await connectTo(server);
    expect(remote).toMatchObject({ machine: "node1", address: "127.0.0.1" });
    expect((await remote.run({ argv: ["echo", "hello"] })).stdout).toBe("hello\n");
  });

  it("refuses another host key at once, with both fingerprints", async () => {
    await using server = await startSshServer();
    const pinned = generateSshKeyPair("pinned").publicKey;
    expect(await failureOf(connectTo(server, { hostKey: pinned }))).toEqual({
      kind: "host-key",
      machine: "node1",
      address: "127.0.0.1",
      expected: fingerprintOf(pinned),
      actual: fingerprintOf(server.hostKey),
    });
    expect(server.seen).toMatchObject({ connections: 1, logins: 0 });
  });

  it("refuses a machine without a key of the pinned kind", async () => {
    await using server = await startSshServer();
    const hostKey = "ecdsa-sha2-nistp256 AAAA";
    expect(await failureOf(connectTo(server, { hostKey }))).toMatchObject({
      kind: "host-key",
      actual: "no key of the same type",
    });
  });

  it("accepts any of several keys, and names all that it would have accepted", async () => {
    await using server = await startSshServer();
    const others = [generateSshKeyPair("a").publicKey, generateSshKeyPair("b").publicKey];
    await using remote = await connectTo(server, { hostKey: [...others, server.hostKey] });
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
    expect(await failureOf(connectTo(server, { hostKey: others }))).toMatchObject({
      kind: "host-key",
      expected: others.map(fingerprintOf).join(", "),
      actual: fingerprintOf(server.hostKey),
    });
  });

  it("accepts a fingerprint, whichever of the machine's keys it belongs to", async () => {
    const keys = [generateSshKeyPair("host").privateKey, rsaKey()];
    await using server = await startSshServer({ hostKeys: keys });
    for (const key of keys) {
      await using remote = await connectTo(server, { hostKey: fingerprintOf(publicLineOf(key)) });
      expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
    }
    const hostKey = fingerprintOf(generateSshKeyPair("other").publicKey);
    expect(await failureOf(connectTo(server, { hostKey }))).toMatchObject({
      kind: "host-key",
      expected: hostKey,
      actual: keys.map((key) => fingerprintOf(publicLineOf(key))).join(", "),
    });
  });

  it("waits for a machine that drops the first connections", async () => {
    await using server = await startSshServer({ closeConnections: 3 });
    await using remote = await connectTo(server);
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
    expect(server.seen).toMatchObject({ connections: 4 });
  });

  it("waits out a user who is not there yet", async () => {
    await using server = await startSshServer({ refuseLogins: 2 });
    await using remote = await connectTo(server);
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
  });

  it("gives up on a key that stays refused, long before the deadline", async () => {
    await using server = await startSshServer();
    const privateKey = generateSshKeyPair("stranger").privateKey;
    const clock = { ...realClock, nowMs: () => 20 * performance.now() };
    expect(await failureOf(connectTo(server, { privateKey, clock }))).toMatchObject({
      kind: "unreachable",
      reason: "ops is not let in with this key",
    });
    expect(server.seen.connections).toBeGreaterThan(1);
  });

  it("keeps waiting for a machine that says it is booting", async () => {
    const banner = "System is booting up. Unprivileged users are not permitted to log in yet.";
    await using server = await startSshServer({ banner, refuseLogins: 1000 });
    const clock = { ...realClock, nowMs: () => 100 * performance.now() };
    const failure = await failureOf(connectTo(server, { clock, timeoutMs: 500 }));
    expect(failure).toMatchObject({ kind: "unreachable", reason: banner });
    expect(server.seen.connections).toBeGreaterThan(2);
  });

  it("fails as unreachable with the last reason when nothing listens", async () => {
    await using server = await startSshServer();
    const port = await freePort();
    const failure = await failureOf(connectTo(server, { port, timeoutMs: 200 }));
    expect(failure).toMatchObject({
      kind: "unreachable",
      machine: "node1",
      hint: expect.stringContaining("node1") as string,
    });
    expect(failure).toMatchObject({ reason: expect.stringContaining("ECONNREFUSED") as string });
  });

  it("fails at once for a private key that cannot be used", async () => {
    await using server = await startSshServer();
    expect(await failureOf(connectTo(server, { privateKey: "no key" }))).toMatchObject({
      kind: "unreachable",
    });
    expect(server.seen.connections).toBe(0);
  });

  it("names ssh-agent as the cure for a key with a passphrase, and for no key at all", async () => {
    await using server = await startSshServer();
    const hint = 'Load the key into an agent: eval "$(ssh-agent)" && ssh-add';
    for (const privateKey of [await lockedKey(), lockedPem()]) {
      expect(await failureOf(connectTo(server, { privateKey }))).toMatchObject({
        kind: "unreachable",
        reason: expect.stringContaining("protected by a passphrase") as string,
        hint,
      });
    }
    expect(await failureOf(connectWithout(server))).toMatchObject({
      reason: expect.stringContaining("neither a private key nor an SSH agent") as string,
      hint,
    });
    expect(server.seen.connections).toBe(0);
  });

  it("logs in with a key that only the agent has, whatever the key file is", async () => {
    await using server = await startSshServer();
    await using agent = await startSshAgent();
    const { socket: agentSocket } = agent;
    agent.add(generateSshKeyPair("stranger").privateKey);
    agent.add(server.userKey);
    const stranger = generateSshKeyPair("another").privateKey;
    for (const identity of [{}, { privateKey: await lockedKey() }, { privateKey: stranger }]) {
      await using remote = await connectWithout(server, { ...identity, agentSocket });
      expect((await remote.run({ argv: ["echo", "in"] })).stdout).toBe("in\n");
    }
  });

  it("gives up on an agent without the right key, and on one that is not there", async () => {
    await using server = await startSshServer();
    await using agent = await startSshAgent();
    const clock = { ...realClock, nowMs: () => 20 * performance.now() };
    const attempt = (agentSocket: string) => failureOf(connectWithout(server, { agentSocket, clock }));
    expect(await attempt(agent.socket)).toMatchObject({
      kind: "unreachable",
      reason: "ops is not let in with the keys of the SSH agent",
    });
    expect(await attempt(`${agent.socket}.none`)).toMatchObject({
      kind: "unreachable",
      reason: expect.stringMatching(/^the SSH agent: /) as string,
    });
  });

  it("stops at once on an abort during the wait, with the signal's reason", async () => {
    await using server = await startSshServer();
    const cancel = new AbortController();
    const reason = new Error("cancelled");
    const connecting = connectTo(server, { port: await freePort(), signal: cancel.signal });
    setTimeout(() => cancel.abort(reason), 100);
    await expect(connecting).rejects.toBe(reason);
  });

  it("leaves no socket after an abort against a silent machine", async () => {
    const sockets = new Set<unknown>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .once("close", () => sockets.delete(socket))
        .resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    await using server = await startSshServer();
    const cancel = new AbortController();
    const port = (silent.address() as AddressInfo).port;
    const connecting = connectTo(server, { port, signal: cancel.signal });
    await expect.poll(() => sockets.size).toBe(1);
    cancel.abort(new Error("cancelled"));
    await expect(connecting).rejects.toThrow("cancelled");
    await expect.poll(() => sockets.size).toBe(0);
    silent.close();
  });

  it("does not even dial when it is aborted already", async () => {
    await using server = await startSshServer();
    const reason = new Error("cancelled before");
    await expect(connectTo(server, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.seen.connections).toBe(0);
  });
});
