import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../../src/docker/ssh-engine.ts";
import type { Engine, Upload } from "../../../src/docker/engine.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Remote } from "../../../src/remote/remote.ts";
import { connectTo, failureOf } from "../../support/remote-fixtures.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: SshServer;
let remote: Remote;
let engine: Engine;
let daemon: Server;
let handle: Handler;
let requests: string[];
let socketPath: string;

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
};

async function startDaemon(): Promise<void> {
  daemon = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    handle(request, response);
  });
  daemon.listen(socketPath);
  await once(daemon, "listening");
}

async function stopDaemon(): Promise<void> {
  const closed = once(daemon, "close");
  daemon.close();
  daemon.closeAllConnections();
  await closed;
}

const dials = async (): Promise<number> =>
  (await readFile(join(server.directory, "dials"), "utf8").catch(() => "")).split("\n").length - 1;

beforeEach(() => start());
afterEach(() => stop());

async function start(
  env: Readonly<Record<string, string>> = {},
  sockets: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Relative to the machine's directory, which is not known yet.
  server = await startSshServer({
    sockets,
    env: { FAKE_DOCKER_SOCKET: "docker.sock", FAKE_DOCKER_LOG: "dials", ...env },
  });
  socketPath = join(server.directory, "docker.sock");
  requests = [];
  handle = (_request, response) => json(response, 200, { ok: true });
  await startDaemon();
  remote = await connectTo(server);
  engine = openEngine(remote, 1);
}

async function stop(): Promise<void> {
  await engine[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
  if (daemon.listening) await stopDaemon();
  await server[Symbol.asyncDispose]();
}

describe("requests", () => {
  it("go through sudo docker system dial-stdio, over one stream that is used again", async () => {
    for (const path of ["/info", "/nodes", "/info"])
      expect(await engine.request("GET", path)).toEqual({ ok: true });
    expect(requests).toEqual(["GET /info", "GET /nodes", "GET /info"]);
    expect(server.seen.commandLines).toEqual(["exec 'sudo' '-n' '--' 'docker' 'system' 'dial-stdio'"]);
    expect(await dials()).toBe(1);
  });

  it("carry a JSON body, and methods", async () => {
    handle = (request, response) => {
      void text(request).then((body) => json(response, 200, { body, type: request.headers["content-type"] }));
    };
    const body = { JoinToken: "SWMTKN-1-grüße" };
    const answer = await engine.request("POST", "/swarm/join", { body });
    expect(answer).toEqual({ body: JSON.stringify(body), type: "application/json" });
    expect(await engine.request("DELETE", "/nodes/n1")).toEqual({ body: "" });
    expect(requests).toEqual(["POST /swarm/join", "DELETE /nodes/n1"]);
  });

  it("answer undefined for an empty body, and text for what is not JSON", async () => {
    handle = (_request, response) => void response.writeHead(200).end();
    expect(await engine.request("POST", "/swarm/leave")).toBeUndefined();
    handle = (_request, response) => void response.writeHead(200, { "Content-Type": "text/plain" }).end("OK");
    expect(await engine.request("GET", "/_ping")).toBe("OK");
  });

  it("fail with the daemon's message, and the stream stays in use", async () => {
    handle = (_request, response) => json(response, 503, { message: "This node is not a swarm manager." });
    expect(await failureOf(engine.request("GET", "/nodes"))).toEqual({
      kind: "engine-api",
      machine: "node1",
      request: "GET /nodes",
      status: 503,
      message: "This node is not a swarm manager.",
    });
    handle = (_request, response) =>
      void response.writeHead(500, { "Content-Type": "text/plain" }).end("broken\n");
    expect(await failureOf(engine.request("GET", "/nodes"))).toMatchObject({
      status: 500,
      message: "broken",
    });
    expect(await dials()).toBe(1);
  });

  it("fail for an answer that claims to be JSON and is not", async () => {
    handle = (_request, response) =>
      void response.writeHead(200, { "Content-Type": "application/json" }).end("{");
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({
      kind: "engine-api",
      status: 200,
    });
  });

  it("run side by side over at most 4 streams, each used again", async () => {
    let running = 0;
    let most = 0;
    handle = (_request, response) => {
      most = Math.max(most, (running += 1));
      setTimeout(() => {
        running -= 1;
        json(response, 200, {});
      }, 100);
    };
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => engine.request("GET", `/tasks/${String(index)}`)),
    );
    expect(requests.length).toBe(10);
    expect(most).toBe(4);
    expect(await dials()).toBe(4);
  });

  it("time out, and the next one gets a stream of its own", async () => {
    handle = () => undefined;
    expect(await failureOf(engine.request("GET", "/info", { timeoutMs: 300 }))).toMatchObject({
      kind: "timeout",
      waitedFor: "the Docker daemon on node1 to answer GET /info",
      afterMs: 300,
    });
    handle = (_request, response) => json(response, 200, {});
    expect(await engine.request("GET", "/info")).toEqual({});
  });

  it("that name no time may take a minute, times the machine's patience", async () => {
    handle = () => undefined;
    await using slow = openEngine(remote, 0.005);
    expect(await failureOf(slow.request("GET", "/info"))).toMatchObject({ kind: "timeout", afterMs: 300 });
  });

  it("end on abort with the signal's reason", async () => {
    handle = () => undefined;
    const cancel = new AbortController();
    const reason = new Error("cancelled");
    const request = engine.request("GET", "/info", { signal: cancel.signal });
    await expect.poll(() => requests.length, { timeout: 3000 }).toBe(1);
    cancel.abort(reason);
    await expect(request).rejects.toBe(reason);
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });
});

describe("a connection that ends", () => {
  it("is opened anew after a daemon restart, for POST too", async () => {
    await engine.request("GET", "/info");
    await stopDaemon();
    await expect.poll(() => server.seen.openChannels).toBe(0);
    await startDaemon();
    expect(await engine.request("POST", "/swarm/init")).toEqual({ ok: true });
    expect(await dials()).toBe(2);
  });

  it("is retried once for a GET that met a stale stream", async () => {
    await engine.request("GET", "/info");
    let calls = 0;
    handle = (request, response) => {
      calls += 1;
      if (calls === 1) request.socket.destroy();
      else json(response, 200, { calls });
    };
    expect(await engine.request("GET", "/nodes")).toEqual({ calls: 2 });
    handle = (request) => request.socket.destroy();
    requests.length = 0;
    expect(await failureOf(engine.request("GET", "/nodes"))).toMatchObject({ kind: "unreachable" });
    expect(requests.length).toBe(2);
  });

  it("never sends a POST twice", async () => {
    await engine.request("GET", "/info");
    requests.length = 0;
    handle = (request) => request.socket.destroy();
    expect(await failureOf(engine.request("POST", "/swarm/init", { body: {} }))).toMatchObject({
      kind: "unreachable",
    });
    expect(requests).toEqual(["POST /swarm/init"]);
  });

  it("fails as unreachable in the middle of an answer", async () => {
    handle = (request, response) => {
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 100 }).write("{");
      setTimeout(() => request.socket.destroy(), 50);
    };
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({ kind: "unreachable" });
  });

  it("fails as unreachable with what docker said, where no daemon runs", async () => {
    await stopDaemon();
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({
      kind: "unreachable",
      machine: "node1",
      reason: "Cannot connect to the Docker daemon. Is the docker daemon running?",
    });
  });

  it("fails as unreachable when the machine goes away", async () => {
    handle = () => server.drop();
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({ kind: "unreachable" });
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({ kind: "unreachable" });
  });
});

describe.each([
  ["1.12", "docker: 'system' is not a docker command.\nSee 'docker --help'.\n"],
  ["1.13", "\"docker system\" accepts no argument(s).\nSee 'docker system --help'.\n"],
  ["17.05", "\nUsage:\tdocker system COMMAND\n\nManage Docker\n"],
])("a client without dial-stdio, as in %s", (_, said) => {
  beforeEach(async () => {
    await stop();
    await start({ FAKE_DOCKER_OLD: said });
  });

  it("is replaced by nc, for POST too, and is not tried again", async () => {
    handle = (request, response) => void text(request).then((body) => json(response, 200, { body }));
    expect(await engine.request("POST", "/swarm/init", { body: { a: 1 } })).toEqual({ body: '{"a":1}' });
    expect(await engine.request("GET", "/info")).toEqual({ body: "" });
    expect(requests).toEqual(["POST /swarm/init", "GET /info"]);
    expect(server.seen.commandLines).toEqual([
      "exec 'sudo' '-n' '--' 'docker' 'system' 'dial-stdio'",
      "exec 'sudo' '-n' '--' 'nc' '-q' '0' '-U' '/var/run/docker.sock'",
    ]);
  });

  it("is replaced for requests side by side", async () => {
    const answers = await Promise.all(["/a", "/b", "/c"].map((path) => engine.request("GET", path)));
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });

  it("is no reason to hide that no daemon runs", async () => {
    await stopDaemon();
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({
      kind: "unreachable",
      reason: "nc: unix connect failed: Connection refused",
    });
  });
});

describe("a socket that the login user may use", () => {
  const direct = { "/var/run/docker.sock": "docker.sock" };
  beforeEach(async () => {
    await stop();
    await start({}, direct);
  });

  it("is used without a process on the machine, one stream again and again", async () => {
    for (const path of ["/info", "/nodes"]) expect(await engine.request("GET", path)).toEqual({ ok: true });
    expect(requests).toEqual(["GET /info", "GET /nodes"]);
    expect(server.seen.forwarded).toBe(1);
    expect(server.seen.commandLines).toEqual([]);
  });

  it("is connected to anew when the daemon has restarted, for POST too", async () => {
    await engine.request("GET", "/info");
    await stopDaemon();
    await expect.poll(() => server.seen.forwarded).toBe(0);
    await startDaemon();
    expect(await engine.request("POST", "/swarm/join")).toEqual({ ok: true });
    expect(server.seen.commandLines).toEqual([]);
  });

  it("without a daemon has its client tell why", async () => {
    await stopDaemon();
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({
      kind: "unreachable",
      reason: expect.stringContaining("docker daemon") as string,
    });
    expect(server.seen.commandLines).toHaveLength(1);
  });

  it("takes uploads whole, and is closed with the engine", async () => {
    const body = Buffer.alloc(5_000_000, "x");
    handle = (request, response) =>
      void text(request).then(({ length }) => json(response, 200, { stream: String(length) }));
    const heard: unknown[] = [];
    await engine.upload("/images/load?quiet=0", {
      open: () => Readable.from([body]),
      onSent: () => undefined,
      onMessage: (message) => heard.push(message),
      silenceMs: 5000,
      signal: new AbortController().signal,
    });
    expect(heard).toEqual([{ stream: "5000000" }]);
    await engine[Symbol.asyncDispose]();
    await expect.poll(() => server.seen.forwarded).toBe(0);
  });
});

describe("uploads", () => {
  const part = Buffer.alloc(64 * 1024, "x");
  const bodyOf = (parts: number) => () => Readable.from(Array.from({ length: parts }, () => part));

  const send = (changes: Partial<Upload> = {}): Promise<void> =>
    engine.upload("/images/load?quiet=0", {
      open: bodyOf(32),
      onSent: () => undefined,
      onMessage: () => undefined,
      silenceMs: 5000,
      signal: new AbortController().signal,
      ...changes,
    });

  const say = (response: ServerResponse, ...messages: readonly object[]): void => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(""));
  };

  it("send a stream and tell each message", async () => {
    let received = "";
    handle = (request, response) =>
      void text(request).then((body) => {
        received = body;
        say(response, { status: "Loading layer" }, { stream: "Loaded image: grüße:1\n" });
      });
    const [sent, heard]: [number[], unknown[]] = [[], []];
    await send({ onSent: (bytes) => sent.push(bytes), onMessage: (message) => heard.push(message) });
    expect(requests).toEqual(["POST /images/load?quiet=0"]);
    expect(received.length).toBe(32 * part.length);
    expect(sent.at(-1)).toBe(32 * part.length);
    expect(heard).toEqual([{ status: "Loading layer" }, { stream: "Loaded image: grüße:1\n" }]);
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });

  it("fail as their body does", async () => {
    handle = (request) => void request.resume();
    const broken = new FailureError({ kind: "usage", message: "the file is gone", remedy: "Put it back." });
    const open = () =>
      Readable.from(
        (function* () {
          yield part;
          throw broken;
        })(),
      );
    expect(await failureOf(send({ open }))).toEqual(broken.failure);
  });

  it("wait for an engine that is slow to take it", async () => {
    let taken = 0;
    handle = (request, response) =>
      void (async () => {
        for await (const chunk of request as AsyncIterable<Buffer>) {
          taken += chunk.length;
          await new Promise((resolve) => setTimeout(resolve, 8));
        }
        say(response);
      })();
    let made = 0;
    let ahead = 0;
    const open = () =>
      Readable.from(
        (function* () {
          for (let count = 0; count < 200; count += 1) {
            made += part.length;
            ahead = Math.max(ahead, made - taken);
            yield part;
          }
        })(),
        { highWaterMark: 1 },
      );
    await send({ open });
    expect(taken).toBe(200 * part.length);
    // What SSH's window and the buffers on the way hold; all of it is 13 MB.
    expect(ahead).toBeLessThan(6_000_000);
  });

  it("fail with an error among the messages", async () => {
    const message = "write /var/lib/docker/tmp/x: no space left on device";
    handle = (request, response) =>
      void text(request).then(() => say(response, { errorDetail: { message }, error: message }));
    expect(await failureOf(send())).toEqual({
      kind: "engine-api",
      machine: "node1",
      request: "POST /images/load?quiet=0",
      status: 200,
      message,
    });
  });

  it("fail with the engine's refusal, also where that comes before all is sent", async () => {
    handle = (_request, response) => json(response, 500, { message: "no such thing" });
    expect(await failureOf(send({ open: bodyOf(2000) }))).toMatchObject({
      kind: "engine-api",
      status: 500,
      message: "no such thing",
    });
    await expect.poll(() => server.seen.openChannels).toBe(0);
  });

  it("fail as unreachable where the engine goes away", async () => {
    handle = (request) => void request.once("data", () => request.socket.destroy());
    expect(await failureOf(send({ open: bodyOf(2000) }))).toMatchObject({ kind: "unreachable" });
  });

  it("are limited by silence, not in all", async () => {
    handle = (request, response) =>
      void (async () => {
        await text(request);
        response.writeHead(200, { "Content-Type": "application/json" });
        for (let count = 0; count < 8; count += 1) {
          response.write(`${JSON.stringify({ status: `Loading layer ${count}` })}\r\n`);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        response.end();
      })();
    await send({ silenceMs: 1000 });
    handle = (request) => void request.resume();
    expect(await failureOf(send({ silenceMs: 300 }))).toMatchObject({
      kind: "timeout",
      waitedFor: "the Docker daemon on node1 to answer POST /images/load?quiet=0",
    });
    await expect.poll(() => server.seen.openChannels).toBe(0);
    handle = () => undefined;
    expect(await failureOf(send({ silenceMs: 300, open: bodyOf(2000) }))).toMatchObject({ kind: "timeout" });
  });

  it("end on abort with the signal's reason, and the engine sees that the body has no end", async () => {
    const cancel = new AbortController();
    const reason = new Error("cancelled");
    let broken = false;
    handle = (request) => {
      request.once("error", () => (broken = true));
      request.once("data", () => cancel.abort(reason));
      request.resume();
    };
    await expect(send({ open: bodyOf(2000), signal: cancel.signal })).rejects.toBe(reason);
    await expect.poll(() => broken).toBe(true);
    await expect.poll(() => server.seen.openChannels).toBe(0);
    handle = (_request, response) => json(response, 200, {});
    expect(await engine.request("GET", "/info")).toEqual({});
  });

  it("go through nc where the client is too old", async () => {
    await stop();
    await start({ FAKE_DOCKER_OLD: "docker: 'system' is not a docker command.\n" });
    handle = (request, response) =>
      void text(request).then((body) => say(response, { stream: String(body.length) }));
    const heard: unknown[] = [];
    await send({ onMessage: (message) => heard.push(message) });
    expect(heard).toEqual([{ stream: String(32 * part.length) }]);
  });
});

describe("dispose", () => {
  it("fails what is pending or comes later, ends its streams, and leaves the remote open", async () => {
    handle = () => undefined;
    const pending = failureOf(engine.request("GET", "/info"));
    await expect.poll(() => requests.length, { timeout: 3000 }).toBe(1);
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    expect(await pending).toMatchObject({ kind: "unreachable" });
    expect(await failureOf(engine.request("GET", "/info"))).toMatchObject({ kind: "unreachable" });
    await expect.poll(() => server.seen.openChannels).toBe(0);
    expect((await remote.run({ argv: ["true"] })).exitCode).toBe(0);
  });
});
