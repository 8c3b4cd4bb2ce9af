import { createServer, type IncomingMessage, type Server } from "node:http";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { applyDaemonScript } from "../../../src/docker/apply-daemon.ts";
import { observeDockerScript } from "../../../src/docker/docker-observation.ts";
import type { Remote, RemoteCommand, RemoteResult } from "../../../src/remote/remote.ts";
import type { Latencies } from "./latencies.ts";
import type { SimulatedSwarm } from "./simulated-swarm.ts";

/** A machine whose daemon is not configured yet, over a connection that costs what a real one was recorded to. Fails on what `up` of a new cluster does not do. */
export class SimulatedRemote implements Remote {
  readonly machine: string;
  readonly address: string;
  readonly #latencies: Latencies;
  readonly #server: Server;
  readonly #files = new Map<string, string>();

  constructor(its: {
    readonly machine: string;
    readonly address: string;
    readonly latencies: Latencies;
    readonly swarm: SimulatedSwarm;
  }) {
    ({ machine: this.machine, address: this.address, latencies: this.#latencies } = its);
    this.#server = createServer((request, response) => {
      void respond(its, request).then(({ status, value }) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(value === undefined ? "" : JSON.stringify(value));
      });
    });
  }

  async tryRun({ argv, stdin }: RemoteCommand): Promise<RemoteResult> {
    const { answer, docker, overlay } = this.#latencies;
    if (stdin === observeDockerScript) {
      await sleep(answer);
      const seen = { init: "systemd", dockerd, service: "inactive", packaged, whole: "yes" };
      return succeeded(sections({ ...seen, hosts: this.#files.get("/etc/hosts") ?? "" }));
    }
    if (argv.includes(applyDaemonScript)) {
      await sleep(docker);
      return succeeded(sections({ outcome: "up" }));
    }
    if (argv[0] === "nsenter") {
      await sleep(overlay);
      return succeeded("");
    }
    throw new Error(`not simulated: ${argv.join(" ")}`);
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    return this.tryRun(command);
  }

  dial(): Promise<Duplex> {
    const [own, other] = duplexPair();
    this.#server.emit("connection", other);
    return Promise.resolve(own);
  }

  async readFile(path: string): Promise<string | undefined> {
    await sleep(this.#latencies.answer);
    return this.#files.get(path);
  }

  async writeFile(path: string, content: string): Promise<void> {
    await sleep(this.#latencies.answer);
    this.#files.set(path, content);
  }

  open(): Promise<never> {
    return Promise.reject(new Error("not simulated: open"));
  }

  session(): Promise<never> {
    return Promise.reject(new Error("not simulated: session"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const dockerd = "Docker version 20.10.24+dfsg1, build 297e128\n";
const packaged = "[Service]\nType=notify\nExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS\n";

const succeeded = (stdout: string): RemoteResult => ({ exitCode: 0, stdout, stderr: "", truncated: false });

const sections = (named: Readonly<Record<string, string>>): string =>
  Object.entries(named)
    .map(([name, content]) => `${name} ${Buffer.from(content).toString("base64")}\n`)
    .join("");

async function respond(
  { machine, swarm }: { readonly machine: string; readonly swarm: SimulatedSwarm },
  request: IncomingMessage,
) {
  const { method = "", url = "" } = request;
  const body = await text(request);
  return swarm.answer(machine, `${method} ${url}`, body === "" ? undefined : JSON.parse(body));
}

/** Two ends of one stream. */
function duplexPair(): readonly [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _, done) => {
        other().push(chunk);
        done();
      },
      final: (done) => {
        other().push(null);
        done();
      },
    });
  const one: Duplex = make(() => two);
  const two: Duplex = make(() => one);
  return [one, two];
}
