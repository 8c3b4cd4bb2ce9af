import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { systemClock } from "../../src/system/system-clock.ts";
import { waitUntil } from "../../src/system/wait-until.ts";
import { buildTestBox } from "./virtualbox-box.ts";
import { findStandInTraces } from "./virtualbox-traces.ts";

const execute = promisify(execFile);
const programs = resolve(import.meta.dirname, "../fixtures/virtualbox");

/** What is to go wrong; see faults.js of the stand-in. */
export interface VirtualBoxFault {
  readonly kind:
    | "boot-aborts"
    | "host-only-refused"
    | "import-disk-full"
    | "ssh-silent"
    | "start-hangs"
    | "version-hangs"
    | "vmx-root-mode";
  /** Name of the only VM that is meant. */
  readonly vm?: string;
}

/** VirtualBox as Vagrant and swarmlab see it: a VBoxManage of its own, whose VMs are systemd-nspawn machines. Needs root. */
export interface VirtualBoxStandIn extends AsyncDisposable {
  /** For Vagrant and for swarmlab. Neither touches anything in the home directory of whoever runs the tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Adds the test box under this name with the real `vagrant box add`. */
  addBox(name: string): Promise<void>;
  /** In place of all faults before; an empty list heals. */
  setFaults(faults: readonly VirtualBoxFault[]): Promise<void>;
  /** Standard output of a call of VBoxManage. Throws when it fails. */
  manage(...args: readonly string[]): Promise<string>;
  /** Arguments of every call so far, oldest first. */
  calls(): Promise<readonly (readonly string[])[]>;
  /** Calls that the stand-in has not been taught, one line each with the reason; also its own crashes. */
  unknownCalls(): Promise<readonly string[]>;
  /** What it has on this host now, one line each, sorted. A host-only network stays after the last VM, as with VirtualBox. */
  findTraces(): Promise<readonly string[]>;
  /** Removes all VMs and networks, and throws if anything stays. */
  destroy(): Promise<void>;
}

/** Makes a VirtualBox without any VM or box. */
export async function makeVirtualBox(): Promise<VirtualBoxStandIn> {
  // Docker in the VMs cannot live in memory, where /tmp may be.
  const directory = await realpath(await mkdtemp("/var/tmp/swarmlab-virtualbox-"));
  const [home, vagrantHome] = [join(directory, "virtualbox"), join(directory, "vagrant.d")];
  await Promise.all([home, vagrantHome].map((path) => mkdir(path)));
  const env = {
    PATH: [programs, process.env["PATH"]].join(delimiter),
    // Of bsdtar, with which Vagrant packs boxes: they are thrown away soon.
    TAR_WRITER_OPTIONS: "gzip:compression-level=1",
    VAGRANT_CHECKPOINT_DISABLE: "1",
    // Those of the distribution are for other providers.
    VAGRANT_NO_PLUGINS: "1",
    VAGRANT_HOME: vagrantHome,
    VBOX_STANDIN_HOME: home,
  };
  const run = async (file: string, args: readonly string[]): Promise<string> =>
    (await execute(file, args, { env: { ...process.env, ...env } })).stdout;
  const manage: VirtualBoxStandIn["manage"] = (...args) => run(join(programs, "VBoxManage"), args);
  const service = await startService(home);
  const setFaults: VirtualBoxStandIn["setFaults"] = (faults) =>
    writeFile(join(home, "faults.json"), JSON.stringify(faults));
  const findTraces = (): Promise<readonly string[]> => findStandInTraces(home);
  const destroy = async (): Promise<void> => {
    await setFaults([]);
    await removeAll(manage);
    await service.end();
    const left = await findTraces();
    if (left.length > 0) throw new Error(`the stand-in for VirtualBox left:\n${left.join("\n")}`);
    await rm(directory, { recursive: true });
  };
  return {
    env,
    addBox: async (name) => {
      const box = await buildTestBox({ directory, vagrantHome, run });
      await run("vagrant", ["box", "add", "--name", name, box]);
    },
    setFaults,
    manage,
    calls: async () =>
      (await readLines(join(home, "calls.log"))).map((line) => JSON.parse(line) as readonly string[]),
    unknownCalls: () => readLines(join(home, "unknown-calls.log")),
    findTraces,
    destroy,
    [Symbol.asyncDispose]: destroy,
  };
}

/** It also ends with this process. */
async function startService(home: string): Promise<{ readonly end: () => Promise<void> }> {
  const service = spawn(process.execPath, [join(programs, "service.js"), home], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(service, "exit");
  await Promise.race([
    once(service.stdout, "data"),
    ended.then(() => Promise.reject(new Error("the service of the stand-in for VirtualBox has ended"))),
  ]);
  return {
    end: async () => {
      service.stdin.end();
      await ended;
    },
  };
}

/** Clones first: a VM whose disk others are made of cannot go before them. The list has the oldest first. */
async function removeAll(manage: VirtualBoxStandIn["manage"]): Promise<void> {
  for (const uuid of vmIds(await manage("list", "runningvms"))) await manage("controlvm", uuid, "poweroff");
  for (const uuid of vmIds(await manage("list", "vms")).reverse()) {
    const wait = { clock: systemClock, title: `${uuid} to be unregistered`, timeoutMs: 10_000 };
    const isPassing = (error: unknown) => String(error).includes("while it is locked");
    await waitUntil({ ...wait, hint: () => "", isPassing }, () => manage("unregistervm", uuid, "--delete"));
  }
  for (const [, name = ""] of (await manage("list", "hostonlyifs")).matchAll(/^Name: +(\S+)$/gm)) {
    await manage("hostonlyif", "remove", name);
  }
}

function vmIds(list: string): string[] {
  return [...list.matchAll(/\{(\S+)\}$/gm)].map(([, uuid = ""]) => uuid);
}

async function readLines(file: string): Promise<readonly string[]> {
  const [directory, name = ""] = [resolve(file, ".."), file.split("/").at(-1)];
  if (!(await readdir(directory)).includes(name)) return [];
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
}
