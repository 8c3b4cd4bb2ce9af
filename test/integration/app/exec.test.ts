import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exec, type ExecOutcome } from "../../../src/app/exec.ts";
import type { Context } from "../../../src/context.ts";
import type { Provider } from "../../../src/machine/provider.ts";
import { refusingMethods } from "../../support/refusing-provider.ts";
import { connectTo, failureOf, realClock } from "../../support/remote-fixtures.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

const names = ["manager", "node1"] as const;
const inShell = (script: string) => ["sh", "-c", script];

describe("exec", () => {
  let directory: string;
  let servers: ReadonlyMap<string, SshServer>;
  let output: PassThrough;
  let cancel: AbortController;
  let run: (command: readonly string[], print: boolean) => Promise<ExecOutcome>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-exec-"));
    await writeFile(join(directory, "swarmlab.yaml"), "provider: libvirt\nmanagers: 1\nworkers: 1\n");
    servers = new Map(await Promise.all(names.map(async (name) => [name, await startSshServer()] as const)));
    output = new PassThrough();
    cancel = new AbortController();
    const provider: Provider = {
      ...refusingMethods,
      name: "libvirt",
      capabilities: { embedded: false, needsRoot: false, ownsMachines: true },
      stateDirectory: () => directory,
      inspect: () => Promise.resolve({ machines: names.map((name) => ({ name, state: "running" })) }),
      connect: (_, machine) => connectTo(server(machine), { machine }),
    };
    const context = {
      emit: () => undefined,
      clock: realClock,
      signal: cancel.signal,
      providers: () => Promise.resolve([provider]),
      host: { workingDirectory: directory, isRoot: false },
      terminal: { output, errors: new PassThrough() },
    } as unknown as Context;
    run = (command, print) => exec(context, { on: "all", command, print });
  });
  afterEach(async () => {
    for (const each of servers.values()) await each[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const server = (name: string): SshServer => {
    const found = servers.get(name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found;
  };
  const allRun = () =>
    expect.poll(() => [...servers.values()].map(({ seen }) => seen.openChannels)).toEqual([1, 1]);
  /** Runs until there is a file `go`; meanwhile the connections to these machines are lost. */
  const runLosing = async (lost: readonly string[], print: boolean) => {
    const running = run(inShell("until test -e go; do sleep 0.05; done; echo done"), print);
    running.catch(() => undefined);
    await allRun();
    for (const name of lost) server(name).drop();
    for (const { directory: place } of servers.values()) await writeFile(join(place, "go"), "");
    return running;
  };

  // One at a time, and of stderr less than the client's window of 2 MiB: ssh2's server repeats and loses what waits for more room.
  it.each([
    { stream: "stdout", to: "", expected: [1_500_000, 0] },
    { stream: "stderr", to: ">&2", expected: [0, 1_500_000] },
  ])("keeps all that a command says on $stream where it is returned", async ({ to, expected }) => {
    const { results } = await run(inShell(`head -c 1500000 /dev/zero | tr '\\0' x ${to}`), false);
    expect(results.map(({ machine, stdout, stderr }) => [machine, stdout.length, stderr.length])).toEqual(
      names.map((name) => [name, ...expected]),
    );
  });

  it("returns what the other machines answered where one is lost, and why that is missing", async () => {
    expect(await runLosing(["manager"], false)).toEqual({
      schemaVersion: 1,
      results: [{ machine: "node1", exitCode: 0, stdout: "done\n", stderr: "" }],
      missing: [{ machine: "manager", why: expect.objectContaining({ kind: "unreachable" }) as unknown }],
    });
  });

  it("lets the others end where one is lost, and fails then, when it prints", async () => {
    const failure = await failureOf(runLosing(["manager"], true));
    expect(failure).toMatchObject({ kind: "unreachable", machine: "manager" });
    output.end();
    expect(await text(output)).toBe("node1   | done\n");
  });

  it.each([true, false])(
    "fails with all that went wrong where no machine is left (print: %s)",
    async (print) => {
      expect(await failureOf(runLosing(names, print))).toMatchObject({
        kind: "several",
        failures: names.map((machine) => ({ kind: "unreachable", machine })),
      });
    },
  );

  it("ends at once when it is interrupted", async () => {
    const running = run(["sleep", "60"], false);
    await allRun();
    const reason = new Error("interrupted");
    cancel.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});
