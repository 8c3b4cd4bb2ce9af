import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Remote } from "../../../src/remote/remote.ts";
import { connectTo, failureOf } from "../../support/remote-fixtures.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

let server: SshServer;
let remote: Remote;

beforeEach(async () => {
  server = await startSshServer();
  remote = await connectTo(server);
});

afterEach(async () => {
  await remote[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const sh = (script: string): readonly [string, ...string[]] => ["sh", "-c", script];

describe("running commands", () => {
  it("passes argv through unchanged", async () => {
    const argv = ["printf", "%s|", "a b", "it's", "$HOME", "", "*", "`id`", "new\nline"] as const;
    expect((await remote.run({ argv })).stdout).toBe("a b|it's|$HOME||*|`id`|new\nline|");
  });

  it("returns output and exit code of a failed command, which `run` turns into a failure", async () => {
    const argv = sh("echo out; echo err >&2; exit 3");
    const expected = { exitCode: 3, stdout: "out\n", stderr: "err\n", truncated: false };
    expect(await remote.tryRun({ argv })).toEqual(expected);
    expect(await failureOf(remote.run({ argv }))).toEqual({
      kind: "remote-command",
      machine: "node1",
      argv,
      exitCode: 3,
      stderr: "err\n",
    });
  });

  it("has no exit code for a command that a signal ended", async () => {
    expect(await remote.tryRun({ argv: sh("kill -TERM $$") })).toMatchObject({ exitCode: undefined });
  });

  it("gives stdin as text or bytes, and an empty one by default", async () => {
    expect((await remote.run({ argv: ["cat"], stdin: "grüße" })).stdout).toBe("grüße");
    expect((await remote.run({ argv: ["wc", "-c"], stdin: new Uint8Array(100_000) })).stdout.trim()).toBe(
      "100000",
    );
    expect((await remote.run({ argv: ["cat"] })).stdout).toBe("");
  });

  it("survives a command that does not read its stdin", async () => {
    expect((await remote.run({ argv: ["true"], stdin: "x".repeat(5_000_000) })).exitCode).toBe(0);
  });

  it("uses sudo only where asked", async () => {
    const argv = sh("echo ${FAKE_SUDO:-plain}");
    expect((await remote.run({ argv, sudo: true })).stdout).toBe("1\n");
    expect((await remote.run({ argv })).stdout).toBe("plain\n");
    expect(server.seen.commandLines[0]).toMatch(/^exec 'sudo' '-n' '--' /);
  });

  it("puts characters together that arrive in pieces", async () => {
    const argv = sh(String.raw`printf '\303'; sleep 0.1; printf '\274'`);
    expect((await remote.run({ argv })).stdout).toBe("ü");
  });

  it("cuts output at 1 MiB and lets the command finish", async () => {
    const argv = sh("head -c 3000000 /dev/zero | tr '\\0' x; exit 3");
    const result = await remote.tryRun({ argv });
    expect(result.stdout.length).toBe(1024 * 1024);
    expect(result).toMatchObject({ truncated: true, exitCode: 3 });
  });

  it("blanks secrets in output, chunks and failures", async () => {
    const argv = sh("printf SWM; sleep 0.1; echo TKN; echo SWMTKN >&2; exit 1; : SWMTKN");
    const command = { argv, secrets: ["SWMTKN"] };
    expect(await remote.tryRun(command)).toMatchObject({ stdout: "***\n", stderr: "***\n" });
    expect(JSON.stringify(await failureOf(remote.run(command)))).not.toContain("SWMTKN");
    const chunks: string[] = [];
    await remote.tryRun({ ...command, onOutput: (_source, chunk) => chunks.push(chunk) });
    expect(chunks.join("")).not.toContain("SWM");
    expect(
      await failureOf(remote.run({ argv: sh("sleep 5; : SWMTKN"), secrets: ["SWMTKN"], timeoutMs: 50 })),
    ).toMatchObject({
      waitedFor: "sh -c sleep 5; : *** on node1",
    });
  });

  it("hands output over as it comes and keeps none", async () => {
    const chunks: string[] = [];
    const onOutput = (source: string, chunk: string): number => chunks.push(`${source}:${chunk}`);
    const result = await remote.run({ argv: sh("echo one; sleep 0.1; echo two >&2"), onOutput });
    expect(chunks).toEqual(["stdout:one\n", "stderr:two\n"]);
    expect(result).toMatchObject({ stdout: "", stderr: "", truncated: false });
  });

  it("ends a command that takes too long, on the machine too", async () => {
    expect(await failureOf(remote.run({ argv: ["sleep", "30"], timeoutMs: 100 }))).toMatchObject({
      kind: "timeout",
      waitedFor: "sleep 30 on node1",
      afterMs: 100,
    });
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });

  it("ends a script's children with it, and nothing that a finished command left behind", async () => {
    await failureOf(remote.run({ argv: sh("sh -c 'sleep 0.4; echo alive > after'; :"), timeoutMs: 150 }));
    await remote.run({ argv: sh("sh -c 'sleep 0.4; echo alive > kept' >/dev/null 2>&1 &") });
    await remote.run({ argv: ["sleep", "0.7"] });
    expect(await readdir(server.directory)).toEqual(["kept"]);
  });

  it("ends a command on abort, with the signal's reason", async () => {
    const cancel = new AbortController();
    const reason = new Error("cancelled");
    const running = remote.run({ argv: ["sleep", "30"], signal: cancel.signal });
    await expect.poll(() => server.seen.openChannels).toBe(1);
    cancel.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });

  it("starts nothing when it is aborted already", async () => {
    const reason = new Error("cancelled before");
    await expect(remote.run({ argv: ["true"], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.seen.commandLines).toEqual([]);
  });
});

describe("one connection", () => {
  it("carries concurrent commands, at most 8 at a time", async () => {
    const runs = Array.from({ length: 20 }, (_, index) =>
      remote.run({ argv: sh(`sleep 0.1; echo ${String(index)}`) }),
    );
    const outputs = (await Promise.all(runs)).map((result) => Number(result.stdout));
    expect(outputs).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(server.seen.connections).toBe(1);
    expect(server.seen.maxOpenChannels).toBe(8);
  });

  it("counts waiting for a channel as part of the time-out", async () => {
    const busy = Array.from({ length: 8 }, () => remote.run({ argv: ["sleep", "0.5"] }));
    expect(await failureOf(remote.run({ argv: ["true"], timeoutMs: 50 }))).toMatchObject({ kind: "timeout" });
    await Promise.all(busy);
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
  });

  it("fails pending and later commands as unreachable when it is lost", async () => {
    const pending = [remote.run({ argv: ["sleep", "30"] }), remote.run({ argv: ["sleep", "30"] })];
    await expect.poll(() => server.seen.openChannels).toBe(2);
    server.drop();
    for (const run of pending) {
      expect(await failureOf(run)).toMatchObject({
        kind: "unreachable",
        machine: "node1",
        address: "127.0.0.1",
      });
    }
    expect(await failureOf(remote.run({ argv: ["true"] }))).toMatchObject({ kind: "unreachable" });
  });

  it("notices a machine that hangs", async () => {
    await using patient = await connectTo(server, { keepaliveMs: 50 });
    const pending = patient.run({ argv: ["sleep", "30"] });
    await expect.poll(() => server.seen.openChannels).toBe(1);
    server.hang();
    expect(await failureOf(pending)).toMatchObject({ kind: "unreachable", reason: "Keepalive timeout" });
  });

  it("closes on dispose, twice without harm, and fails what was pending", async () => {
    const pending = failureOf(remote.run({ argv: ["sleep", "30"] }));
    await expect.poll(() => server.seen.openChannels).toBe(1);
    await remote[Symbol.asyncDispose]();
    await remote[Symbol.asyncDispose]();
    expect(await pending).toMatchObject({ kind: "unreachable", reason: "the connection was closed" });
    await expect.poll(() => server.seen.sockets.size).toBe(0);
  });

  it("closes even when the machine hangs", async () => {
    server.hang();
    await remote[Symbol.asyncDispose]();
  });
});

describe("open", () => {
  it("is the command's stdin and stdout", async () => {
    const stream = await remote.open({ argv: ["tr", "a-z", "A-Z"], sudo: true });
    stream.end("hello");
    expect(await text(stream)).toBe("HELLO");
  });

  it("carries more than the buffers hold, without loss", async () => {
    const stream = await remote.open({ argv: ["cat"] });
    const size = 6_000_000;
    stream.end(Buffer.alloc(size, "x"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await text(stream)).length).toBe(size);
  });

  it("surfaces a command that cannot start as the stream's error", async () => {
    const stream = await remote.open({ argv: ["no-such-command"] });
    const failure = await failureOf(text(stream));
    expect(failure).toMatchObject({ kind: "remote-command", exitCode: 127, argv: ["no-such-command"] });
    expect(failure).toMatchObject({ stderr: expect.stringContaining("no-such-command") as string });
  });

  it("ends the command when the stream is ended or destroyed, and frees the channel", async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => remote.open({ argv: ["cat"] })));
    streams.forEach((stream, index) => (index % 2 === 0 ? stream.end() : stream.destroy()));
    for (const stream of streams) stream.resume();
    await expect.poll(() => server.seen.openChannels).toBe(0);
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
  });

  it("fails the stream on abort and on a lost connection", async () => {
    const cancel = new AbortController();
    const aborted = text(await remote.open({ argv: ["cat"], signal: cancel.signal }));
    const lost = text(await remote.open({ argv: ["cat"] }));
    cancel.abort(new Error("cancelled"));
    await expect(aborted).rejects.toThrow("cancelled");
    const failure = failureOf(lost);
    server.drop();
    expect(await failure).toMatchObject({ kind: "unreachable" });
  });
});

describe("session", () => {
  const size = { columns: 80, rows: 24 };

  it("runs a login shell on a terminal of the given size, and tells its exit code", async () => {
    const { stream, exited } = await remote.session({ terminal: { size, type: "xterm-256color" } });
    stream.end("echo $COLUMNS x $LINES; exit 7\n");
    expect(await text(stream)).toContain("80 x 24");
    expect(await exited).toBe(7);
    expect(server.seen.windows).toEqual([{ columns: 80, rows: 24, term: "xterm-256color" }]);
  });

  it("runs a command on a terminal and passes resizing on", async () => {
    const shell = await remote.session({ argv: ["cat"], terminal: { size, type: "xterm" } });
    shell.resize({ columns: 132, rows: 50 });
    await expect.poll(() => server.seen.windows[1]).toEqual({ columns: 132, rows: 50 });
    shell.stream.end();
    shell.stream.resume();
    expect(await shell.exited).toBe(0);
  });

  it("passes bytes as they are without a terminal, and keeps stderr apart", async () => {
    const { stream, errors, exited } = await remote.session({ argv: sh("cat; echo apart >&2; exit 3") });
    const bytes = Buffer.from([0, 10, 13, 255, 254]);
    const [output, said] = [buffer(stream), text(errors)];
    stream.end(bytes);
    expect(await output).toEqual(bytes);
    expect(await said).toBe("apart\n");
    expect(await exited).toBe(3);
  });

  it("ends when its signal aborts", async () => {
    const cancel = new AbortController();
    const { stream, exited } = await remote.session({ argv: ["sleep", "60"], signal: cancel.signal });
    const failed = text(stream);
    cancel.abort(new Error("cancelled"));
    await expect(failed).rejects.toThrow("cancelled");
    expect(await exited).not.toBe(0);
  });

  it("tells a signal as the shells do", async () => {
    const { stream, exited } = await remote.session({
      argv: sh("kill -KILL $$"),
      terminal: { size, type: "xterm" },
    });
    stream.resume();
    expect(await exited).toBe(128 + 9);
  });

  it("ends as unreachable when the connection is lost", async () => {
    const { stream, exited } = await remote.session({ argv: ["cat"], terminal: { size, type: "xterm" } });
    const ended = once(stream.resume(), "close");
    server.drop();
    expect(await failureOf(exited)).toMatchObject({ kind: "unreachable" });
    await ended;
  });
});

describe("files", () => {
  const inside = (name: string): string => join(server.directory, name);
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  it("reads what is there, and undefined where there is nothing", async () => {
    await writeFile(inside("it's ü"), "\uFEFFgrüße\n");
    expect(await remote.readFile(inside("it's ü"), { sudo: true })).toBe("\uFEFFgrüße\n");
    expect(await remote.readFile(inside("none"))).toBeUndefined();
  });

  it("fails for what cannot be read, and for more than the limit", async () => {
    expect(await failureOf(remote.readFile(server.directory))).toMatchObject({ kind: "remote-command" });
    await writeFile(inside("big"), Buffer.alloc(2_000_000, "x"));
    expect(await failureOf(remote.readFile(inside("big")))).toMatchObject({ stderr: "file too large" });
  });

  it("writes new files and over old ones, with the mode asked for and nothing left beside", async () => {
    const path = inside("daemon.json");
    await writeFile(path, "old", { mode: 0o777 });
    await remote.writeFile(path, "grüße $HOME 'quoted'\n", { mode: 0o640 });
    expect(await readFile(path, "utf8")).toBe("grüße $HOME 'quoted'\n");
    expect(await mode(path)).toBe(0o640);
    await remote.writeFile(inside("secret"), "", { mode: 0o600, sudo: true });
    expect(await mode(inside("secret"))).toBe(0o600);
    expect((await readdir(server.directory)).sort()).toEqual(["daemon.json", "secret"]);
    expect(server.seen.commandLines.join("\n")).not.toContain("grüße");
  });

  it("leaves no temporary file when it fails", async () => {
    await mkdir(inside("taken"));
    expect(await failureOf(remote.writeFile(inside("taken"), "x", { mode: 0o600 }))).toMatchObject({
      kind: "remote-command",
    });
    expect(await failureOf(remote.writeFile(inside("none/x"), "x", { mode: 0o600 }))).toMatchObject({
      kind: "remote-command",
    });
    expect(await readdir(server.directory)).toEqual(["taken"]);
    expect(await readdir(inside("taken"))).toEqual([]);
  });

  it("keeps the old file when the connection breaks while the new one is on its way", async () => {
    await writeFile(inside("file"), "old");
    const writing = failureOf(remote.writeFile(inside("file"), "x".repeat(60_000_000), { mode: 0o600 }));
    await expect.poll(() => readdir(server.directory), { interval: 2 }).toHaveLength(2);
    server.drop();
    expect(await writing).toMatchObject({ kind: "unreachable" });
    await expect.poll(() => readdir(server.directory)).toEqual(["file"]);
    expect(await readFile(inside("file"), "utf8")).toBe("old");
  });
});
