import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { parseConfig } from "../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../src/cluster/resolve.ts";
import { FailureError, unwrap } from "../../src/failure.ts";
import { rememberVagrantVersion } from "../../src/machine/vagrant/ask-tool.ts";
import type { VagrantHost } from "../../src/machine/vagrant/vagrant-host.ts";
import type { ComputerFacts } from "../../src/system/computer-facts.ts";
import { type ScriptedAnswer, ScriptedProcesses } from "./scripted-processes.ts";

/** A computer that stands in no provider's way: 16 GiB, 8 CPUs, one link. */
export const goodFacts: ComputerFacts = {
  platform: "linux",
  architecture: "x64",
  kernelRelease: "6.1.0-25-amd64",
  memoryMiB: 16_384,
  cpus: 8,
  userHome: "/home/someone",
  links: [{ name: "eth0", subnet: "192.0.2.7/24" }],
};

/** A processor with VT-x. */
export const goodCpuInfo = "processor\t: 0\nflags\t\t: fpu vme vmx ssse3\n";

/** What a process runner throws for a tool that does not answer. */
export const silence = new FailureError({ kind: "timeout", waitedFor: "a tool", afterMs: 1, hint: "" });

/** A host whose files and commands are scripted; a file that is not there does not exist. */
export function vagrantHost(options: {
  readonly facts?: Partial<ComputerFacts>;
  readonly commands?: Readonly<Record<string, ScriptedAnswer>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: VagrantHost["environment"];
}): VagrantHost & { readonly processes: ScriptedProcesses } {
  const processes = new ScriptedProcesses(options.commands ?? {});
  const files = options.files ?? { "/proc/cpuinfo": goodCpuInfo };
  return {
    processes,
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
    home: "/nowhere",
    templates: "/nowhere",
    facts: { ...goodFacts, ...options.facts },
    environment: options.environment ?? {},
    readText: (path) => Promise.resolve(files[path]),
    vagrantVersion: rememberVagrantVersion(processes),
    warn: (text) => {
      throw new Error(text);
    },
    isRoot: false,
  };
}

/** A directory of VirtualBox's as its installer makes it on Windows, where nothing is put on PATH. It goes away with the test. */
export async function installOnWindows(): Promise<{ readonly directory: string; readonly program: string }> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-vbox-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const program = join(directory, "VBoxManage.exe");
  await writeFile(program, "");
  await chmod(program, 0o755);
  return { directory, program };
}

/** The cluster that a text of `swarmlab.yaml` asks for. */
export function clusterOf(text: string): Cluster {
  return unwrap(resolveCluster(unwrap(parseConfig(text, "swarmlab.yaml")), {})).cluster;
}

/** A recorded output, without the line that tells where it is from. */
export async function recorded(name: string): Promise<string> {
  const text = await readFile(new URL(`../fixtures/vagrant-host/${name}`, import.meta.url), "utf8");
  return text.slice(text.indexOf("\n") + 1);
}
