import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { knownHostKeys, type KnownHost } from "../../../src/remote/known-hosts.ts";
import { generateSshKeyPair } from "../../../src/remote/ssh-keys.ts";
import { ExecaProcessRunner } from "../../../src/system/execa-process-runner.ts";
import { connectTo, failureOf } from "../../support/remote-fixtures.ts";
import { ScriptedProcesses } from "../../support/scripted-processes.ts";
import { startSshServer } from "../../support/ssh-server.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swarmlab-known-"));
  file = join(directory, "known_hosts");
});

afterEach(() => rm(directory, { recursive: true }));

const runner = new ExecaProcessRunner({ env: process.env, onRun: () => undefined });
const newKey = (): string => generateSshKeyPair("").publicKey;
const [one, two] = [newKey(), newKey()];

async function known(lines: readonly string[], changes: Partial<KnownHost> = {}): Promise<readonly string[]> {
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  return knownHostKeys({
    runner,
    machine: "node1",
    address: "192.0.2.7",
    port: 22,
    files: [file],
    ...changes,
  });
}

describe("knownHostKeys", () => {
  it("finds all keys of a host, by name and by pattern, and none of others", async () => {
    const lines = [`192.0.2.7,web ${one} my comment`, `192.0.2.* ${two}`, `192.0.2.8 ${newKey()}`];
    expect(await known(lines)).toEqual([one, two]);
  });

  it("finds hashed names", async () => {
    await writeFile(file, `192.0.2.7 ${one}\n192.0.2.8 ${two}\n`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
    const host = { runner, machine: "node1", address: "192.0.2.8", port: 22, files: [file] };
    expect(await knownHostKeys(host)).toEqual([two]);
  });

  it("takes the entry with the port, and the one without where there is no other", async () => {
    const lines = [`192.0.2.7 ${one}`, `[192.0.2.7]:2222 ${two}`];
    expect(await known(lines, { port: 2222 })).toEqual([two]);
    expect(await known(lines, { port: 2200 })).toEqual([one]);
    expect(await known(lines)).toEqual([one]);
  });

  it("reads several files, and passes over one that is not there", async () => {
    const other = join(directory, "other");
    await writeFile(other, `192.0.2.7 ${two}\n`);
    const files = [file, join(directory, "none"), other];
    expect(await known([`192.0.2.7 ${one}`], { files })).toEqual([one, two]);
  });

  it("leaves out what is revoked", async () => {
    expect(await known([`192.0.2.7 ${one}`, `192.0.2.7 ${two}`, `@revoked * ${one}`])).toEqual([two]);
    expect(await failureOf(known([`192.0.2.7 ${one}`, `@revoked * ${one}`]))).toMatchObject({
      kind: "prerequisite",
      problems: [{ what: "every known SSH host key of node1 is revoked" }],
    });
  });

  it("says that certificate authorities are not supported, where there is nothing else", async () => {
    expect(await known([`192.0.2.7 ${one}`, `@cert-authority * ${two}`])).toEqual([one]);
    expect(await failureOf(known([`@cert-authority * ${two}`]))).toMatchObject({
      kind: "prerequisite",
      problems: [{ why: "Host certificates (@cert-authority) are not supported." }],
    });
  });

  it("says of an unknown host where it looked and what makes it known", async () => {
    expect(await failureOf(known([`192.0.2.8 ${one}`], { port: 2222 }))).toEqual({
      kind: "prerequisite",
      problems: [
        {
          severity: "error",
          what: "the SSH host key of node1 is not known",
          where: "192.0.2.7:2222",
          why: `${file} has no entry for it.`,
          remedy:
            "Connect once and accept the key (ssh -p 2222 192.0.2.7), or give its fingerprint: ssh-keyscan -p 2222 192.0.2.7 | ssh-keygen -lf -",
        },
      ],
    });
  });

  it("says so when ssh-keygen is missing", async () => {
    expect(await failureOf(known([], { runner: new ScriptedProcesses({}) }))).toMatchObject({
      kind: "prerequisite",
      problems: [{ what: expect.stringContaining("ssh-keygen") as string }],
    });
  });

  it("fails for a file that ssh-keygen cannot read", async () => {
    const answer = { exitCode: 255, stderr: "hostkeys_foreach: Permission denied" };
    const scripted = new ScriptedProcesses({ "ssh-keygen -F 192.0.2.7": answer });
    expect(await failureOf(known([], { runner: scripted }))).toMatchObject({ kind: "process", ...answer });
  });

  it("finds keys that a connection accepts", async () => {
    await using server = await startSshServer();
    const hostKey = await known([`[127.0.0.1]:${server.port} ${one}`, `[127.0.0.1]:* ${server.hostKey}`], {
      address: "127.0.0.1",
      port: server.port,
    });
    await using remote = await connectTo(server, { hostKey });
    expect((await remote.run({ argv: ["echo", "in"] })).stdout).toBe("in\n");
  });
});
