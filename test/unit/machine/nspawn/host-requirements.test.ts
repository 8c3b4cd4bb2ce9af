import { describe, expect, it } from "vitest";
import { hostProblems, planHostSetup } from "../../../../src/machine/nspawn/host-requirements.ts";
import { parseConfig } from "../../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../../src/cluster/resolve.ts";
import { unwrap } from "../../../../src/failure.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
const host = {
  processes: new ScriptedProcesses({ modprobe: "" }),
  clock,
  home: "/tmp",
  templates: "/nowhere",
  platform: "linux",
  warn: (text: string) => {
    throw new Error(text);
  },
};

const bundle = {
  file: "/media/stick/lab.bundle",
  manifest: {
    schemaVersion: 1,
    program: "1.2.3",
    provider: "nspawn",
    box: { architecture: "x64", docker: { channel: "distribution" }, recipe: "0" },
    parts: [],
  },
  members: [],
} as const;

const clusterOf = (yaml: string) =>
  unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {})).cluster;

const boxProblemsOf = async (yaml: string) => {
  const problems = await hostProblems(host, clusterOf(yaml));
  return problems.filter(({ where }) => where === "swarmlab.yaml: box").map(({ what }) => what);
};

describe("hostProblems", () => {
  it("refuses a Vagrant box: nspawn takes a path", async () => {
    expect(await boxProblemsOf("box: bento/debian-12")).toEqual([
      "bento/debian-12 is a Vagrant box, and nspawn takes the path of a root tree",
    ]);
  });

  it("looks at a path as a root tree", async () => {
    expect(await boxProblemsOf("box: /nowhere/tree")).toEqual([
      "/nowhere/tree is not a root tree with systemd",
    ]);
  });

  it.each([
    ["a box is built", host, ["mmdebstrap", "systemd-nspawn"], "swarmlab setup"],
    [
      "a bundle brings the box",
      { ...host, bundle },
      ["systemd-nspawn"],
      expect.stringMatching(/^Install it/),
    ],
  ])("asks for the programs that are needed where %s", async (_, its, programs, remedy) => {
    const problems = await hostProblems(its, clusterOf(""));
    const missing = problems.filter(({ what }) => what.endsWith(" is not installed"));
    const names = missing.map(({ what }) => what.split(" ")[0]);
    expect(names.filter((name) => /^(?:mmdebstrap|systemd-nspawn)$/.test(name ?? "")).sort()).toEqual(
      programs,
    );
    expect(missing.map((problem) => problem.remedy)).toEqual(missing.map(() => remedy as string));
  });

  it("asks for nothing to build with where the cluster has a box of its own", async () => {
    const problems = await hostProblems(host, clusterOf("box: /nowhere/tree"));
    expect(problems.map(({ what }) => what)).not.toContain("mmdebstrap is not installed");
  });
});

describe("planHostSetup", () => {
  const plan = (osRelease: string, script: Readonly<Record<string, string>>) =>
    planHostSetup({ ...host, processes: new ScriptedProcesses(script) }, osRelease);

  it.each([
    ["Debian", "NAME=Debian\nID=debian\n"],
    ["what is like Ubuntu", 'ID=elementary\nID_LIKE="ubuntu"\n'],
    ["what is like both", 'ID="linuxmint"\nID_LIKE="ubuntu debian"\n'],
  ])("drives apt on %s", async (_, osRelease) => {
    const setup = await plan(osRelease, { "apt-get": "" });
    expect(setup?.commands.map(([program, verb]) => `${program} ${verb ?? ""}`)).toEqual([
      "apt-get update",
      "apt-get install",
    ]);
  });

  it.each([
    ["Fedora, where mmdebstrap brings apt", "ID=fedora\n", { "apt-get": "" }],
    ["what only speaks of Debian", 'ID=arch\nNAME="not debian"\n', { "apt-get": "" }],
    ["a Debian without apt", "ID=debian\n", {}],
  ])("names the packages on %s", async (_, osRelease, script) => {
    const setup = await plan(osRelease, script);
    expect(setup?.commands).toEqual([]);
    expect(setup?.instructions[1]).toMatch(/^Fedora: dnf install systemd-container/);
  });
});
