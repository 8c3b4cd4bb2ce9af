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

describeOnRealMachines("images without a registry", () => {
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
});
