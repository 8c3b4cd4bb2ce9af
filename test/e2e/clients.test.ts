import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SshConfig } from "../../src/app/ssh-config.ts";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);

describeOnRealMachines("clients that nobody here wrote", () => {
  let lab: E2eLab;
  let config: SshConfig;

  beforeAll(async () => {
    lab = await makeLab({ label: "clients", yaml: "workers: 1" });
    await lab.succeed(["up"]);
    config = JSON.parse((await lab.succeed(["ssh-config", "--json"])).stdout) as SshConfig;
  });
  afterAll(() => lab.destroy());

  const host = (machine: string): string => config.hosts[machine] ?? "";

  it("ssh and scp reach a machine by the generated configuration", async () => {
    const file = join(lab.directory, "carried over");
    await writeFile(file, "over scp\n");
    await execute("scp", ["-q", "-F", config.file, file, `${host("node1")}:carried`]);
    const { stdout } = await execute("ssh", ["-F", config.file, host("node1"), "hostname; cat carried"]);
    expect(stdout).toBe("node1\nover scp\n");
    expect((await stat(config.file)).mode & 0o777).toBe(0o600);
  });

  it("ssh refuses a machine that shows another key than the pinned one", async () => {
    const knownHosts = join(config.file, "..", "known_hosts");
    const pinned = await readFile(knownHosts, "utf8");
    await writeFile(
      knownHosts,
      pinned.replaceAll(host("node1"), "before").replaceAll(host("manager"), host("node1")),
    );
    await expect(execute("ssh", ["-F", config.file, host("node1"), "true"])).rejects.toThrow(
      "Host key verification failed",
    );
    await lab.succeed(["ssh-config"]);
    await execute("ssh", ["-F", config.file, host("node1"), "true"]);
  });

  it("there is no configuration without a machine that runs", async () => {
    await using empty = await makeLab({ label: "empty" });
    expect(expectExit(await empty.run(["ssh-config"]), 2).stderr).toContain("no machine runs");
  });
});
