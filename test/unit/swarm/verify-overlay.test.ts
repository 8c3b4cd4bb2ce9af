import { describe, expect, it } from "vitest";
import type { Remote, RemoteCommand, RemoteResult } from "../../../src/remote/remote.ts";
import { verifyOverlay } from "../../../src/swarm/verify-overlay.ts";
import { withPatience } from "../../../src/system/clock.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { addressOf, SleepClock } from "./swarm-fixtures.ts";

/** What the command on the first machine prints: a line for each address that does not answer. */
type Pings = readonly string[];

/** Answers `tryRun` with these outputs in turn, the last one again and again; nothing else may be called. */
class PingingRemote implements Remote {
  readonly machine: string;
  readonly address: string;
  readonly commands: RemoteCommand[] = [];
  readonly #outputs: string[];

  constructor(machine: string, outputs: Pings = []) {
    this.machine = machine;
    this.address = addressOf(machine);
    this.#outputs = [...outputs];
  }

  tryRun(command: RemoteCommand): Promise<RemoteResult> {
    this.commands.push(command);
    const stdout = this.#outputs.length > 1 ? this.#outputs.shift() : this.#outputs[0];
    if (stdout === undefined) throw new Error(`unscripted command on ${this.machine}`);
    return Promise.resolve({ exitCode: 0, stdout, stderr: "", truncated: false });
  }

  run = (): never => this.#unscripted();
  open = (): never => this.#unscripted();
  dial = (): never => this.#unscripted();
  session = (): never => this.#unscripted();
  readFile = (): never => this.#unscripted();
  writeFile = (): never => this.#unscripted();
  [Symbol.asyncDispose] = (): Promise<void> => Promise.resolve();

  #unscripted(): never {
    throw new Error("unscripted call");
  }
}

const end = (address: string) => ({ Containers: { "ingress-sbox": { IPv4Address: `${address}/24` } } });
const spot = (machine: string, answers: readonly unknown[], outputs: Pings = []) => ({
  engine: new ScriptedEngine(machine, { "GET /networks/ingress": answers }),
  remote: new PingingRemote(machine, outputs),
});
const check = (...spots: readonly ReturnType<typeof spot>[]) => checkSwarm({ isNew: false, spots });
const checkSwarm = ({ isNew, spots }: { isNew: boolean; spots: readonly ReturnType<typeof spot>[] }) =>
  verifyOverlay({
    spots: new Map(spots.map((its) => [its.engine.machine, its])),
    isNew,
    clock: new SleepClock(),
    signal: new AbortController().signal,
  });

describe("verifyOverlay", () => {
  it("pings all other machines with one command inside the network's namespace, and those again that do not answer", async () => {
    const late = [new Refusal(404, "network ingress not found"), { Containers: null }, end("10.0.0.4")];
    const from = spot("manager1", [end("10.0.0.2")], ["10.0.0.3\n", ""]);
    const spots = [spot("node1", [end("10.0.0.3")]), spot("node2", late), spot("node3", [end("10.0.0.5")])];
    expect(await check(from, ...spots)).toBeUndefined();
    const calls = from.remote.commands.map(({ argv, sudo }) => ({ targets: argv.slice(6), sudo }));
    expect(calls).toEqual([
      { targets: ["10.0.0.2", "10.0.0.3", "10.0.0.5"], sudo: true },
      { targets: ["10.0.0.2", "10.0.0.3"], sudo: true },
      { targets: ["10.0.0.2", "10.0.0.4"], sudo: true },
    ]);
    const prefix = "nsenter --net=/var/run/docker/netns/ingress_sbox sh -c";
    expect(from.remote.commands[0]?.argv.slice(0, 4).join(" ")).toBe(prefix);
  });

  it("pings only the next machine in a new swarm", async () => {
    const from = spot("manager1", [end("10.0.0.2")], [""]);
    const spots = [from, spot("node1", [end("10.0.0.3")]), spot("node2", [])];
    expect(await checkSwarm({ isNew: true, spots })).toBeUndefined();
    expect(from.remote.commands.map(({ argv }) => argv.slice(7))).toEqual([["10.0.0.3"]]);
  });

  it("waits for a worker that found no manager and asks again after a minute", async () => {
    const silent = Array.from({ length: 65_000 / 200 }, () => "10.0.0.3\n");
    const from = spot("manager1", [end("10.0.0.2")], [...silent, ""]);
    expect(await check(from, spot("node1", [end("10.0.0.3")]))).toBeUndefined();
  });

  it("fails after 90 s naming the machines that do not answer, and why", async () => {
    const says = "10.0.0.3\n10.0.0.4 ping: connect: Network is unreachable\n";
    const spots = [
      spot("node1", [end("10.0.0.3")]),
      spot("node2", [end("10.0.0.4")]),
      spot("node3", [end("10.0.0.5")]),
    ];
    await expect(check(spot("manager1", [end("10.0.0.2")], [says]), ...spots)).rejects.toMatchObject({
      failure: {
        kind: "verify",
        problems: [
          { where: "node1", why: "no answer from 10.0.0.3" },
          { where: "node2", why: "ping: connect: Network is unreachable" },
        ],
      },
    });
  });

  it("gives machines that are slower than usual more time", async () => {
    const silent = Array.from({ length: 200_000 / 200 }, () => "10.0.0.3\n");
    const from = spot("manager1", [end("10.0.0.2")], [...silent, ""]);
    const slow = { clock: withPatience(new SleepClock(), 6), signal: new AbortController().signal };
    const spots = new Map([from, spot("node1", [end("10.0.0.3")])].map((its) => [its.engine.machine, its]));
    expect(await verifyOverlay({ spots, isNew: false, ...slow })).toBeUndefined();
    expect(from.remote.commands[0]?.timeoutMs).toBe(60_000);
  });

  it("has nothing to check on one machine, and says so without an ingress network", async () => {
    expect(await check(spot("manager1", []))).toBeUndefined();
    const gone = spot("manager1", [new Refusal(404, "network ingress not found")]);
    expect(await check(gone, spot("node1", []))).toContain("no network named ingress");
  });
});
