import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { callProgram, type Called } from "../../support/call-program.ts";
import { temporaryDirectory } from "../../support/program.ts";

describe("several calls in one process", () => {
  it("say each what it has to say, at the same time", async () => {
    const directories = [await temporaryDirectory(), await temporaryDirectory()];
    const [wrong, ...right] = await Promise.all([
      call(await temporaryDirectory(), ["statsu"]),
      ...directories.map((directory) => call(directory, ["init"])),
    ]);
    expect(right.map(({ stdout }) => stdout)).toEqual(
      directories.map((directory) => `Wrote ${join(directory, "swarmlab.yaml")}\n`),
    );
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toContain("Did you mean status?");
  });

  it("have each a working directory of its own", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "lab"));
    await call(directory, ["--dir", "lab", "init"]);
    expect(await readFile(join(directory, "lab/swarmlab.yaml"), "utf8")).toContain("name:");
    const { stdout } = await call(directory, ["--dir", "lab", "render", "--provider", "virtualbox"]);
    expect(stdout).toContain("Vagrant.configure");
  });

  it("have each an environment of its own, which is that of the processes they start", async () => {
    const tools = await toolsWith("vagrant", 'echo "Vagrant $SWARMLAB_TEST_VERSION"');
    const versions = await Promise.all(
      ["2.1.1", "2.2.2"].map(async (version) => {
        const env = { PATH: tools, SWARMLAB_TEST_VERSION: version };
        return (await call(await temporaryDirectory(), ["doctor", "--provider", "virtualbox"], env)).stdout;
      }),
    );
    expect(versions).toEqual([expect.stringContaining("2.1.1"), expect.stringContaining("2.2.2")]);
  });

  it.each(["doctor", "lab list"])("say once what is to be said of swarmlab.yaml: %s", async (command) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "swarmlab.yaml"), "docker: { tcp: insecure }\n");
    const { stderr } = await call(directory, command.split(" "));
    expect(stderr.split("INSECURE")).toHaveLength(2);
  });

  it("leave nothing behind", async () => {
    const before = footprint();
    const directory = await temporaryDirectory();
    for (const args of [["doctor", "--json"], ["status"], ["statsu"], ["render", "--json"], ["--version"]])
      expect(typeof (await call(directory, args)).exitCode).toBe("number");
    expect(footprint()).toEqual(before);
  });
});

async function call(
  directory: string,
  args: readonly string[],
  own: NodeJS.ProcessEnv = {},
): Promise<Called> {
  const env = { ...process.env, SWARMLAB_HOME: join(directory, "home"), NO_COLOR: "1", ...own };
  return callProgram(args, { directory, input: "", env, timeoutMs: 15_000 });
}

/** A directory with one program, which is a shell script. */
async function toolsWith(name: string, script: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return directory;
}

/** What a call could leave in its process: listeners, connections, processes, and settings. Requests and timers come and go with the test runner itself. */
function footprint(): unknown {
  const listeners = process.eventNames().map((event) => [String(event), process.listenerCount(event)]);
  return {
    listeners: Object.fromEntries(listeners) as unknown,
    resources: process.getActiveResourcesInfo().filter((kind) => kind.endsWith("Wrap")),
    directory: process.cwd(),
    exitCode: process.exitCode,
    environment: { ...process.env },
  };
}
