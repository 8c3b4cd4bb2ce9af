import { describe, expect, it } from "vitest";
import type { Remote, RemoteCommand, RemoteResult } from "../../../src/remote/remote.ts";
import { verifyOverlay } from "../../../src/swarm/verify-overlay.ts";
import { withPatience } from "../../../src/system/clock.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { addressOf, SleepClock } from "./swarm-fixtures.ts";

/** Answers `tryRun` with these exit codes in turn, the last one again and again; nothing else may be called. */
class PingingRemote implements Remote {
  readonly machine: string;
  readonly address: string;
  readonly commands: RemoteCommand[] = [];
  readonly #exitCodes: number[];

  constructor(machine: string, exitCodes: readonly number[] = []) {
    this.machine = machine;
    this.address = addressOf(machine);
    this.#exitCodes = [...exitCodes];
  }

  tryRun(command: RemoteCommand): Promise<RemoteResult> {
    this.commands.push(command);
    const exitCode = this.#exitCodes.length > 1 ? this.#exitCodes.shift() : this.#exitCodes[0];
    if (exitCode === undefined) throw new Error(`unscripted command on ${this.machine}`);
    return Promise.resolve({ exitCode, stdout: "", stderr: "", truncated: false });
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
const spot = (machine: string, answers: readonly unknown[], exitCodes: readonly number[] = []) => ({
  engine: new ScriptedEngine(machine, { "GET /networks/ingress": answers }),
  remote: new PingingRemote(machine, exitCodes),
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
  it("pings each other machine inside the network's namespace, again until it answers", async () => {
    const from = spot("manager1", [end("10.0.0.2")], [1, 0]);
    const late = [new Refusal(404, "network ingress not found"), { Containers: null }, end("10.0.0.4")];
    expect(await check(from, spot("node1", [end("10.0.0.3")]), spot("node2", late))).toBeUndefined();
    expect(from.remote.commands.map(({ argv, sudo }) => [argv.at(-1), sudo])).toEqual([
      ["10.0.0.3", true],
      ["10.0.0.3", true],
      ["10.0.0.4", true],
    ]);
    const prefix = "nsenter --net=/var/run/docker/netns/ingress_sbox ping -q -i 0.2 -c 1 -w 3 -I 10.0.0.2";
    expect(from.remote.commands[0]?.argv.slice(0, -1).join(" ")).toBe(prefix);
  });

  it("pings only the next machine in a new swarm", async () => {
    const from = spot("manager1", [end("10.0.0.2")], [0]);
    const spots = [from, spot("node1", [end("10.0.0.3")]), spot("node2", [])];
    expect(await checkSwarm({ isNew: true, spots })).toBeUndefined();
    expect(from.remote.commands.map(({ argv }) => argv.at(-1))).toEqual(["10.0.0.3"]);
  });

  it("waits for a worker that found no manager and asks again after a minute", async () => {
    const silent = Array.from({ length: 65_000 / 200 }, () => 1);
    const from = spot("manager1", [end("10.0.0.2")], [...silent, 0]);
    expect(await check(from, spot("node1", [end("10.0.0.3")]))).toBeUndefined();
  });

  it("fails after 90 s naming the machine that does not answer", async () => {
    await expect(
      check(spot("manager1", [end("10.0.0.2")], [1]), spot("node1", [end("10.0.0.3")])),
    ).rejects.toMatchObject({
      failure: { kind: "verify", problems: [{ where: "node1", why: "no answer from 10.0.0.3" }] },
    });
  });

  it("gives machines that are slower than usual more time", async () => {
    const silent = Array.from({ length: 200_000 / 200 }, () => 1);
    const from = spot("manager1", [end("10.0.0.2")], [...silent, 0]);
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
