import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { readComputerFacts } from "../system/computer-facts.ts";
import { readText } from "../system/files.ts";
import type { ProcessRunner } from "../system/process-runner.ts";

/** What this program may drive on this computer. */
const tools = ["vagrant", "VBoxManage", "virsh", "systemd-nspawn", "docker"];
const toolTimeoutMs = 20_000;

/** Of this program, of what it runs on, and of the tools that are there. */
export async function readVersions({ host, processes }: Context): Promise<object> {
  const { platform, architecture, kernelRelease, memoryMiB, cpus } = readComputerFacts();
  const packaged: unknown = JSON.parse(
    (await readText(resolve(host.packageDirectory, "package.json"))) ?? "{}",
  );
  const [interpreter] = host.ownCommand;
  const [node, ...found] = await Promise.all([
    versionOf(processes, interpreter),
    ...tools.map(async (name) => {
      const path = await processes.which(name);
      return [name, path === undefined ? null : await versionOf(processes, path)] as const;
    }),
  ]);
  return {
    swarmlab:
      typeof packaged === "object" && packaged !== null && "version" in packaged ? packaged.version : null,
    node,
    computer: { platform, architecture, kernelRelease, memoryMiB, cpus, isRoot: host.isRoot },
    tools: Object.fromEntries(found),
  };
}

/** The first line of what a program says about its version, or of why it cannot. */
async function versionOf(processes: ProcessRunner, program: string): Promise<string> {
  const { stdout, stderr } = await processes.tryRun({
    argv: [program, "--version"],
    timeoutMs: toolTimeoutMs,
  });
  return (stdout.trim() || stderr.trim()).split("\n", 1).join("");
}
