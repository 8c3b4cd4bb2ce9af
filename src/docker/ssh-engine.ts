import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { FailureError } from "../failure.ts";
import { onAbort, reasonOf, withDeadline } from "../remote/abort.ts";
import type { Remote } from "../remote/remote.ts";
import { Slots } from "../remote/slots.ts";
import type { Engine, Upload } from "./engine.ts";
import { StreamAgent } from "./stream-agent.ts";
import { upload } from "./upload.ts";

type Method = Parameters<Engine["request"]>[0];
type RequestOptions = NonNullable<Parameters<Engine["request"]>[2]>;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const socketPath = "/var/run/docker.sock";
const dialStdio: Dial = ["docker", "system", "dial-stdio"];
/** For clients before 18.09, which lack the command. Without `-q` it would stay when its stdin has ended. */
const netcat: Dial = ["nc", "-q", "0", "-U", socketPath];
type Dial = readonly [string, ...string[]];

/** Each concurrent request takes one of the few channels of the machine's SSH connection. */
const streamLimit = 4;
const usualTimeoutMs = 60_000;

/**
 * The Engine API over the daemon's socket on the machine; no port is opened. Disposing it leaves `remote` open.
 * Where the login user may not use the socket: over `docker system dial-stdio` as root, or over `nc` where its client is too old for that.
 * `patience`: factor for the time that requests may take which name none.
 */
export function openEngine(remote: Remote, patience: number): Engine {
  return new SshEngine(remote, usualTimeoutMs * patience);
}

class SshEngine implements Engine {
  readonly machine: string;
  readonly #remote: Remote;
  readonly #timeoutMs: number;
  readonly #slots = new Slots(streamLimit);
  readonly #agent: StreamAgent;
  readonly #disposed = new AbortController();
  #dial = dialStdio;

  constructor(remote: Remote, timeoutMs: number) {
    this.machine = remote.machine;
    this.#remote = remote;
    this.#timeoutMs = timeoutMs;
    this.#agent = this.#newAgent();
  }

  async request(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const deadline = {
      timeoutMs,
      signals: [this.#disposed.signal, options.signal],
      expired: () => this.#timeout(`${method} ${path}`, timeoutMs),
    };
    const answer = await withDeadline(deadline, (signal) =>
      this.#answer({ method, path, signal, ...bodyOf(options) }),
    );
    return this.#value(`${method} ${path}`, answer);
  }

  async upload(path: string, its: Upload): Promise<void> {
    const { silenceMs, signal: cancelled } = its;
    const deadline = {
      timeoutMs: silenceMs,
      signals: [this.#disposed.signal, cancelled],
      expired: () => this.#timeout(`POST ${path}`, silenceMs),
    };
    // A stream of its own: an engine that refuses closes it, and one that was used before may be stale.
    const agent = this.#newAgent();
    try {
      const { error, ...answer } = await withDeadline(deadline, (signal, moved) =>
        this.#inTurn(signal, () =>
          this.#dialed(() =>
            upload(httpRequest({ agent, host: "docker", method: "POST", path }), { ...its, signal, moved }),
          ),
        ),
      );
      if (error !== undefined) throw this.#refused(`POST ${path}`, answer.status, error);
      this.#value(`POST ${path}`, answer);
    } finally {
      agent.destroy();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort(this.#unreachable("the connection to its engine was closed"));
    this.#agent.destroy();
    return Promise.resolve();
  }

  #newAgent(): StreamAgent {
    const { signal } = this.#disposed;
    return new StreamAgent(() =>
      this.#remote
        .dial(socketPath, signal)
        // It also tells why nobody answers.
        .catch(() => this.#remote.open({ argv: this.#dial, sudo: true, signal })),
    );
  }

  #answer(call: Call): Promise<Answer> {
    return this.#inTurn(call.signal, () => this.#dialed(() => this.#exchange(call, call.method === "GET")));
  }

  async #inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const release = await this.#slots.acquire(signal);
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw this.#lost(error);
    } finally {
      release();
    }
  }

  /** Tries again the other way where the client on the machine is too old for the first. */
  async #dialed<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!saysUnknownCommand(error)) throw error;
      // Such a client has read nothing, so that even a POST was never sent.
      this.#dial = netcat;
      return work();
    }
  }

  /** A daemon that restarted has closed the idle stream, which may show only on use. */
  async #exchange(call: Call, mayRetry: boolean): Promise<Answer> {
    const request = httpRequest({ agent: this.#agent, host: "docker", method: call.method, path: call.path });
    try {
      return await exchange(request, call);
    } catch (error) {
      if (!mayRetry || !request.reusedSocket || call.signal.aborted) throw error;
      return this.#exchange(call, false);
    }
  }

  #value(request: string, { status, contentType, body }: Answer): unknown {
    const parsed = parseBody(contentType, body);
    if (status < 400 && parsed.ok) return parsed.value;
    const message = status < 400 ? `not JSON: ${body.slice(0, 200)}` : messageOf(parsed.value, body);
    throw this.#refused(request, status, message);
  }

  #refused(request: string, status: number, message: string): FailureError {
    return new FailureError({ kind: "engine-api", machine: this.machine, request, status, message });
  }

  #lost(error: unknown): FailureError {
    const failure = error instanceof FailureError ? error.failure : undefined;
    if (error instanceof FailureError && failure?.kind !== "remote-command") return error;
    const said = failure?.kind === "remote-command" ? failure.stderr.trim() : errorText(error);
    return this.#unreachable(said || `${this.#dial.join(" ")} ended`, error);
  }

  #unreachable(reason: string, cause?: unknown): FailureError {
    const { machine, address } = this.#remote;
    const hint = `Look at the daemon: swarmlab ssh ${machine} -- sudo systemctl status docker`;
    return new FailureError({ kind: "unreachable", machine, address, reason, hint }, { cause });
  }

  #timeout(request: string, afterMs: number): FailureError {
    const waitedFor = `the Docker daemon on ${this.machine} to answer ${request}`;
    const hint = `Look at the daemon: swarmlab ssh ${this.machine} -- sudo journalctl -u docker`;
    return new FailureError({ kind: "timeout", waitedFor, afterMs, hint });
  }
}

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly signal: AbortSignal;
  /** JSON text. */
  readonly body?: string;
}

const bodyOf = ({ body }: RequestOptions): Pick<Call, "body"> =>
  body === undefined ? {} : { body: JSON.stringify(body) };

/** Settles once the request has closed, for only then is its stream free for the next one. */
function exchange(request: ClientRequest, { signal, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let answer: Promise<Answer> | undefined;
    const stop = onAbort(signal, () => void request.destroy(reasonOf(signal)));
    request.once("response", (response) => {
      answer = readAnswer(response);
      // Looked at below, possibly only after it has failed.
      answer.catch(() => undefined);
    });
    request.once("error", reject);
    request.once("close", () => {
      stop();
      if (answer) resolve(answer);
    });
    if (body === undefined) return void request.end();
    request.setHeader("Content-Type", "application/json");
    request.setHeader("Content-Length", Buffer.byteLength(body));
    request.end(body);
  });
}

function readAnswer(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.once("end", () => {
      const contentType = response.headers["content-type"] ?? "";
      resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString() });
    });
  });
}

/** What clients say to a command they do not know: before 1.13 `'system' is not a docker command`, later how `docker system` is used. */
function saysUnknownCommand(error: unknown): boolean {
  if (!(error instanceof FailureError) || error.failure.kind !== "remote-command") return false;
  return /is not a docker command|"docker system" accepts no argument|^Usage:\s+docker system COMMAND/m.test(
    error.failure.stderr,
  );
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `/_ping` and proxies answer in plain text. */
function parseBody(contentType: string, body: string): { readonly ok: boolean; readonly value: unknown } {
  if (body.trim() === "") return { ok: true, value: undefined };
  if (!contentType.includes("json")) return { ok: true, value: body };
  try {
    return { ok: true, value: JSON.parse(body) as unknown };
  } catch {
    return { ok: false, value: undefined };
  }
}

function messageOf(value: unknown, body: string): string {
  const hasMessage = typeof value === "object" && value !== null && "message" in value;
  return hasMessage && typeof value.message === "string" ? value.message : body.trim().slice(0, 500);
}
