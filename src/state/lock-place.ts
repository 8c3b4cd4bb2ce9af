import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, pid, platform } from "node:process";
import { hasCode } from "../system/files.ts";

/** Where a lock is; the operating system releases it when its holder dies. */
export interface LockPlace {
  /** Takes the lock, and returns what gives it back; undefined: somebody has it. */
  take(): Promise<(() => Promise<void>) | undefined>;
  /** Who has it, in words. */
  owner(): Promise<string>;
}

/** The place of a lock of this name on this computer. */
export function lockPlace(name: string): LockPlace {
  const id = createHash("sha256").update(name).digest("hex");
  if (platform === "linux") return socketPlace(`\0swarmlab ${id}`);
  if (platform === "win32") return socketPlace(`\\\\.\\pipe\\swarmlab-${id}`);
  return filePlace(join(tmpdir(), `swarmlab-${id}.lock`));
}

const holder = (): string =>
  `swarmlab ${argv.slice(2).join(" ")} (process ${pid}, since ${new Date().toISOString()})`;

/** An abstract Unix socket or a named pipe: who connects learns who the holder is. */
function socketPlace(address: string): LockPlace {
  return {
    take: () => {
      const answer = holder();
      const server = createServer((socket) => socket.on("error", () => socket.destroy()).end(answer));
      return new Promise((resolve, reject) => {
        server.once("error", (error) => (hasCode(error, "EADDRINUSE") ? resolve(undefined) : reject(error)));
        server.listen(address, () =>
          resolve(() => new Promise((closed) => void server.close(() => closed()))),
        );
      });
    },
    owner: () =>
      new Promise((resolve) => {
        let answer = "";
        const socket = connect(address);
        socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
        socket.on("error", () => socket.destroy());
        socket.on("close", () => resolve(answer === "" ? "another swarmlab" : answer));
      }),
  };
}

/** `O_EXLOCK` of macOS and the BSDs, which Node has no name for: opens and locks in one, https://man.openbsd.org/open.2 */
const exclusiveLock = 0x20;

function filePlace(path: string): LockPlace {
  return {
    take: async () => {
      const { O_CREAT, O_NONBLOCK, O_RDWR } = constants;
      try {
        const file = await open(path, O_CREAT | O_NONBLOCK | O_RDWR | exclusiveLock, 0o600);
        await file.truncate();
        await file.write(holder());
        return () => file.close();
      } catch (error) {
        if (hasCode(error, "EAGAIN", "EWOULDBLOCK")) return undefined;
        throw error;
      }
    },
    owner: () => readFile(path, "utf8"),
  };
}
