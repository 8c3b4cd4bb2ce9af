import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DockerSpec } from "../../../src/cluster/cluster.ts";
import { installEngine } from "../../../src/docker/install-engine.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const bin = join(import.meta.dirname, "../../fixtures/package-machine");
const policy = "usr/sbin/policy-rc.d";
const offers = "20.10.24+dfsg1-1\n20.10.5+dfsg1-1\n19.03.15-1\n";
const dockers = "5:27.1.0-1~debian.12~bookworm\n5:20.10.24~3-0~debian-bookworm\n";
const fromDebian: DockerSpec = { channel: "distribution" };

describe("on Debian", () => {
  it("installs the newest, with what it needs, and holds its services meanwhile", async () => {
    await using machine = await debian({ "docker.io": offers });
    const said: string[] = [];
    await installEngine({ ...call(machine, fromDebian), report: (text) => said.push(text) });
    expect(await machine.fixtureCalls()).toEqual([
      "dpkg --configure -a",
      "apt-get update",
      "apt-get install docker.io=20.10.24+dfsg1-1 apparmor",
    ]);
    expect(said).toEqual([
      "docker: completing what was interrupted",
      "docker: reading the package sources",
      "docker: installing docker.io=20.10.24+dfsg1-1 apparmor",
    ]);
    expect(await machine.read(policy)).toBeUndefined();
    expect(await machine.read("var/lib/swarmlab-install")).toBeUndefined();
  });

  it.each([
    ["20.10", "20.10.24+dfsg1-1"],
    ["20.10.5", "20.10.5+dfsg1-1"],
    ["19.03.15", "19.03.15-1"],
  ])("takes version %s for %s", async (version, chosen) => {
    await using machine = await debian({ "docker.io": offers });
    await install(machine, { ...fromDebian, version });
    expect(await machine.fixtureCalls()).toContain(`apt-get install docker.io=${chosen} apparmor`);
  });

  it("lists the versions on offer where none is as wanted", async () => {
    await using machine = await debian({ "docker.io": offers });
    expect(await failureOf(install(machine, { ...fromDebian, version: "20.1" }))).toMatchObject({
      kind: "prerequisite",
      problems: [{ where: "node1", why: "On offer: 20.10.24+dfsg1-1, 20.10.5+dfsg1-1, 19.03.15-1" }],
    });
    expect(await machine.read(policy)).toBeUndefined();
  });

  it("adds the client where it is a package of its own", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("split-client", "");
    await install(machine, fromDebian);
    expect((await machine.fixtureCalls()).at(-1)).toBe(
      "apt-get install docker.io=20.10.24+dfsg1-1 docker-cli apparmor",
    );
  });

  it("takes Docker's packages from the machine's own sources where they have them", async () => {
    await using machine = await debian({ "docker-ce": dockers, "docker-ce-cli": dockers });
    const repository = "https://docker.example/linux/debian";
    await install(machine, { channel: "docker", version: "20.10", repository });
    const version = "5:20.10.24~3-0~debian-bookworm";
    expect((await machine.fixtureCalls()).at(-1)).toBe(
      `apt-get install docker-ce=${version} containerd.io docker-ce-cli=${version} apparmor`,
    );
    expect(await machine.read("etc/apt/sources.list.d/swarmlab-docker.list")).toBeUndefined();
  });

  it("else from docker.repository", async () => {
    await using machine = await debian({});
    await machine.write("repository/docker-ce", dockers);
    await install(machine, { channel: "docker", repository: "https://docker.example/linux/debian/" });
    const key = join(machine.root, "etc/apt/keyrings/swarmlab-docker.asc");
    expect(await readFile(key, "utf8")).toBe("key\n");
    expect(await machine.read("etc/apt/sources.list.d/swarmlab-docker.list")).toBe(
      `deb [arch=amd64 signed-by=${key}] https://docker.example/linux/debian bookworm stable\n`,
    );
    expect((await machine.fixtureCalls()).at(-1)).toContain("docker-ce=5:27.1.0-1~debian.12~bookworm");
  });

  it("else fails, and says how to set it", async () => {
    await using machine = await debian({ "docker.io": offers });
    const failure = await failureOf(install(machine, { channel: "docker" }));
    expect(failure).toMatchObject({ kind: "prerequisite" });
    expect(failure).toHaveProperty("problems.0.remedy", expect.stringContaining("docker.repository"));
    const repository = "https://nowhere.example";
    expect(await failureOf(install(machine, { channel: "docker", repository }))).toMatchObject({
      problems: [
        {
          what: "the Docker engine could not be installed: curl https://nowhere.example/gpg failed",
          why: "curl: (6) Could not resolve host: nowhere.example",
        },
      ],
    });
  });

  it("waits until others have installed their packages", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("lock", "1\n2\n");
    const said: string[] = [];
    await installEngine({ ...call(machine, fromDebian), report: (text) => said.push(text) });
    expect(said).toContain("docker: waiting until others on the machine have installed their packages");
    expect((await machine.fixtureCalls()).at(-1)).toContain("apt-get install docker.io=");
  });

  it("says which command failed without a network, and changes nothing", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("offline", "");
    expect(await failureOf(install(machine, fromDebian))).toMatchObject({
      kind: "prerequisite",
      problems: [
        {
          what: "the Docker engine could not be installed: apt-get update failed",
          why: "E: Failed to fetch http://packages.example/InRelease  Could not connect",
        },
      ],
    });
    expect(await machine.read(policy)).toBeUndefined();
    expect(await machine.read("var/lib/swarmlab-install")).toBeUndefined();
  });

  it("remembers an installation that failed, for the next one", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("refuse", "E: Sub-process /usr/bin/dpkg returned an error code (1)\n");
    expect(await failureOf(install(machine, fromDebian))).toMatchObject({ kind: "prerequisite" });
    expect(await machine.read("var/lib/swarmlab-install")).toBe("");
    expect(await machine.read(policy)).toBeUndefined();
  });

  it("completes an engine that is not whole", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("usr/bin/dockerd", "#!/bin/sh\n", 0o755);
    await machine.write("var/lib/swarmlab-install", "");
    await machine.write("audit", " docker.io\n");
    await install(machine, fromDebian);
    expect((await machine.fixtureCalls()).at(-1)).toBe("apt-get install docker.io=20.10.24+dfsg1-1 apparmor");
    expect(await machine.read("var/lib/swarmlab-install")).toBeUndefined();
  });

  it("does nothing where others have installed an engine meanwhile", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write("usr/bin/dockerd", "#!/bin/sh\n", 0o755);
    await machine.write("var/lib/swarmlab-install", "");
    await install(machine, fromDebian);
    expect(await machine.fixtureCalls()).toEqual(["dpkg --configure -a"]);
    expect(await machine.read("var/lib/swarmlab-install")).toBeUndefined();
  });

  it("leaves a policy of the machine's own alone", async () => {
    await using machine = await debian({ "docker.io": offers });
    await machine.write(policy, "#!/bin/sh\nexit 0\n", 0o755);
    await install(machine, fromDebian);
    expect(await machine.read(policy)).toBe("#!/bin/sh\nexit 0\n");
    expect(await machine.fixtureCalls()).toContain("docker starts");
  });

  it("fails where no source offers an engine", async () => {
    await using machine = await debian({});
    expect(await failureOf(install(machine, fromDebian))).toMatchObject({
      problems: [{ what: "no package source of the machine offers an engine (docker.io)" }],
    });
  });
});

describe("on Fedora and its relatives", () => {
  it.each([
    [{ "moby-engine": "24.0.5-1.fc41\n27.3.1-2.fc41\n" }, fromDebian, "moby-engine-27.3.1-2.fc41"],
    [
      { docker: "20.10.25-1.amzn2\n25.0.3-1.amzn2\n" },
      { ...fromDebian, version: "20.10" },
      "docker-20.10.25-1.amzn2",
    ],
    [
      { "docker-ce": "3:20.10.24-3.el9\n3:27.1.0-1.el9\n" },
      { channel: "docker", version: "20.10" } as const,
      "docker-ce-20.10.24-3.el9 docker-ce-cli-20.10.24-3.el9 containerd.io",
    ],
  ])("of %j for %j: %s", async (packages, docker, installed) => {
    await using machine = await fedora(packages);
    await install(machine, docker);
    expect(await machine.fixtureCalls()).toEqual([`dnf install ${installed}`]);
    expect(await machine.read("var/lib/swarmlab-install")).toBeUndefined();
  });

  it("adds docker.repository", async () => {
    await using machine = await fedora({});
    const repository = "https://docker.example/linux/fedora";
    await failureOf(install(machine, { channel: "docker", repository }));
    const repo = await machine.read("etc/yum.repos.d/swarmlab-docker.repo");
    expect(repo).toContain("baseurl=https://docker.example/linux/fedora/$releasever/$basearch/stable\n");
    expect(repo).toContain("gpgcheck=1\ngpgkey=https://docker.example/linux/fedora/gpg\n");
  });
});

async function debian(packages: Readonly<Record<string, string>>): Promise<PretendedMachine> {
  const machine = await PretendedMachine.create({ bin });
  await machine.write("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
  await machine.write("madison/none", "");
  for (const [name, versions] of Object.entries(packages)) await machine.write(`madison/${name}`, versions);
  return machine;
}

async function fedora(packages: Readonly<Record<string, string>>): Promise<PretendedMachine> {
  const machine = await PretendedMachine.create({ bin });
  await machine.write("etc/os-release", 'ID="fedora"\n');
  for (const [name, versions] of Object.entries(packages)) await machine.write(`dnf/${name}`, versions);
  return machine;
}

function call(remote: PretendedMachine, docker: DockerSpec) {
  return { remote, docker, signal: new AbortController().signal, report: () => undefined };
}

const install = (machine: PretendedMachine, docker: DockerSpec) => installEngine(call(machine, docker));
