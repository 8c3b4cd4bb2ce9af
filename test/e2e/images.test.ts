import { execFile } from "node:child_process";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DockerEnvironment } from "../../src/app/env.ts";
import type { ImageListReport } from "../../src/app/image-list.ts";
import type { ImageLoadReport } from "../../src/app/image-load.ts";
import { expectExit } from "./cli.ts";
import { unpackDockerCli } from "./docker-clients.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);

/** An image without a registry; what it holds cannot be compressed. */
const makeImage = (name: string, megabytes: number): string => `
  head -c ${megabytes}M /dev/urandom > /tmp/content
  tar -c -C /tmp content | docker import - ${name}
  rm /tmp/content`;

/** A registry that stands for the one beyond the machines; it says what it is asked for. */
const startUpstream = `
  echo '{"version":"0.1","storage":{"filesystem":{"rootdirectory":"/tmp/upstream"}},"http":{"addr":":5000"}}' > /tmp/upstream.json
  sudo systemd-run --quiet --unit e2e-upstream docker-registry serve /tmp/upstream.json
  until curl -fs localhost:5000/v2/; do sleep 0.2; done
  ${makeImage("localhost:5000/library/e2e-pulled:1", 1)}
  docker push --quiet localhost:5000/library/e2e-pulled:1`;

/** What of an image it was asked for. */
const askedUpstream =
  "sudo journalctl -u e2e-upstream -o cat | grep -o '\"GET /v2/library/e2e-pulled/blobs/[^ ]*'";

/** Manifest, configuration and layer are kept while they are passed on. */
const keptParts = "sudo find /var/lib/swarmlab-image-cache -path '*/blobs/*' -name data | wc -l";

/** Where the image cache listens, and what of it is on disk. */
const cacheTraces = `
  ss -ltn | grep -o '[^ ]*:5080 '
  for path in /etc/docker /etc/systemd/system /etc/systemd/system/multi-user.target.wants /var/lib; do ls -d $path/swarmlab-image-cache* 2>/dev/null; done; true`;

describeOnRealMachines("images on the machines", () => {
  let lab: E2eLab;
  let tools: string;
  /** Makes the engine of node1 this computer's own, for the docker CLI. */
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    tools = await unpackDockerCli();
    lab = await makeLab({ label: "images" });
    await lab.succeed(["up"]);
    const { stdout } = await lab.succeed(["env", "node1", "--json"]);
    const { variables } = JSON.parse(stdout) as DockerEnvironment;
    const path = `${join(tools, "usr/bin")}:${process.env["PATH"] ?? ""}`;
    env = { ...(variables as Readonly<Record<string, string>>), PATH: path };
    await lab.script("node1", `${makeImage("e2e-app:1", 1)}; ${makeImage("e2e-large:1", 30)}`);
  });
  afterAll(async () => {
    await lab.destroy();
    await rm(tools, { recursive: true });
  });

  const config = ({ name }: E2eLab): string => `name: ${name}\nprovider: nspawn\n`;
  const load = async (...args: readonly string[]) => {
    const { stdout } = await lab.succeed(["image", "load", "--json", ...args], { env });
    const { loaded } = JSON.parse(stdout) as ImageLoadReport;
    return loaded.map(({ machines }) =>
      Object.fromEntries(machines.map(({ name, change }) => [name, change])),
    );
  };
  const whereIs = async (image: string) => {
    const { stdout } = await lab.succeed(["image", "list", "--json"]);
    const { images } = JSON.parse(stdout) as ImageListReport;
    return images.filter(({ name }) => name === image).map(({ machines }) => machines);
  };
  const expectNothingLeft = async () =>
    expect(await readdir(join(lab.directory, ".swarmlab"))).not.toContain("image-load");

  it("come from this computer's engine to the machines that lack them, once", async () => {
    expect(await load("e2e-app:1")).toEqual([{ manager: "loaded", node1: "unchanged", node2: "loaded" }]);
    expect(await whereIs("e2e-app:1")).toEqual([["manager", "node1", "node2"]]);
    expect(await load("e2e-app:1")).toEqual([
      { manager: "unchanged", node1: "unchanged", node2: "unchanged" },
    ]);
    await expectNothingLeft();
  });

  it("come from an archive to chosen machines; where only the name is missing, nothing is sent", async () => {
    const archive = join(lab.directory, "app.tar");
    await execute("docker", ["save", "--output", archive, "e2e-app:1"], { env });
    await lab.script("node1", "docker image rm e2e-app:1");
    await lab.script("node2", "docker tag e2e-app:1 e2e-other:1 && docker image rm e2e-app:1");
    expect(await whereIs("e2e-app:1")).toEqual([["manager"]]);
    expect(await load("app.tar", "--on", "workers")).toEqual([{ node1: "loaded", node2: "tagged" }]);
    expect(await whereIs("e2e-app:1")).toEqual([["manager", "node1", "node2"]]);
  });

  it("are listed with the machines that have them", async () => {
    const { stdout } = await lab.succeed(["image", "list"]);
    expect(stdout).toMatch(/^e2e-app:1 +\w{12} +1\.\d+ MB +all$/m);
    expect(stdout).toMatch(/^e2e-large:1 +\w{12} +3\d\.\d MB +node1$/m);
  });

  it.each([
    [["missing:1"], "there is neither a file missing:1 nor an image missing:1"],
    [["./missing.tar"], "there is no file "],
    [["swarmlab.yaml"], "swarmlab.yaml is no archive of images: "],
    [["app.tar", "--on", "node9"], "node9"],
    [[], "missing required argument 'image'"],
  ])("cannot be loaded from what is none, or to machines that are none: %j", async (args, reason) => {
    const { stderr } = expectExit(await lab.run(["image", "load", ...args], { env }), 2);
    expect(stderr).toContain(reason);
  });

  it("are not loaded at all where one of several is none", async () => {
    const args = ["image", "load", "e2e-large:1", "swarmlab.yaml"];
    expectExit(await lab.run(args, { env }), 2);
    expect(await whereIs("e2e-large:1")).toEqual([["node1"]]);
    await expectNothingLeft();
  });

  it("leave nothing on this computer after Ctrl-C, and are loaded the next time", async () => {
    const loading = lab.start(["image", "load", "--json", "e2e-large:1"], { env });
    await loading.sees('"id":"image/load/manager","state":"started"');
    expect((await stat(join(lab.directory, ".swarmlab/image-load"))).mode & 0o777).toBe(0o700);
    loading.kill("SIGINT");
    expectExit(await loading.done, 130);
    await expectNothingLeft();
    expect(await whereIs("e2e-large:1")).toEqual([["node1"]]);
    expect(await load("e2e-large:1")).toEqual([{ manager: "loaded", node1: "unchanged", node2: "loaded" }]);
  });

  it("are pulled once for all machines where the first manager has a cache", async () => {
    const { machines } = await lab.status();
    const addressOf = (name: string) => machines.find((machine) => machine.name === name)?.address ?? "";
    await lab.writeFile(`${config(lab)}docker: { cache: "http://${addressOf("node2")}:5000" }\n`);
    const planned = await lab.succeed(["up", "--dry-run"]);
    expect(planned.stdout).toContain("start the image cache");
    expect((await lab.succeed(["up"])).stderr).toContain(
      "image cache started, waiting for docker.cache to answer",
    );
    await lab.script("node2", startUpstream);
    const listens = async () => (await lab.script("manager", cacheTraces))["manager"];
    await expect.poll(listens, { timeout: 30_000 }).toContain(`${addressOf("manager")}:5080`);

    const pull = (machine: string) => lab.script(machine, "docker pull --quiet e2e-pulled:1");
    expect(await pull("manager")).toEqual({ manager: "docker.io/library/e2e-pulled:1" });
    await expect.poll(() => lab.script("manager", keptParts)).toEqual({ manager: "3" });
    const asked = await lab.script("node2", askedUpstream);
    expect(new Set(asked["node2"]?.split("\n")).size).toBe(2);
    expect(await pull("node1")).toEqual({ node1: "docker.io/library/e2e-pulled:1" });
    expect(await lab.script("node2", askedUpstream)).toEqual(asked);
    expect((await lab.succeed(["up", "--dry-run"])).stdout).not.toContain("image cache");
  });

  it("are pulled without a cache again when it is switched off, and nothing of it is left", async () => {
    expect(await lab.script("workers", cacheTraces)).toEqual({ node1: "", node2: "" });
    await lab.writeFile(config(lab));
    expect((await lab.succeed(["up"])).stderr).toContain("image cache removed");
    const mirrors = "docker info --format '{{json .RegistryConfig.Mirrors}}'";
    const left = await lab.script("all", `${mirrors}; ${cacheTraces}`);
    expect(new Set(Object.values(left).map((text) => text.replace("null", "[]")))).toEqual(new Set(["[]"]));
  });
});
