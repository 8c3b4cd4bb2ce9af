import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSudo } from "../../../src/remote/check-sudo.ts";
import type { Ssh2Remote } from "../../../src/remote/ssh2-remote.ts";
import { connectTo, failureOf } from "../../support/remote-fixtures.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

const sudoPassword = "it's $HOME \\ ünlucky";

let server: SshServer;
const inside = (name: string): string => join(server.directory, name);
const attempts = async (): Promise<readonly string[]> =>
  (await readFile(inside("attempts"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

/** A machine whose sudo asks for the password until there is a file `free`. */
const start = (env: Readonly<Record<string, string>> = {}): Promise<SshServer> =>
  startSshServer({
    env: {
      FAKE_SUDO_PASSWORD: sudoPassword,
      FAKE_SUDO_FREE: "free",
      FAKE_SUDO_ATTEMPTS: "attempts",
      ...env,
    },
  });

beforeEach(async () => {
  server = await start();
});

afterEach(() => server[Symbol.asyncDispose]());

const sh = (script: string): readonly [string, ...string[]] => ["sh", "-c", script];

/** All ways to run something as root, none of which may see anything of the password. */
async function expectRoot(remote: Ssh2Remote): Promise<void> {
  const stdin = "first line\nsecond line\n";
  const argv = sh("echo ${FAKE_SUDO:-plain}; cat");
  expect(await remote.run({ argv, sudo: true, stdin })).toMatchObject({ stdout: `1\n${stdin}`, stderr: "" });
  expect((await remote.run({ argv, sudo: true })).stdout).toBe("1\n");
  expect((await remote.run({ argv, stdin })).stdout).toBe(`plain\n${stdin}`);
  const stream = await remote.open({ argv, sudo: true });
  stream.end(stdin);
  expect(await text(stream)).toBe(`1\n${stdin}`);
  await remote.writeFile(inside("file"), stdin, { mode: 0o600, sudo: true });
  expect(await remote.readFile(inside("file"), { sudo: true })).toBe(stdin);
  expect(await remote.readFile(inside("none"), { sudo: true })).toBeUndefined();
}

describe("sudo with a password", () => {
  it("runs commands, streams and files as root, with their stdin untouched", async () => {
    await using remote = await connectTo(server, { sudoPassword });
    await expectRoot(remote);
    expect(new Set(await attempts())).toEqual(new Set([sudoPassword]));
  });

  it("does so, too, where sudo asks for none, from the beginning or suddenly", async () => {
    await writeFile(inside("free"), "");
    await using free = await connectTo(server, { sudoPassword });
    await expectRoot(free);
    expect(await attempts()).toEqual([]);
    await using asked = await start();
    await using remote = await connectTo(asked, { sudoPassword });
    await writeFile(join(asked.directory, "free"), "");
    await expectRoot(remote);
  });

  it("carries many bytes and any bytes", async () => {
    await using remote = await connectTo(server, { sudoPassword });
    const stdin = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
    const { stdout } = await remote.run({ argv: ["cksum"], sudo: true, stdin });
    expect(stdout).toBe((await remote.run({ argv: ["cksum"], stdin })).stdout);
  });

  it("keeps exit codes, and ends a command that takes too long", async () => {
    await using remote = await connectTo(server, { sudoPassword });
    expect(await remote.tryRun({ argv: sh("exit 7"), sudo: true })).toMatchObject({ exitCode: 7 });
    const argv = ["sleep", "30"] as const;
    expect(await failureOf(remote.run({ argv, sudo: true, timeoutMs: 300 }))).toMatchObject({
      kind: "timeout",
    });
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });

  it("tells the password to sudo alone: no command line, environment or failure has it", async () => {
    await using remote = await connectTo(server, { sudoPassword });
    const stdin = `printf '%s\\n' "it's \\$HOME \\\\ ünlucky" >&2; exit 1`;
    const failed = await failureOf(remote.run({ argv: ["sh"], stdin, sudo: true }));
    expect(failed).toMatchObject({ kind: "remote-command", stderr: "***\n" });
    const seen = await remote.tryRun({ argv: sh("env; cat /proc/[0-9]*/cmdline"), sudo: true });
    expect(seen.stdout).toContain("FAKE_SUDO=1");
    expect(seen.stdout).not.toContain("ünlucky");
    expect(server.seen.commandLines.join("\n")).not.toContain("ünlucky");
  });

  it("fails at once for a wrong password, after a single attempt", async () => {
    expect(await failureOf(connectTo(server, { sudoPassword: "wrong" }))).toEqual({
      kind: "prerequisite",
      problems: [
        {
          severity: "error",
          where: "node1",
          what: "sudo does not accept the password of ops",
          remedy: "Correct it, or let ops use sudo without one (NOPASSWD, in /etc/sudoers.d on node1).",
        },
      ],
    });
    expect(await attempts()).toEqual(["wrong"]);
    await expect.poll(() => server.seen.sockets.size).toBe(0);
  });
});

describe("root", () => {
  it("needs no sudo, nor a password for it", async () => {
    await using remote = await connectTo(server, { user: "root", sudoPassword: "wrong" });
    const argv = sh("echo ${FAKE_SUDO:-plain}");
    expect((await remote.run({ argv, sudo: true })).stdout).toBe("plain\n");
    expect(await attempts()).toEqual([]);
  });
});

describe("checkSudo", () => {
  it("says that a password is asked for where none was given", async () => {
    await using remote = await connectTo(server);
    expect(await failureOf(checkSudo(remote, { user: "ops" }))).toMatchObject({
      kind: "prerequisite",
      problems: [{ what: "sudo asks for the password of ops" }],
    });
    await writeFile(inside("free"), "");
    await checkSudo(remote, { user: "ops" });
    expect(server.seen.commandLines).toHaveLength(2);
  });

  it("says why sudo cannot be used at all", async () => {
    await using none = await start({ PATH: "/nonexistent" });
    const failure = await failureOf(connectTo(none, { sudoPassword }));
    expect(failure).toMatchObject({ kind: "prerequisite", problems: [{ what: "ops cannot use sudo" }] });
    expect(failure).toMatchObject({ problems: [{ why: expect.stringContaining("not found") as string }] });
  });
});
