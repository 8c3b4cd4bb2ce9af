import { spawn } from "node:child_process";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { lockPlace } from "../../../src/state/lock-place.ts";
import { withLock } from "../../../src/state/lock.ts";
import { systemClock } from "../../../src/system/system-clock.ts";

const name = `test ${process.pid}`;
const options = { name, clock: systemClock, signal: new AbortController().signal };

describe("withLock", () => {
  it("lets one work at a time, and says once who is waited for", async () => {
    const order: string[] = [];
    const owners: string[] = [];
    const onWait = (owner: string): void => void owners.push(owner);
    const pause = () => systemClock.sleep(300);
    const work = (word: string) =>
      withLock({ ...options, onWait }, async () => {
        order.push(`${word} in`);
        await pause();
        order.push(`${word} out`);
      });
    await Promise.all([work("a"), work("b")]);
    expect(order.map((entry) => entry.split(" ")[1])).toEqual(["in", "out", "in", "out"]);
    const command = process.argv.slice(2).join(" ");
    const [owner = ""] = owners;
    expect(owners).toHaveLength(1);
    expect(owner.startsWith(`swarmlab ${command} (process ${process.pid}, since 20`)).toBe(true);
  });

  it("is free again after work that failed", async () => {
    const onWait = (): void => expect.unreachable();
    const failing = withLock({ ...options, onWait }, () => Promise.reject(new Error("broken")));
    await expect(failing).rejects.toThrow("broken");
    expect(await withLock({ ...options, onWait }, () => Promise.resolve("done"))).toBe("done");
  });

  it("stops to wait when it is told to", async () => {
    const cancel = new AbortController();
    await withLock({ ...options, onWait: () => undefined }, async () => {
      const waiting = withLock(
        { ...options, signal: cancel.signal, onWait: () => cancel.abort(new Error("enough")) },
        () => Promise.resolve(),
      );
      await expect(waiting).rejects.toThrow("enough");
    });
  });

  it("ends with its holder, also when that is killed", async () => {
    const other = `${name} killed`;
    const code = `const { createHash } = require("crypto");
      const id = createHash("sha256").update(process.argv[1]).digest("hex");
      require("net").createServer().listen("\\0swarmlab " + id, () => console.log("held"));`;
    const child = spawn(process.execPath, ["-e", code, other]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(await lockPlace(other).take()).toBeUndefined();
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
    const release = await lockPlace(other).take();
    expect(release).toBeDefined();
    await release?.();
  });
});
