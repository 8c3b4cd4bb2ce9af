import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { halt } from "../../../src/app/halt.ts";
import { reset } from "../../../src/app/reset.ts";
import type { Context } from "../../../src/context.ts";
import type { MachineState, Provider, SnapshotKeeper } from "../../../src/machine/provider.ts";
import { withLock } from "../../../src/state/lock.ts";
import type { UiEvent } from "../../../src/ui/ui-event.ts";
import { refuse, refusingMethods } from "../../support/refusing-provider.ts";
import { connectTo, failureOf, realClock } from "../../support/remote-fixtures.ts";
import { startSshServer } from "../../support/ssh-server.ts";

const name = `lint-${process.pid.toString(36)}-waiting`;
const { signal } = new AbortController();

/** What another call does meanwhile counts, not what was seen before. */
describe("after another call had the cluster", () => {
  let directory: string;
  let states: Readonly<Record<string, MachineState>>;
  let calls: string[];
  let said: UiEvent[];
  let provider: Provider;
  let context: Context;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-waiting-"));
    await writeFile(
      join(directory, "swarmlab.yaml"),
      `name: ${name}\nprovider: libvirt\nmanagers: 1\nworkers: 1\n`,
    );
    [calls, said] = [[], []];
    provider = {
      ...refusingMethods,
      name: "libvirt",
      capabilities: { embedded: false, needsRoot: false, ownsMachines: true },
      stateDirectory: () => directory,
      inspect: () =>
        Promise.resolve({
          machines: Object.entries(states).map(([machine, state]) => ({ name: machine, state })),
        }),
      stop: (_, machine) => {
        calls.push(`stop ${machine}`);
        return Promise.resolve(undefined);
      },
    };
    context = {
      emit: (event: UiEvent) => void said.push(event),
      clock: realClock,
      signal,
      providers: () => Promise.resolve([provider]),
      host: { workingDirectory: directory, isRoot: false },
    } as unknown as Context;
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Does `work` while another call has the cluster; that one leaves the machines in these states. */
  async function whileOther<T>(after: typeof states, work: () => Promise<T>): Promise<T> {
    const lock = { name: `cluster ${name}`, clock: realClock, signal, onWait: refuse };
    const { working } = await withLock(lock, async () => {
      const begun = work();
      begun.catch(() => undefined);
      await expect
        .poll(() => said.map((event) => (event.type === "note" ? event.text : "")), { timeout: 5000 })
        .toContainEqual(expect.stringContaining("Waiting for"));
      states = after;
      return { working: begun };
    });
    return working;
  }

  it("halt stops the machines that run now", async () => {
    states = { manager: "running", node1: "stopped" };
    const stopped = await whileOther({ manager: "stopped", node1: "running" }, () => halt(context, {}));
    expect(stopped).toEqual(["node1"]);
    expect(calls).toEqual(["stop node1"]);
  });

  it("halt stops machines that were not there when it was typed", async () => {
    states = {};
    expect(await whileOther({ manager: "running" }, () => halt(context, {}))).toEqual(["manager"]);
  });

  it("halt puts right what is unfinished of a snapshot", async () => {
    states = { manager: "running" };
    const snapshots = {
      unfinished: () => Promise.resolve("other"),
      finish: () => {
        calls.push("finish");
        return Promise.resolve();
      },
    } as unknown as SnapshotKeeper;
    provider = { ...provider, snapshots };
    await halt(context, {});
    expect(calls).toEqual(["finish", "stop manager"]);
  });

  it("reset begins nothing where a machine no longer runs", async () => {
    const daemon = createServer((_, response) => response.end("OK"));
    await using server = await startSshServer({ sockets: { "/var/run/docker.sock": "docker.sock" } });
    daemon.listen(join(server.directory, "docker.sock"));
    provider = {
      ...provider,
      capabilities: { ...provider.capabilities, ownsMachines: false },
      connect: (_, machine) => connectTo(server, { machine }),
    };
    states = { manager: "running", node1: "running" };
    const resetting = whileOther({ manager: "running", node1: "stopped" }, () =>
      reset(context, { yes: true, maxWorkers: 1 }),
    );
    expect(await failureOf(resetting)).toEqual({ kind: "not-running", machine: "node1", state: "stopped" });
    daemon.close();
  });
});
