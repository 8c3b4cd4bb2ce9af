import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathExists } from "../../src/system/files.ts";
import { realClock } from "./remote-fixtures.ts";

/** OpenSSH's own agent, for one test. */
export interface SshAgent extends AsyncDisposable {
  /** Path of its socket. */
  readonly socket: string;
  /** Loads a private key. */
  add(privateKey: string): void;
}

/** Starts an agent without keys. */
export async function startSshAgent(): Promise<SshAgent> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-agent-"));
  const socket = join(directory, "socket");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await once(agent, "spawn");
  while (!(await pathExists(socket))) await realClock.sleep(10);
  return {
    socket,
    add: (privateKey) => {
      execFileSync("ssh-add", ["-q", "-"], {
        input: privateKey,
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
    },
    async [Symbol.asyncDispose]() {
      const ended = once(agent, "exit");
      agent.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
