import { readdir, readFile, stat } from "node:fs/promises";
import { request as plainRequest, type ClientRequest } from "node:http";
import { request, type RequestOptions } from "node:https";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { UpPlan } from "../../src/app/plan-up.ts";
import { expectExit } from "./cli.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const config = (lab: E2eLab, tcp: string): string =>
  `name: ${lab.name}\nprovider: nspawn\nmanagers: 3\nworkers: 1\ndocker: { tcp: ${tcp} }\n`;

const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries | docker import - e2e-busybox:latest`;

/** The daemon, when it started, and all that configures it. */
const fingerprint = `
  pid=$(pidof dockerd)
  echo "$pid $(cut -d' ' -f22 /proc/$pid/stat)"
  stat -c '%n %y %i' /etc/docker/* /etc/systemd/system/docker.service.d/*`;

describeOnRealMachines("the Docker API by TCP", () => {
  let lab: E2eLab;
  let directory: string;
  /** All that swarmlab has said in its most talkative mode. */
  let said = "";

  const up = async (): Promise<string> => {
    const { stdout, stderr } = await lab.succeed(["up", "--verbose"]);
    said += stdout + stderr;
    return stderr;
  };
  const planned = async () => JSON.parse((await lab.succeed(["up", "--dry-run", "--json"])).stdout) as UpPlan;
  const endpoints = async () => {
    const { machines } = await lab.status();
    return machines.map(({ docker, address }) => (docker?.tcp ?? "none").replace(address ?? "", "ADDRESS"));
  };
  const addressOf = async (name: string) =>
    (await lab.status()).machines.find((machine) => machine.name === name)?.address ?? "";
  const replicas = async () =>
    (await lab.script("manager", "docker service ls --format '{{.ID}} {{.Replicas}}'"))["manager"];

  beforeAll(async () => {
    lab = await makeLab({ label: "tcp", yaml: "managers: 3\nworkers: 1" });
    directory = join("/var/lib/swarmlab/clusters", lab.name, "tls");
    await up();
    await lab.script("all", makeImage);
    await lab.script(
      "manager",
      "docker service create --detach --no-resolve-image --name web --replicas 2 --init e2e-busybox:latest /bin/busybox sleep 86400",
    );
  });
  afterAll(() => lab.destroy());

  it("lets in who has the cluster's certificate, at each machine by name and address", async () => {
    const client = await clientOf(directory);
    for (const { name, address } of (await lab.status()).machines) {
      const info = await ask({ ...client, host: address ?? "", path: "/info" });
      expect(JSON.parse(info)).toMatchObject({ Name: name });
      expect(await ask({ ...client, host: address ?? "", servername: name, path: "/_ping" })).toBe("OK");
    }
    expect(await endpoints()).toEqual(Array(4).fill("tcp://ADDRESS:2376"));
  });

  it("refuses who has no certificate, or that of another cluster's authority, and plain HTTP", async () => {
    const { ca, cert, key } = await clientOf(directory);
    const to = { host: await addressOf("node1"), path: "/_ping" };
    await expect(ask({ ca, ...to })).rejects.toThrow(/certificate required|bad certificate/);
    await expect(ask({ cert, key, ...to })).rejects.toThrow(/self-signed|unable to verify/);
    expect(await askPlain(to.host, 2376)).toContain("HTTP request to an HTTPS server");
    await expect(askPlain(to.host, 2375)).rejects.toThrow("ECONNREFUSED");
  });

  it("listens on the private address only", async () => {
    const ports = await lab.script("all", "ss -Hltn | awk '{print $4}' | grep -E ':237[56]$'");
    const addresses = (await lab.status()).machines.map(({ name, address }) => [
      name,
      `${address ?? ""}:2376`,
    ]);
    expect(ports).toEqual(Object.fromEntries(addresses));
    const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    const hosts = own.filter(({ family }) => family === "IPv4").map(({ address }) => address);
    expect(hosts).toContain("127.0.0.1");
    expect(await Promise.all(hosts.map((host) => listens(host, 2376)))).toEqual(hosts.map(() => false));
  });

  it("keeps keys to their owners", async () => {
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(directory))
      expect([file, (await stat(join(directory, file))).mode & 0o777]).toEqual([file, 0o600]);
    const modes = await lab.script("all", "stat -c '%a %U' /etc/docker/swarmlab-server.pem");
    expect(new Set(Object.values(modes))).toEqual(new Set(["600 root"]));
  });

  it("a second up changes nothing", async () => {
    const look = async () => ({
      machines: await lab.script("all", fingerprint),
      keys: await readFile(join(directory, "key.pem"), "utf8"),
    });
    const before = await look();
    await up();
    expect(await look()).toEqual(before);
  });

  it("a daemon that does not come up runs as before, and the managers are left alone", async () => {
    const before = await lab.script("managers", fingerprint);
    // Somebody else has the port.
    const taken =
      "sudo systemd-run --quiet --unit=taken /bin/busybox httpd -f -h /mnt -p $(hostname -i):2375";
    await lab.script("node1", taken);
    await lab.writeFile(config(lab, "insecure"));
    const { stderr } = expectExit(await lab.run(["up"]), 1);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("bind: address already in use");
    expect(stderr).toContain("The configuration from before is in force again.");
    await lab.script("node1", "sudo systemctl stop taken");
    expect(await lab.script("managers", fingerprint)).toEqual(before);
    const client = await clientOf(directory);
    expect(await ask({ ...client, host: await addressOf("node1"), path: "/_ping" })).toBe("OK");
  });

  it("no private key is in what was said, in logs, or in the arguments of processes", async () => {
    const names = (await readdir(directory)).filter((file) => file.endsWith("key.pem"));
    const own = await Promise.all(names.map((file) => readFile(join(directory, file), "utf8")));
    const theirs = Object.values(await lab.script("all", "sudo cat /etc/docker/swarmlab-server.pem"));
    // The first line of PKCS#8 ends within the secret.
    const secrets = [...own, ...theirs].map((pem) => /PRIVATE KEY-----\n(.+)\n/.exec(pem)?.[1] ?? "");
    expect(new Set(secrets).size).toBe(6);
    const grep = `sudo journalctl --no-pager; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`;
    const seen = [said, ...Object.values(await lab.script("all", grep))].join("\n");
    expect(seen).toContain("dockerd");
    expect(secrets.filter((secret) => secret === "" || seen.includes(secret))).toEqual([]);
  });

  it.each([
    ["off", "none"],
    ["insecure", "tcp://ADDRESS:2375"],
  ])(
    "becomes %s with one up, machine by machine, managers last, and the service lives on",
    async (tcp, endpoint) => {
      await expect.poll(replicas, { timeout: 30_000, interval: 500 }).toContain(" 2/2");
      const before = { ids: await nodeIds(lab), service: await replicas() };
      await lab.writeFile(config(lab, tcp));
      const { actions } = await planned();
      expect(actions.map(({ machine, action }) => `${machine}: ${action}`)).toEqual(
        ["manager", "manager2", "manager3", "node1"].map((name) => `${name}: restart its Docker daemon`),
      );
      expect(actions[0]?.reason).toContain("docker.tcp");
      const printed = await up();
      const order = [...printed.matchAll(/^Daemons, one after the other > (\w+): done/gm)].map(
        ([, name]) => name,
      );
      expect(order).toEqual(["node1", "manager3", "manager2", "manager"]);
      expect(printed.includes("INSECURE")).toBe(tcp === "insecure");
      expect(await endpoints()).toEqual(Array(4).fill(endpoint));
      expect((await lab.status()).swarm.healthy).toBe(true);
      await expect.poll(replicas, { timeout: 30_000, interval: 500 }).toBe(before.service);
      expect(await nodeIds(lab)).toEqual(before.ids);
      const address = await addressOf("manager");
      if (tcp === "insecure") expect(await askPlain(address, 2375)).toBe("OK");
      else await expect(askPlain(address, 2375)).rejects.toThrow("ECONNREFUSED");
      expect(await listens(address, 2376)).toBe(false);
      // The local client needs no port.
      expect(await lab.script("node1", "docker info --format '{{.Name}}'")).toEqual({ node1: "node1" });
    },
  );
});

async function clientOf(directory: string) {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((file) => readFile(join(directory, file), "utf8")),
  );
  return { ca, cert, key };
}

function ask(options: RequestOptions): Promise<string> {
  return bodyOf(request({ port: 2376, agent: false, ...options }));
}

function askPlain(host: string, port: number): Promise<string> {
  return bodyOf(plainRequest({ host, port, path: "/_ping", agent: false }));
}

function bodyOf(asked: ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    asked.on("response", (answer) => {
      text(answer).then((body) => resolve(body.trim()), reject);
    });
    asked.on("error", reject).end();
  });
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const answer = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on("connect", answer(true)).on("error", answer(false)).on("timeout", answer(false));
  });
}
