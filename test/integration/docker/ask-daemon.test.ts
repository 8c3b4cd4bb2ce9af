import { mkdir } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensure, wanted } from "../../support/daemon-fixtures.ts";
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

/** Listens where the machine's daemon would, and keeps what it was asked. */
async function listenAs(machine: PretendedMachine, answer: (socket: Socket) => void) {
  await mkdir(join(machine.root, "var/run"), { recursive: true });
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (data) => {
      requests.push(data.toString());
      answer(socket);
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
  it("is asked there, and no client is started for that", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    using daemon = await listenAs(machine, (socket) => socket.end(pong));
    expect(await ensure(machine, {})).toMatchObject({ service: "kept", version: "27.5.1" });
    expect(daemon.requests).toEqual(["GET /_ping HTTP/1.0\r\n\r\n"]);
  });

  it("is silent where it lets clients connect and says nothing", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    using daemon = await listenAs(machine, () => undefined);
    await machine.write("proc/42/status", "Name:\tdockerd\nState:\tT (stopped)\n");
    expect(await ensure(machine, wanted)).toMatchObject({ service: "restarted, as it did not answer" });
    expect(daemon.requests).toHaveLength(1);
  });
});
