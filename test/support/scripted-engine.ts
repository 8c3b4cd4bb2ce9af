import type { Engine } from "../../src/docker/engine.ts";
import { FailureError } from "../../src/failure.ts";

/** A request that was made, as `POST /swarm/leave?force=true`. */
export interface EngineCall {
  readonly request: string;
  readonly body: unknown;
}

/** An answer: data; or one for each call in turn, the last one again and again; or a `Refusal` or another failure. */
export type ScriptedAnswer = unknown;

/** Answers the requests of its script and fails on every other one. */
export class ScriptedEngine implements Engine {
  readonly machine: string;
  readonly calls: EngineCall[] = [];
  readonly #script: Map<string, ScriptedAnswer[]>;

  /** Each value is the list of answers to that request, the last one standing for all that follow. */
  constructor(machine: string, script: Readonly<Record<string, readonly ScriptedAnswer[]>>) {
    this.machine = machine;
    this.#script = new Map(Object.entries(script).map(([request, answers]) => [request, [...answers]]));
  }

  request(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options?: { readonly body?: unknown },
  ): Promise<unknown> {
    const request = `${method} ${path}`;
    this.calls.push({ request, body: options?.body });
    const answers = this.#script.get(request);
    if (!answers) return Promise.reject(new Error(`unscripted request to ${this.machine}: ${request}`));
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof FailureError) return Promise.reject(answer);
    if (!(answer instanceof Refusal)) return Promise.resolve(answer);
    const { status, message } = answer;
    return Promise.reject(
      new FailureError({ kind: "engine-api", machine: this.machine, request, status, message }),
    );
  }

  upload(path: string): Promise<void> {
    return Promise.reject(new Error(`unscripted upload to ${this.machine}: ${path}`));
  }

  /** The requests that change something. */
  get changes(): readonly EngineCall[] {
    return this.calls.filter(({ request }) => !request.startsWith("GET "));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** An error answer of the engine. */
export class Refusal {
  readonly status: number;
  readonly message: string;

  constructor(status: number, message: string) {
    this.status = status;
    this.message = message;
  }
}
