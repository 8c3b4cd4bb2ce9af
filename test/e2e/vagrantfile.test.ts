import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rubyQuote } from "../../src/render/ruby-quote.ts";
import { vmName, type VagrantfileOptions } from "../../src/render/vagrantfile.ts";
import { vagrantfileSamples } from "../support/vagrantfile-samples.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);
const golden = resolve("test/golden/vagrantfile");
const resolver = resolve("test/fixtures/vagrant/resolve.rb");
/** Its VBoxManage answers `--version`, which is all that Vagrant wants before it checks a file. */
const standIn = resolve("test/fixtures/virtualbox");

const samples = Object.entries(vagrantfileSamples);
const oddSettings = samples.filter(([, { provider }]) => provider === "virtualbox" || provider === "libvirt");

describeOnRealMachines("the golden Vagrantfiles, read by Vagrant itself", () => {
  let directory: string;
  const env = () => ({
    ...process.env,
    PATH: `${standIn}${delimiter}${process.env["PATH"] ?? ""}`,
    VAGRANT_HOME: join(directory, "vagrant-home"),
    VBOX_STANDIN_HOME: join(directory, "virtualbox"),
    LC_ALL: "C.UTF-8",
  });
  const place = async (name: string): Promise<string> => {
    const cwd = join(directory, name);
    await mkdir(cwd, { recursive: true });
    await cp(join(golden, `${name}.rb`), join(cwd, "Vagrantfile"));
    return cwd;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-vagrantfile-"));
    await mkdir(join(directory, "virtualbox"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  // VMware's and Parallels' plug-ins are not in any distribution, and Hyper-V's provider wants Windows: their blocks are compared below.
  it.each(oddSettings)("%s passes vagrant validate, its provider block included", async (name, options) => {
    const { stdout } = await execute("vagrant", ["validate"], {
      cwd: await place(name),
      env: { ...env(), VAGRANT_DEFAULT_PROVIDER: options.provider },
    });
    expect(stdout).toContain("Vagrantfile validated successfully.");
  });

  it("a mistyped setting in a provider block does not pass", async () => {
    const cwd = await place("virtualbox-1-0");
    await execute("sed", ["-i", "s/vb.memory/vb.memroy/", "Vagrantfile"], { cwd });
    const validating = execute("vagrant", ["validate"], {
      cwd,
      env: { ...env(), VAGRANT_DEFAULT_PROVIDER: "virtualbox" },
    });
    await expect(validating).rejects.toThrow(/memroy/);
  });

  it.each(samples)("%s means what the configuration asks for", async (name, options) => {
    const cwd = await place(name);
    const { stdout } = await execute("ruby", [resolver, cwd, options.provider], { cwd, env: env() });
    expect(JSON.parse(stdout)).toEqual(expectedMachines(options));
  });

  it("lines of the person's own come last and win, for all machines and for one", async () => {
    const cwd = await place("virtualbox-1-2");
    const lines = `config.vm.boot_timeout = 77
      config.vm.define "node1" do |machine|
        machine.vm.provider("virtualbox") { |vb| vb.memory = 4096 }
      end`;
    await execute("sh", ["-c", `printf '%s' "$1" > Vagrantfile.local`, "sh", lines], { cwd });
    const { stdout } = await execute("ruby", [resolver, cwd, "virtualbox"], { cwd, env: env() });
    const machines = JSON.parse(stdout) as { bootTimeout: number; settings: { customizations: unknown } }[];
    expect(machines.map(({ bootTimeout }) => bootTimeout)).toEqual([77, 77, 77]);
    // Of two changes of one setting VirtualBox is told both, and the later one holds.
    const memory = machines.map(
      ({ settings }) => [...JSON.stringify(settings).matchAll(/"--memory","(\d+)"/g)].at(-1)?.[1],
    );
    expect(memory).toEqual(["1024", "4096", "1024"]);
  });
});

describeOnRealMachines("rubyQuote", () => {
  it("gives every text back when Ruby reads it", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string({ unit: "binary", maxLength: 20 }), { minLength: 50, maxLength: 200 }),
      async (texts) => {
        const odd = ["#{exit}", "#$0", "#@a", '"', "\\", "\\u0041", "\u0000", "é", "\u2028", "#", "##{1}"];
        const all = [...odd, ...texts];
        const program = `require "json"\nputs JSON.generate([${all.map(rubyQuote).join(",\n")}])\n`;
        expect(JSON.parse(await ruby(program))).toEqual(all);
      },
    );
    await fc.assert(property, { numRuns: 10 });
  });
});

function ruby(program: string): Promise<string> {
  const child = execute("ruby", ["-Eutf-8:utf-8", "-"]);
  child.child.stdin?.end(program);
  return child.then(({ stdout }) => stdout);
}

function expectedMachines(options: VagrantfileOptions): unknown {
  const { cluster, box } = options;
  return cluster.machines.map(({ name, address }, index) => ({
    name,
    primary: index === 0,
    hostname: name,
    box: box.name,
    boxVersion: box.version ?? null,
    checkUpdate: false,
    bootTimeout: 600,
    networks: [expect.objectContaining({ ip: address, netmask: netmasks[cluster.subnet] })],
    syncedFolders: 0,
    settings: expectedSettings(options, name),
  }));
}

const netmasks: Readonly<Record<string, string>> = {
  "192.168.56.0/24": "255.255.255.0",
  "192.168.60.0/22": "255.255.252.0",
};

function expectedSettings({ cluster, provider, emulated, hostResolver }: VagrantfileOptions, name: string) {
  const machine = cluster.machines.find((candidate) => candidate.name === name);
  const memory = machine?.memoryMiB ?? 1024;
  const cpus = machine?.cpus === 1.5 ? 2 : 1;
  const own = vmName(cluster.name, name);
  const modify = (...change: unknown[]) => ["pre-boot", ["modifyvm", "id", ...change]];
  switch (provider) {
    case "virtualbox":
      return expect.objectContaining({
        name: own,
        linked_clone: true,
        check_guest_additions: false,
        gui: false,
        customizations: [
          modify("--groups", `/swarmlab/${cluster.name}`),
          ...(hostResolver ? [modify("--natdnshostresolver1", "on")] : []),
          modify("--memory", String(memory)),
          modify("--cpus", cpus),
        ],
      }) as unknown;
    case "libvirt":
      return expect.objectContaining({
        driver: emulated ? "qemu" : "kvm",
        cpu_mode: emulated ? "maximum" : "host-model",
        default_prefix: `swarmlab-${cluster.name}-`,
        graphics_type: "none",
        memory,
        cpus,
      }) as unknown;
    case "vmware_desktop":
      return {
        gui: false,
        linked_clone: true,
        vmx: { displayName: own, memsize: String(memory), numvcpus: String(cpus) },
      };
    case "parallels":
      return {
        linked_clone: true,
        check_guest_tools: false,
        update_guest_tools: false,
        name: own,
        memory,
        cpus,
      };
    case "hyperv":
      return expect.objectContaining({
        vmname: own,
        memory,
        cpus,
        linked_clone: true,
        errors: [],
      }) as unknown;
  }
}
