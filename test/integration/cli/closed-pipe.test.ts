import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { loadCluster } from "../../../src/cluster/load.ts";
import { HostsProvider } from "../../../src/machine/hosts/hosts-provider.ts";
import { fingerprintOf } from "../../../src/remote/ssh-keys.ts";
import { readText } from "../../../src/system/files.ts";
import { ExecaProcessRunner } from "../../../src/system/execa-process-runner.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { programFile } from "../../support/call-program.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

function start(directory: string, args: readonly string[]) {
  const env = { ...process.env, SWARMLAB_HOME: join(directory, "home") };
  const child = spawn(process.execPath, [programFile, ...args], { cwd: directory, env });
  child.stdin.end();
  return child;
}

/** A lab directory with this machine taken into its cluster. */
async function takeMachine(server: SshServer): Promise<string> {
  const directory = await temporaryDirectory();
  const key = join(directory, "key");
  await writeFile(key, server.userKey, { mode: 0o600 });
  const how = `address: 127.0.0.1, port: ${server.port}, key: ${key}, fingerprint: "${fingerprintOf(server.hostKey)}"`;
  await writeFile(
    join(directory, "swarmlab.yaml"),
    `name: lint-pipe\nprovider: hosts\nhosts: { manager: { ${how}, advertise-addr: 192.0.2.1 } }\n`,
  );
  const provider = new HostsProvider({
    processes: new ExecaProcessRunner({ env: process.env, onRun: () => undefined }),
    clock: systemClock,
    home: join(directory, "home"),
    userHome: directory,
    user: "me",
    agentSocket: undefined,
    warn: () => undefined,
    lookUp: () => Promise.resolve(undefined),
    sudoPassword: () => Promise.resolve(undefined),
  });
  const { cluster } = await loadCluster({ directory, readText, overrides: {} });
  await provider.claim(cluster);
  return directory;
}

it("work goes on where nobody reads its progress any more, as when Ctrl-C ends tee too", async () => {
  const directory = await temporaryDirectory();
  // What is said of this stands before the result.
  await writeFile(join(directory, "swarmlab.yaml"), "docker: { tcp: insecure }\n");
  const child = start(directory, ["lab", "list"]);
  child.stderr.destroy();
  const [stdout, ended] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(stdout).toContain("Three machines, one swarm");
  expect(ended).toEqual([0, null]);
});

it("what prints as it goes ends as by a signal where nobody reads its results any more, and says nothing of it", async () => {
  await using server = await startSshServer();
  const directory = await takeMachine(server);
  const child = start(directory, ["exec", "--", "sh", "-c", "while echo more; do sleep 0.05; done"]);
  const stderr = text(child.stderr);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await once(child, "close")).toEqual([141, null]);
  expect(await stderr).toBe("");
  await expect.poll(() => server.seen.sockets.size).toBe(0);
});

it("a command over SSH comes to its end where nobody reads what it says of errors any more", async () => {
  await using server = await startSshServer();
  const child = start(await takeMachine(server), [
    "ssh",
    "manager",
    "--",
    "sh",
    "-c",
    // ssh2's server repeats what waits for room on one stream while the other one does.
    "head -c 8000000 /dev/zero >&2; sleep 1; echo end",
  ]);
  child.stderr.destroy();
  const [stdout, ended] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(stdout).toBe("end\n");
  expect(ended).toEqual([0, null]);
});
