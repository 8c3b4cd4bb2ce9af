import type { Cluster } from "../cluster/cluster.ts";
import { parseEngineInfo } from "../docker/engine-info.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import type { Remote, RemoteResult } from "../remote/remote.ts";
import { isServerError } from "../swarm/server-error.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import type { Attempt } from "./progress.ts";
import { converging, failed, type Look } from "./look.ts";
import type { Found, HttpAnswer, World } from "./world.ts";

/** How the world is reached. Both throw `FailureError` for a machine that cannot be. */
export interface Reach {
  engine(machine: string): Promise<Engine>;
  remote(machine: string): Promise<Remote>;
  get(url: string): Promise<HttpAnswer>;
}

const usualAnswerMs = 10_000;

/** The world during one round of looks: each question is asked once. */
export class RoundWorld implements World {
  readonly cluster: Cluster;
  readonly attempt: Attempt;
  readonly rightAnswers: ReadonlyMap<string, number>;
  readonly #reach: Reach;
  readonly #answerTimeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #asked = new Map<string, Promise<Found>>();
  #manager: Promise<Engine | Look> | undefined;

  constructor(
    its: Pick<World, "cluster" | "attempt" | "rightAnswers"> & {
      readonly reach: Reach;
      readonly clock: Clock;
      readonly signal: AbortSignal;
    },
  ) {
    this.cluster = its.cluster;
    this.attempt = its.attempt;
    this.rightAnswers = its.rightAnswers;
    this.#reach = its.reach;
    this.#answerTimeoutMs = limitMs(its.clock, usualAnswerMs);
    this.#signal = its.signal;
  }

  async swarm(path: string): Promise<Found> {
    this.#manager ??= this.#findManager();
    const manager = await this.#manager;
    if ("state" in manager) return { look: manager };
    return this.#once(`swarm ${path}`, async () => {
      try {
        return await this.#get(manager, path);
      } catch (error) {
        if (isServerError(error)) return { look: leaderless(error.failure.message) };
        throw error;
      }
    });
  }

  engine(machine: string, path: string): Promise<Found> {
    return this.#once(`${machine} ${path}`, async () => this.#get(await this.#reach.engine(machine), path));
  }

  async run(machine: string, argv: readonly [string, ...string[]]): Promise<RemoteResult> {
    const remote = await this.#reach.remote(machine);
    return remote.tryRun({ argv, sudo: true, timeoutMs: this.#answerTimeoutMs, signal: this.#signal });
  }

  get(url: string): Promise<HttpAnswer> {
    return this.#reach.get(url);
  }

  #once(question: string, ask: () => Promise<Found>): Promise<Found> {
    const asked = this.#asked.get(question) ?? ask();
    this.#asked.set(question, asked);
    return asked;
  }

  async #get(engine: Engine, path: string): Promise<Found> {
    try {
      return {
        data: await engine.request("GET", path, { timeoutMs: this.#answerTimeoutMs, signal: this.#signal }),
      };
    } catch (error) {
      if (isNotFound(error)) return { data: undefined };
      throw error;
    }
  }

  /** The first manager with a leader in the order of the cluster's machines; the swarm may have other managers than it asks for. */
  async #findManager(): Promise<Engine | Look> {
    const names = this.cluster.machines.map(({ name }) => name);
    const [first] = names;
    if (first !== undefined && (await this.#isLed(first))) return this.#reach.engine(first);
    const answers = await Promise.allSettled(names.map((name) => this.engine(name, "/info")));
    const infos = answers.map((answer) =>
      answer.status === "fulfilled" && "data" in answer.value
        ? parseEngineInfo(answer.value.data).swarm
        : undefined,
    );
    const reasons = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as unknown] : [],
    );
    if (reasons.length > 0 && infos.every((info) => info === undefined)) {
      if (reasons.some(isTimeout)) return leaderless("no manager answers in time");
      throw reasons[0];
    }
    const led = names.find(
      (_, index) => infos[index]?.controlAvailable === true && infos[index].clusterId !== "",
    );
    if (led !== undefined) return this.#reach.engine(led);
    const lonely = infos.find((info) => info?.controlAvailable === true);
    if (lonely !== undefined) return leaderless(lonely.error);
    const locked = infos.some((info) => info?.state === "locked");
    return failed({
      expected: "a manager of a swarm",
      actual: locked ? "the managers are locked" : "no machine that answers is one",
      where: "swarmlab status",
    });
  }

  /** Spares the question that costs daemons most: for `/info` each starts other programs. */
  async #isLed(machine: string): Promise<boolean> {
    try {
      return "data" in (await this.engine(machine, "/swarm"));
    } catch (error) {
      if (error instanceof FailureError) return false;
      throw error;
    }
  }
}

function leaderless(message: string): Look {
  return converging({
    expected: "a swarm that has a leader",
    actual: message === "" ? "no manager leads" : message,
    where: "on a manager: docker node ls",
  });
}

/** Where nobody leads, a daemon may need a minute for its `/info`. */
function isTimeout(error: unknown): boolean {
  return error instanceof FailureError && error.failure.kind === "timeout";
}

function isNotFound(error: unknown): boolean {
  return error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status === 404;
}
