import { access, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import { ExecaProcessRunner, groupOptions } from "../../../src/system/execa-process-runner.ts";
import { temporaryDirectory } from "../../support/program.ts";

describe("ExecaProcessRunner", () => {
  it("gives stdin and environment, and takes output and exit code", async () => {
    const { runner, ran } = newRunner();
    const result = await runner.tryRun({
      argv: ["sh", "-c", 'cat; pwd; echo "$WORD $LC_ALL" >&2; exit 7'],
      stdin: "in\n",
      cwd: "/",
      env: { WORD: "a b" },
    });
    expect(result).toEqual({ exitCode: 7, stdout: "in\n/\n", stderr: "a b C\n" });
    expect(ran).toEqual([expect.stringMatching(/^sh -c .* \(exit code 7, \d+ ms\)$/)]);
  });

  it("throws for an exit code in run, with the end of what the process said", async () => {
    const { runner } = newRunner();
    const argv = ["sh", "-c", "seq 2000 >&2; exit 3"] as const;
    await expect(runner.run({ argv })).rejects.toMatchObject({
      failure: {
        kind: "process",
        argv,
        exitCode: 3,
        stderr: expect.stringMatching(/^.{3996}2000$/s) as string,
      },
    });
    await expect(runner.run({ argv: ["sh", "-c", "echo why; false"] })).rejects.toMatchObject({
      failure: { stderr: "why" },
    });
  });

  it("has no exit code for a process that a signal ended", async () => {
    const { runner } = newRunner();
    expect((await runner.tryRun({ argv: ["sh", "-c", "kill -9 $$"] })).exitCode).toBeUndefined();
  });

  it("ends a process that takes too long", async () => {
    const { runner } = newRunner();
    const argv = ["sleep", "30"] as const;
    await expect(runner.tryRun({ argv, timeoutMs: 100 })).rejects.toMatchObject({
      failure: { kind: "timeout", waitedFor: "sleep 30", afterMs: 100 },
    });
  });

  it("ends a process when its signal aborts, and throws the reason", async () => {
    const { runner } = newRunner();
    const cancel = new AbortController();
    const reason = new Error("enough");
    const pids: number[] = [];
    const running = runner.tryRun({
      argv: ["sh", "-c", "echo $$; exec sleep 30"],
      signal: cancel.signal,
      onLine: (line) => {
        pids.push(Number(line));
        cancel.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(pids).toHaveLength(1);
    await expect(access(`/proc/${pids[0] ?? 0}`)).rejects.toThrow("ENOENT");
    await expect(runner.tryRun({ argv: ["true"], signal: cancel.signal })).rejects.toBe(reason);
  });

  it("interrupts a group of its own once, and kills all of it when it does not end", async () => {
    const { runner } = newRunner();
    const cancel = new AbortController();
    const reason = new Error("enough");
    const seen: string[] = [];
    const inner = "trap 'echo inner interrupted' INT; echo inner $$; while :; do sleep 0.05; done";
    const running = runner.tryRun({
      argv: ["sh", "-c", `trap 'echo outer interrupted' INT; sh -c "$1"`, "sh", inner],
      signal: cancel.signal,
      ownGroup: true,
      graceMs: 500,
      onLine: (line) => {
        seen.push(line);
        if (line.startsWith("inner ") && !cancel.signal.aborted) cancel.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    const pid = /inner (\d+)/.exec(seen[0] ?? "")?.[1] ?? "";
    expect(seen.slice(1)).toEqual(["inner interrupted"]);
    await expect.poll(() => runs(pid)).toBe(false);
    await expect(runner.tryRun({ argv: ["true"], ownGroup: true, signal: cancel.signal })).rejects.toBe(
      reason,
    );
  });

  it("lets an interrupted group end in its own way", async () => {
    const { runner } = newRunner();
    const cancel = new AbortController();
    const seen: string[] = [];
    const running = runner.tryRun({
      argv: ["sh", "-c", "trap 'echo cleaned; exit 1' INT; echo ready; while :; do sleep 0.05; done"],
      signal: cancel.signal,
      ownGroup: true,
      onLine: (line) => {
        seen.push(line);
        if (line === "ready") cancel.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(seen).toEqual(["ready", "cleaned"]);
  });

  describe("on Windows, where no signal reaches a group", () => {
    const interrupted = new FailureError({ kind: "interrupted", next: "" });

    it("shares the console, whose Ctrl-C reaches all that it has started", () => {
      expect(groupOptions("win32")).toEqual({ windowsHide: false });
      expect(groupOptions("linux")).toEqual({ detached: true });
    });

    it("gives a group time to end after the console's Ctrl-C", async () => {
      const then = "until [ -e interrupted ]; do sleep 0.02; done; echo cleaned";
      const group = await startWindowsGroup(then, 60_000);
      group.cancel.abort(interrupted);
      await Promise.all([
        expect(group.ended).rejects.toBe(interrupted),
        writeFile(join(group.directory, "interrupted"), ""),
      ]);
      expect(group.seen).toContain("cleaned");
      expect(await group.killed()).toBe("");
      process.kill(Number(group.childPid), "SIGKILL");
    });

    it("ends all of a group that does not end by itself", async () => {
      const group = await startWindowsGroup("wait");
      group.cancel.abort(interrupted);
      await expect(group.ended).rejects.toBe(interrupted);
      expect(await group.killed()).toBe(`/PID ${group.pid} /T /F\n`);
      await expect.poll(() => runs(group.childPid)).toBe(false);
    });

    it("ends all of a group at once where no Ctrl-C has told it to", async () => {
      const group = await startWindowsGroup("wait", 60_000);
      const silent = new Error("it says nothing more");
      group.cancel.abort(silent);
      await expect(group.ended).rejects.toBe(silent);
      expect(await group.killed()).toBe(`/PID ${group.pid} /T /F\n`);
      await expect.poll(() => runs(group.childPid)).toBe(false);
    });

    it("ends the first process where taskkill is missing", async () => {
      const group = await startWindowsGroup("wait");
      await rm(join(group.directory, "taskkill"));
      const silent = new Error("it says nothing more");
      group.cancel.abort(silent);
      await expect(group.ended).rejects.toBe(silent);
      process.kill(Number(group.childPid), "SIGKILL");
    });
  });

  it("hands lines of both outputs on while the process still runs", async () => {
    const { runner } = newRunner();
    const directory = await temporaryDirectory();
    const lines: string[] = [];
    const { stdout } = await runner.run({
      argv: ["sh", "-c", "echo one; echo two >&2; until [ -e seen ]; do sleep 0.02; done; echo three"],
      cwd: directory,
      timeoutMs: 10_000,
      onLine: (line) => {
        lines.push(line);
        if (lines.length === 2) void writeFile(join(directory, "seen"), "");
      },
    });
    expect(lines.slice(0, 2).sort()).toEqual(["one", "two"]);
    expect(lines[2]).toBe("three");
    expect(stdout).toBe("one\nthree\n");
  });

  it("says how to get a program that is missing", async () => {
    const { runner } = newRunner();
    const argv = ["swarmlab-no-such-program", "x"] as const;
    const failure = {
      kind: "process",
      argv,
      stderr: expect.stringContaining("ENOENT") as string,
      remedy: "Install swarmlab-no-such-program; swarmlab doctor names the package.",
    };
    await expect(runner.tryRun({ argv })).rejects.toMatchObject({ failure });
  });

  it("finds executables on its own path only", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "tool"), "#!/bin/sh\n", { mode: 0o755 });
    await writeFile(join(directory, "text"), "", { mode: 0o644 });
    const { runner } = newRunner(`/nowhere:${directory}`);
    expect(await runner.which("tool")).toBe(join(directory, "tool"));
    expect(await runner.which("text")).toBeUndefined();
    expect(await runner.which("sh")).toBeUndefined();
  });

  it("signals a process, and minds none that is gone", async () => {
    const { runner } = newRunner();
    const child = execa("sleep", ["30"], { reject: false });
    runner.kill(child.pid ?? 0, "SIGKILL");
    expect((await child).signal).toBe("SIGKILL");
    expect(() => runner.kill(child.pid ?? 0, "SIGTERM")).not.toThrow();
  });
});

/** A zombie has ended; its parent has only not asked how. */
async function runs(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !stat.includes(") Z ");
}

/** Ends a process and its children, and writes down how it was called. */
const taskkill = `#!/bin/sh
echo "$*" >> "$(dirname "$0")/killed"
kill -9 "$2" $(cat "/proc/$2/task/$2/children")
`;

/** A launcher with a child, as `vagrant.exe` is; `then` is what it does afterwards. */
async function startWindowsGroup(then: string, graceMs = 300) {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, "taskkill"), taskkill, { mode: 0o755 });
  const cancel = new AbortController();
  const seen: string[] = [];
  const env = { PATH: `${directory}:${process.env["PATH"] ?? ""}` };
  const runner = new ExecaProcessRunner({ env, onRun: () => undefined, platform: "win32" });
  const ended = runner.tryRun({
    argv: ["sh", "-c", `sleep 30 >/dev/null 2>&1 & echo $$ $!; ${then}`],
    cwd: directory,
    signal: cancel.signal,
    ownGroup: true,
    graceMs,
    onLine: (line) => void seen.push(line),
  });
  await expect.poll(() => seen).toHaveLength(1);
  const [pid = "", childPid = ""] = seen[0]?.split(" ") ?? [];
  const killed = (): Promise<string> => readFile(join(directory, "killed"), "utf8").catch(() => "");
  return { directory, cancel, seen, ended, pid, childPid, killed };
}

function newRunner(path = process.env["PATH"] ?? "") {
  const ran: string[] = [];
  return {
    ran,
    runner: new ExecaProcessRunner({ env: { PATH: path }, onRun: (text) => void ran.push(text) }),
  };
}
