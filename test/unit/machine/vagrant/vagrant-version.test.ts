import { describe, expect, it } from "vitest";
import type { ToolAnswer } from "../../../../src/machine/vagrant/ask-tool.ts";
import { rememberVagrantVersion } from "../../../../src/machine/vagrant/ask-tool.ts";
import {
  judgePair,
  judgeVagrant,
  parseVagrantVersion,
} from "../../../../src/machine/vagrant/vagrant-version.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";
import { silence } from "../../../support/vagrant-hosts.ts";

const says = (stdout: string, stderr = ""): ToolAnswer => ({ kind: "answer", exitCode: 0, stdout, stderr });
const whats = (answer: ToolAnswer, architecture = "x64") =>
  judgeVagrant(answer, architecture).map(({ what }) => what);

describe("parseVagrantVersion", () => {
  it("finds the version among warnings", () => {
    expect(parseVagrantVersion("Vagrant 2.3.4\n")).toBe("2.3.4");
    expect(parseVagrantVersion("warning: parser/current is loading\nVagrant 2.4.10.dev\n")).toBe(
      "2.4.10.dev",
    );
    expect(parseVagrantVersion("vagrant: command failed")).toBeUndefined();
  });
});

describe("judgeVagrant", () => {
  it.each(["2.2.19", "2.3.4", "2.4.9"])("has nothing against %s", (version) => {
    expect(judgeVagrant(says(`Vagrant ${version}\n`), "x64")).toEqual([]);
  });

  it("names setup when there is none", () => {
    expect(judgeVagrant({ kind: "missing" }, "x64")).toMatchObject([
      { severity: "error", what: "vagrant is not installed", remedy: "swarmlab setup" },
    ]);
  });

  it("refuses an old one, one that does not answer and one that tells nothing", () => {
    expect(whats(says("Vagrant 2.2.14\n"))).toEqual(["Vagrant 2.2.14 is too old: 2.2.19 or later is needed"]);
    expect(whats({ kind: "silent" })).toEqual(["vagrant does not answer"]);
    expect(judgeVagrant(says("", "Gem::MissingSpecError"), "x64")).toMatchObject([
      { what: "vagrant --version tells no version", why: "Gem::MissingSpecError" },
    ]);
  });

  it("wants one that knows architectures on another than x64", () => {
    expect(whats(says("Vagrant 2.3.4\n"), "arm64")).toEqual([
      "Vagrant 2.3.4 is too old: 2.4.0 or later is needed",
    ]);
    expect(whats(says("Vagrant 2.4.0\n"), "arm64")).toEqual([]);
  });
});

describe("judgePair", () => {
  it.each([
    ["2.2.19", "6.1.50"],
    ["2.3.4", "7.0.20"],
    ["2.4.2", "7.1.4"],
    ["2.4.9", "7.2.0"],
    ["2.4.9", "6.1.50"],
  ])("has nothing against Vagrant %s with VirtualBox %s", (vagrant, virtualBox) => {
    expect(judgePair(vagrant, virtualBox)).toEqual([]);
  });

  it.each([
    ["2.2.19", "7.0.20", "2.3.2", "6.1"],
    ["2.3.4", "7.1.4", "2.4.2", "7.0"],
    ["2.4.1", "7.1.0", "2.4.2", "7.0"],
    ["2.4.8", "7.2.0", "2.4.9", "7.1"],
  ])(
    "Vagrant %s with VirtualBox %s needs Vagrant %s or VirtualBox %s",
    (vagrant, virtualBox, needed, series) => {
      const [problem] = judgePair(vagrant, virtualBox);
      expect(problem?.severity).toBe("error");
      expect(problem?.remedy).toContain(`Install Vagrant ${needed} or later`);
      expect(problem?.remedy).toContain(`a VirtualBox of series ${series}.`);
    },
  );

  it("only warns of a VirtualBox that is newer than it knows", () => {
    expect(judgePair("2.4.9", "7.3.0")).toMatchObject([{ severity: "warning" }]);
    expect(judgePair("2.4.9", "8.0.0")).toMatchObject([{ severity: "warning" }]);
  });
});

describe("rememberVagrantVersion", () => {
  it("asks once, with a deadline", async () => {
    const processes = new ScriptedProcesses({ "vagrant --version": "Vagrant 2.3.4\n" });
    const ask = rememberVagrantVersion(processes);
    expect(await ask()).toMatchObject({ stdout: "Vagrant 2.3.4\n" });
    expect(await ask()).toMatchObject({ stdout: "Vagrant 2.3.4\n" });
    expect(processes.ran).toEqual([{ argv: ["vagrant", "--version"], timeoutMs: 15_000 }]);
  });

  it("asks again what was not answered, and runs nothing that is not there", async () => {
    const processes = new ScriptedProcesses({ "vagrant --version": silence });
    const ask = rememberVagrantVersion(processes);
    expect([await ask(), await ask()]).toEqual([{ kind: "silent" }, { kind: "silent" }]);
    expect(processes.ran).toHaveLength(2);
    expect(await rememberVagrantVersion(new ScriptedProcesses({}))()).toEqual({ kind: "missing" });
  });

  it("lets other failures through", async () => {
    const processes = new ScriptedProcesses({ "vagrant --version": new Error("boom") });
    await expect(rememberVagrantVersion(processes)()).rejects.toThrow("boom");
  });
});
