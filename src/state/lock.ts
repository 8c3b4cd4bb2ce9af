import { createHash } from "node:crypto";
import { connect, createServer, type Server } from "node:net";
import { pid } from "node:process";
import type { Clock } from "../system/clock.ts";

export interface LockOptions {
  /** What is locked, on this host. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once when somebody else has it, with who that is. */
  readonly onWait: (owner: string) => void;
}

/**
 * Runs `work` while holding a lock on this host, and waits for it as long as it takes.
 * The lock is an abstract Unix socket: the kernel releases it when its holder dies, and who connects learns who the holder is.
 * @throws the signal's reason.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const server = await acquire(options);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function acquire({ name, clock, signal, onWait }: LockOptions): Promise<Server> {
  const address = `\0swarmlab ${createHash("sha256").update(name).digest("hex")}`;
  let announced = false;
  for (;;) {
    signal.throwIfAborted();
    const server = await listen(address);
    if (server !== undefined) return server;
    if (!announced) onWait(await askOwner(address));
    announced = true;
    await clock.sleep(200, signal);
  }
}

async function listen(address: string): Promise<Server | undefined> {
  const since = new Date().toISOString();
  const server = createServer((socket) =>
    socket.on("error", () => socket.destroy()).end(`process ${pid} since ${since}`),
  );
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      "code" in error && error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });
}

async function askOwner(address: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(address);
    socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(answer === "" ? "another swarmlab" : answer));
  });
}
