import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { SupportReport } from "../../../src/app/support.ts";
import { runProgram, temporaryDirectory } from "../../support/program.ts";

/** A lab directory of a cluster that does not exist. */
async function labWith(yaml: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, "swarmlab.yaml"), yaml);
  return directory;
}

/** What a file in the archive holds. */
async function inside(archive: string, path: string): Promise<string> {
  const { stdout } = await execa("tar", ["-xzOf", archive, "--wildcards", `*/${path}`]);
  return stdout;
}

describe("swarmlab support", () => {
  it("tells of this computer and of what is asked for where there is no cluster", async () => {
    const directory = await labWith(`name: lint-support
provider: nspawn
docker: { daemon: { proxies: { http-proxy: "http://me:hunter2@proxy.example:3128" } } }
`);
    await mkdir(join(directory, ".swarmlab"), { mode: 0o700 });
    await writeFile(join(directory, ".swarmlab/progress.json"), '{"token":"hunter2"}');
    await writeFile(join(directory, ".swarmlab/unlock-key"), "SWMKEY-1-hunter2");
    const { exitCode, stdout } = await runProgram(directory, ["support", "--json"]);
    expect(exitCode).toBe(0);
    const { file, files, missing } = JSON.parse(stdout) as SupportReport;
    expect(file).toMatch(/\/swarmlab-support-lint-support-\d{8}T\d{6}Z\.tar\.gz$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // Without root the machines cannot be looked at.
    expect(missing.map(({ part }) => part)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^machines/)]),
    );
    expect(JSON.parse(await inside(file, "missing.json"))).toEqual({ schemaVersion: 1, missing });
    expect(JSON.parse(await inside(file, "doctor.json"))).toMatchObject({ schemaVersion: 1 });
    expect(await inside(file, "swarmlab.yaml")).toContain('"http://***@proxy.example:3128"');
    expect(JSON.parse(await inside(file, "state/lab/progress.json"))).toEqual({ token: "***" });
    expect(files.filter((path) => path.includes("unlock"))).toEqual([]);
    expect(await inside(file, "*")).not.toContain("hunter2");
  });

  it("goes where it is told to, over what is there, whatever swarmlab.yaml says", async () => {
    const directory = await labWith("name: lint-support\nmanagers: many\n");
    await writeFile(join(directory, "mine.tar.gz"), "old", { mode: 0o644 });
    const { exitCode, stdout } = await runProgram(directory, ["support", "mine.tar.gz"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  cluster.json: ");
    const file = join(directory, "mine.tar.gz");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await inside(file, "swarmlab.yaml")).toContain("managers: many");
    expect(await inside(file, "missing.json")).toContain("swarmlab.yaml:2:11");
  });

  it("leaves nothing where it cannot write", async () => {
    const directory = await labWith("name: lint-support\n");
    const { exitCode, stderr } = await runProgram(directory, ["support", "no/where.tar.gz"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("where.tar.gz cannot be written");
    expect(await readdir(directory)).toEqual(["swarmlab.yaml"]);
  });

  it("keeps the archive that is there when a new one cannot be made", async () => {
    const directory = await labWith("name: lint-support\n");
    await writeFile(join(directory, "mine.tar.gz"), "old");
    // A host without tar.
    const env = { PATH: await temporaryDirectory() };
    const { exitCode, stderr } = await runProgram(directory, ["support", "mine.tar.gz"], env);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tar") as string,
    });
    expect(await readFile(join(directory, "mine.tar.gz"), "utf8")).toBe("old");
    expect(await readdir(directory)).not.toContain("mine.tar.gz.partial");
  });
});
