import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { commands } from "../../../src/cli/commands.ts";
import { loadCluster } from "../../../src/cluster/load.ts";
import { readText } from "../../../src/system/files.ts";
import { programFile } from "../../support/call-program.ts";
import { runProgram, temporaryDirectory } from "../../support/program.ts";

describe("swarmlab", () => {
  it.each([[["--help"]], [[]]])("lists every command with %j", async (args) => {
    const { exitCode, stdout, stderr } = await runProgram(await temporaryDirectory(), args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const listed = [...stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name);
    const groups = new Set(commands.map(({ name }) => name.split(" ")[0]));
    expect(listed).toEqual([...groups, "help"]);
  });

  it("says the version of its package", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { readonly version: string };
    const { stdout } = await runProgram(await temporaryDirectory(), ["--version"]);
    expect(stdout).toBe(`${version}\n`);
  });

  it("knows what was meant by a wrong word, and shows no stack", async () => {
    const { exitCode, stdout, stderr } = await runProgram(await temporaryDirectory(), ["statsu"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("unknown command 'statsu'");
    expect(stderr).toContain("Did you mean status?");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    ["a wrong word", ["--json", "statsu"], "usage", 2],
    ["a wrong place", ["--json", "--dir", "/nowhere", "init"], "usage", 2],
    ["a provider it does not know", ["destroy", "--json", "--provider", "xyzzy"], "config", 2],
  ])("tells of %s as one JSON object", async (_, args, kind, exitCode) => {
    const ended = await runProgram(await temporaryDirectory(), args);
    expect(ended.exitCode).toBe(exitCode);
    expect(JSON.parse(ended.stdout)).toMatchObject({ schemaVersion: 1, failure: { kind, exitCode } });
  });

  it("points at the line of swarmlab.yaml that is wrong", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "swarmlab.yaml"), "name: lint\nmanagers: many\n");
    const { exitCode, stderr } = await runProgram(directory, ["doctor"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("swarmlab.yaml:2:11");
  });

  it.each([[["--help"]], [["doctor"]], [["status"]]])(
    "ends quietly when nobody reads on: %j | true",
    async (args) => {
      const directory = await temporaryDirectory();
      await writeFile(join(directory, "swarmlab.yaml"), "name: lint-pipe\n");
      const script = '"$@" | true; echo "${PIPESTATUS[0]}"';
      const { stdout, stderr } = await execa(
        "bash",
        ["-c", script, "bash", process.execPath, programFile, ...args],
        { cwd: directory, env: { SWARMLAB_HOME: join(directory, "home") } },
      );
      // 3: something is missing on this host, such as root.
      expect(["0", "3"]).toContain(stdout);
      expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    },
  );
});

describe("swarmlab init", () => {
  it("writes a file that loads without a warning, and what editors complete from", async () => {
    const directory = await temporaryDirectory();
    const { exitCode, stdout } = await runProgram(directory, ["init", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, file: join(directory, "swarmlab.yaml") });
    const { cluster, warnings } = await loadCluster({ directory, readText, overrides: {} });
    expect(cluster.machines.map(({ name }) => name)).toEqual(["manager", "node1", "node2"]);
    expect(warnings).toEqual([]);
    const state = join(directory, ".swarmlab");
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(state, "swarmlab.schema.json"), "utf8")).toContain('"$schema"');
  });

  it("writes another file for machines that exist already", async () => {
    const directory = await temporaryDirectory();
    expect((await runProgram(directory, ["init", "--provider", "hosts"])).exitCode).toBe(0);
    const { cluster, warnings } = await loadCluster({ directory, readText, overrides: {} });
    expect(Object.keys(cluster.hosts ?? {})).toEqual(["manager", "node1"]);
    expect(warnings).toEqual([]);
  });

  it("overwrites nothing", async () => {
    const directory = await temporaryDirectory();
    const lab = join(directory, "lab");
    await mkdir(lab);
    await writeFile(join(lab, "swarmlab.yaml"), "name: mine\n");
    const { exitCode, stderr } = await runProgram(directory, ["--dir", "lab", "init"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("exists already");
    expect(await readFile(join(lab, "swarmlab.yaml"), "utf8")).toBe("name: mine\n");
  });
});

describe("swarmlab doctor --json", () => {
  interface Report {
    readonly schemaVersion: number;
    readonly chosen: string;
    readonly healthy: boolean;
    readonly providers: readonly {
      readonly name: string;
      readonly problems: readonly Readonly<Record<string, string>>[];
    }[];
  }

  it("judges each provider, and its exit code says the verdict", async () => {
    const { exitCode, stdout } = await runProgram(await temporaryDirectory(), ["doctor", "--json"]);
    const report = JSON.parse(stdout) as Report;
    expect(report.schemaVersion).toBe(1);
    expect(report.providers.map(({ name }) => name)).toContain(report.chosen);
    expect(exitCode).toBe(report.healthy ? 0 : 3);
  });

  it("names the cure of all that is missing on a host with nothing", async () => {
    const env = { PATH: await temporaryDirectory() };
    const { exitCode, stdout } = await runProgram(await temporaryDirectory(), ["doctor", "--json"], env);
    const { healthy, providers } = JSON.parse(stdout) as Report;
    expect({ exitCode, healthy }).toEqual({ exitCode: 3, healthy: false });
    const problems = providers.flatMap((provider) => provider.problems);
    expect(problems.map(({ what }) => what)).toContain("systemd-nspawn is not installed");
    expect(problems.filter(({ remedy = "" }) => remedy === "")).toEqual([]);
  });
});
