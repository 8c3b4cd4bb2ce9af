import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { type HostFacts, hostFactsScript, parseHostFacts } from "../../../../src/machine/hosts/host-facts.ts";
import { hostProblems, judgeHost } from "../../../../src/machine/hosts/host-problems.ts";
import { FailureError } from "../../../../src/failure.ts";
import { ScriptedRemote } from "../../../support/scripted-remote.ts";
import { clusterOf } from "../../../support/vagrant-hosts.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures/host-machine");
const { signal } = new AbortController();
const spec = { address: "web.example.org", port: 2222, user: "admin" };
const known = { spec, address: "192.0.2.17" };
const whole: HostFacts = {
  init: "systemd",
  hasEngine: true,
  packages: "apt-get",
  addresses: ["127.0.0.1", "192.0.2.17", "172.17.0.1"],
  isInSwarm: false,
  containers: [],
  takenPorts: [],
};

const judge = (facts: Partial<HostFacts>, its: { install?: boolean; address?: string | undefined } = {}) =>
  judgeHost(
    { docker: { channel: "distribution", install: its.install ?? false } },
    {
      name: "node1",
      known: { ...known, ...("address" in its && { address: its.address }) },
      facts: { ...whole, ...facts },
    },
  ).map(({ severity, where, what }) => `${severity} ${where ?? ""}: ${what}`);

describe("hostFactsScript", () => {
  it("sees addresses, containers of no swarm, and ports that others than Docker have", () => {
    const ports = ["tcp:2377", "tcp:7946", "udp:7946", "udp:4789"];
    const { stdout, stderr } = spawnSync("sh", ["-s", "--", ...ports], {
      input: hostFactsScript,
      encoding: "utf8",
      env: { PATH: `${fixtures}:${process.env["PATH"] ?? ""}` },
    });
    expect(stderr).toBe("");
    expect(parseHostFacts(stdout)).toMatchObject({
      hasEngine: true,
      addresses: ["127.0.0.1", "192.0.2.17", "172.17.0.1"],
      isInSwarm: false,
      containers: ["own-container"],
      takenPorts: ["tcp 2377 (python3)", "udp 4789 (the kernel)"],
    });
  });

  it("is nothing when it did not run to its end", () => {
    expect(parseHostFacts("init=systemd\nengine=yes\n")).toBeUndefined();
  });
});

describe("judgeHost", () => {
  it("has nothing against a machine that is as it should be", () => {
    expect(judge({})).toEqual([]);
  });

  it.each([
    [{ init: "" }, "error node1: its services are started neither by systemd nor by init scripts"],
    [{ hasEngine: false }, "error node1: it has no Docker engine, and none may be installed"],
    [{ addresses: ["10.0.0.5"] }, "error node1: none of its links has the address 192.0.2.17"],
    [
      { takenPorts: ["tcp 2377 (python3)"] },
      "error node1: something else listens on port tcp 2377 (python3)",
    ],
    [{ containers: ["web"] }, "warning node1: containers run there (web)"],
  ])("%j: %s", (facts, problem) => {
    expect(judge(facts)).toEqual([problem]);
  });

  it("lets an engine be installed where that is allowed and can be done", () => {
    expect(judge({ hasEngine: false }, { install: true })).toEqual([]);
    expect(judge({ hasEngine: false, packages: "" }, { install: true })).toEqual([
      "error node1: it has no Docker engine, and none can be installed",
    ]);
  });

  it("does not mind ports and containers of a machine that is in a swarm", () => {
    expect(judge({ isInSwarm: true, takenPorts: ["udp 4789 (the kernel)"], containers: ["web"] })).toEqual(
      [],
    );
  });

  it("wants an address where the name leads to none", () => {
    expect(judge({}, { address: undefined })).toEqual([
      "error node1: web.example.org leads to no IPv4 address on this computer",
    ]);
  });
});

describe("hostProblems", () => {
  const cluster = clusterOf("swarm: { data-path-port: 4790 }");
  const problemsOf = (connect: () => Promise<ScriptedRemote>) =>
    hostProblems(cluster, { name: "node1", known, connect }, signal);

  it("looks at the ports that the cluster needs", async () => {
    const remote = new ScriptedRemote([
      {
        match: "sh -s -- tcp:2377 tcp:7946 udp:7946 udp:4790 tcp:2376",
        result: { stdout: "init=systemd\nengine=yes\naddress=192.0.2.17\nend=yes\n" },
      },
    ]);
    expect(await problemsOf(() => Promise.resolve(remote))).toEqual([]);
    expect(remote.calls[0]).toMatchObject({ sudo: true, stdin: hostFactsScript });
  });

  it("says why it could not look", async () => {
    const remote = new ScriptedRemote([{ match: "sh", result: { exitCode: 1, stderr: "sudo: no\n" } }]);
    expect(await problemsOf(() => Promise.resolve(remote))).toEqual([
      expect.objectContaining({ where: "node1", why: "sudo: no" }),
    ]);
  });

  it("tells a machine that does not answer, and one that stands in the way of it, with a command to try", async () => {
    const unreachable = (machine: string) => () =>
      Promise.reject(
        new FailureError({
          kind: "unreachable",
          machine,
          address: "192.0.2.17",
          reason: "no answer",
          hint: "",
        }),
      );
    expect(await problemsOf(unreachable("node1"))).toMatchObject([
      { where: "node1", what: "it does not let swarmlab in over SSH", why: "no answer" },
    ]);
    const [problem] = await problemsOf(unreachable("bastion"));
    expect(problem?.what).toBe("it does not let swarmlab in over SSH (bastion is on the way to it)");
    expect(problem?.remedy).toContain("ssh -p 2222 admin@web.example.org true");
  });

  it("passes on what must be put right first, and nothing that nobody expects", async () => {
    const wrong = { severity: "error", what: "its host key is not known", remedy: "ssh it" } as const;
    const refused = new FailureError({ kind: "prerequisite", problems: [wrong] });
    expect(await problemsOf(() => Promise.reject(refused))).toEqual([{ ...wrong, where: "node1" }]);
    await expect(problemsOf(() => Promise.reject(new Error("a bug")))).rejects.toThrow("a bug");
  });
});
