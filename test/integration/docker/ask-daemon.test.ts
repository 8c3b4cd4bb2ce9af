import { mkdir } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensure, parse, wanted } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";

/** What dockerd answers to `GET /_ping`, as curl of HTTP/1.0 shows it. */
const pong = `HTTP/1.0 200 OK
Api-Version: 1.47
Cache-Control: no-cache, no-store, must-revalidate
Content-Length: 2
Content-Type: text/plain; charset=utf-8
Docker-Experimental: false
Ostype: linux
Pragma: no-cache
Server: Docker/27.5.1 (linux)
Date: Mon, 30 Nov 2026 15:00:00 GMT

OK`.replaceAll("\n", "\r\n");

/** Its other answers, as to HTTP/1.0 too. */
const answerWith = (status: string, body: string): string =>
  `HTTP/1.0 ${status}\r\nContent-Type: application/json\r\nServer: Docker/27.5.1 (linux)\r\n\r\n${body}\n`;
const requestOf = (path: string): string => `GET ${path} HTTP/1.0\r\n\r\n`;

/** Listens where the machine's daemon would, and keeps what it was asked. */
async function listenAs(machine: PretendedMachine, answer: (socket: Socket, request: string) => void) {
  await mkdir(join(machine.root, "var/run"), { recursive: true });
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (data) => {
      requests.push(data.toString());
      answer(socket, data.toString());
    });
  });
  await new Promise<void>((resolve) => server.listen(join(machine.root, "var/run/docker.sock"), resolve));
  return {
    requests,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe("a daemon that listens at its socket", () => {
  it("is asked there, and no client is started for that; what else it tells is handed on", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const info = '{"ID":"e1",\n"Swarm":{"Error":"a \\"b\\" = c\\n"}}';
    const answers = new Map([
      [requestOf("/_ping"), pong],
      [requestOf("/info"), answerWith("200 OK", info)],
      [requestOf("/networks/ingress"), answerWith("404 Not Found", '{"message":"not found"}')],
    ]);
    using daemon = await listenAs(machine, (socket, request) => socket.end(answers.get(request) ?? ""));
    const { heard, ...done } = await ensure(machine, {});
    expect(done).toEqual({ configured: false, service: "kept", version: "27.5.1" });
    expect([...(heard ?? [])]).toEqual([["/info", parse(info)]]);
    expect(daemon.requests).toEqual([...answers.keys()]);
  });

  it("has answered where it tells nothing more within a second, as one whose swarm has no leader", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    using daemon = await listenAs(machine, (socket, request) => {
      if (request === requestOf("/_ping")) socket.end(pong);
    });
    expect(await ensure(machine, {})).toEqual({ configured: false, service: "kept", version: "27.5.1" });
    expect(daemon.requests).toEqual([requestOf("/_ping"), requestOf("/info")]);
  });

  it("hands on nothing of what it told before it was changed", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const told = answerWith("200 OK", "{}");
    using daemon = await listenAs(machine, (socket, request) =>
      socket.end(request === requestOf("/_ping") ? pong : told),
    );
    const done = await ensure(machine, wanted);
    expect(done).toMatchObject({ configured: true });
    expect(done).not.toHaveProperty("heard");
    expect(daemon.requests.slice(0, 2)).toEqual([requestOf("/_ping"), requestOf("/info")]);
  });

  it("is silent where it lets clients connect and says nothing", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    using daemon = await listenAs(machine, () => undefined);
    await machine.write("proc/42/status", "Name:\tdockerd\nState:\tT (stopped)\n");
    expect(await ensure(machine, wanted)).toMatchObject({ service: "restarted, as it did not answer" });
    expect(daemon.requests).toHaveLength(1);
  });
});
