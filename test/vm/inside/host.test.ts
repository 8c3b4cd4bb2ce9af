import { readFile, stat } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeLab, type E2eLab } from "../../e2e/lab.ts";
import { measured } from "../../libvirt/figures.ts";

/** An image without a registry: busybox and the libraries it needs. */
const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries 2>/dev/null | docker import - busybox:test`;

/** One task, on a worker: the others' answers can only come over the mesh. It answers with its machine's name. */
const createService = `
  docker service create --detach --no-resolve-image --name web --publish 8080:80 --constraint node.hostname==node1 \
    --hostname '{{.Node.Hostname}}' busybox:test /bin/busybox httpd -f -p 80 -h /etc`;

describe("a host that runs systemd, with cgroup v2 and ip_vs", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "host" });
  });
  afterAll(() => measured("destroy", () => lab.destroy()));

  it("is such a host", async () => {
    expect(await readFile("/proc/1/comm", "utf8")).toBe("systemd\n");
    await stat("/run/systemd/system");
    expect(await readFile("/proc/mounts", "utf8")).toMatch(/ \/sys\/fs\/cgroup cgroup2 /);
  });

  it("gets three machines and a healthy swarm", async () => {
    await measured("up", () => lab.succeed(["up", "--workers", "2"]));
    const { machines, swarm } = await lab.status();
    expect(machines.map(({ name, state, swarm }) => [name, state, swarm?.role])).toEqual([
      ["manager", "running", "manager"],
      ["node1", "running", "worker"],
      ["node2", "running", "worker"],
    ]);
    expect(swarm).toMatchObject({ managers: 1, workers: 2, ready: 3, healthy: true });
  });

  it("a published port answers on each machine, though the only task is on one", async () => {
    await measured("image", () => lab.script("node1", makeImage));
    await lab.script("manager", createService);
    const ask = `until curl --silent --fail --max-time 20 http://127.0.0.1:8080/hostname; do sleep 1; done`;
    const answers = await measured("routing mesh", () => lab.script("all", `timeout 900 sh -c '${ask}'`));
    expect(answers).toEqual({ manager: "node1", node1: "node1", node2: "node1" });
  });
});
