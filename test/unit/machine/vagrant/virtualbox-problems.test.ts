import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  askVirtualBox,
  judgeVirtualBox,
  parseVirtualBoxVersion,
  virtualBoxProblems,
} from "../../../../src/machine/vagrant/virtualbox-problems.ts";
import {
  clusterOf,
  installOnWindows,
  recorded,
  silence,
  vagrantHost,
} from "../../../support/vagrant-hosts.ts";

const linux = { platform: "linux", architecture: "x64" };
const says = (stdout: string) => ({ kind: "answer", exitCode: 0, stdout, stderr: "" }) as const;
const noDriver = await recorded("vboxmanage-no-driver.txt");
const noDevice = await recorded("vboxmanage-no-device.txt");

describe("parseVirtualBoxVersion", () => {
  it.each([
    ["7.0.20r163906\n", "7.0.20"],
    ["6.1.50_Ubuntur161033\n", "6.1.50"],
    ["7.2.0r170228\r\n", "7.2.0"],
  ])("reads %j", (output, version) => {
    expect(parseVirtualBoxVersion(output)).toEqual({ version });
  });

  it("reads the version behind a warning, and the warning as one sentence after the other", () => {
    expect(parseVirtualBoxVersion(noDriver)).toEqual({
      version: "7.0.20",
      driverWarning:
        "The vboxdrv kernel module is not loaded. Either there is no module available for the current kernel (6.1.0-25-amd64) or it failed to load. Please recompile the kernel module and install it by sudo /sbin/vboxconfig You will not be able to start VMs until this problem is fixed.",
    });
    expect(parseVirtualBoxVersion(noDevice)).toMatchObject({
      version: "6.1.50",
      driverWarning: expect.stringContaining("/dev/vboxdrv does not exist.") as unknown,
    });
  });

  it("finds nothing in nothing", () => {
    expect(parseVirtualBoxVersion("")).toEqual({});
  });
});

describe("judgeVirtualBox", () => {
  const whats = (...args: Parameters<typeof judgeVirtualBox>) =>
    judgeVirtualBox(...args).map(({ what }) => what);

  it("has nothing against a VirtualBox with its driver", () => {
    expect(judgeVirtualBox(says("6.1.0r135406\n"), linux)).toEqual([]);
    expect(judgeVirtualBox(says("7.2.10r1\n"), { platform: "win32", architecture: "x64" })).toEqual([]);
  });

  it("finds it missing, silent, dumb and old", () => {
    expect(whats({ kind: "missing" }, linux)).toEqual([
      "VirtualBox is not installed: there is no VBoxManage",
    ]);
    expect(whats({ kind: "silent" }, linux)).toEqual(["VBoxManage does not answer"]);
    expect(whats(says("Segmentation fault"), linux)).toEqual(["VBoxManage --version tells no version"]);
    expect(whats(says("6.0.24r139119\n"), linux)).toEqual([
      "VirtualBox 6.0.24 is too old: 6.1 or later is needed",
    ]);
  });

  it("finds its driver missing", () => {
    expect(whats(says(noDriver), linux)).toEqual(["VirtualBox's kernel driver is not loaded"]);
    expect(whats(says(noDevice), linux)).toEqual(["VirtualBox's kernel driver is not loaded"]);
  });

  it("knows on which ARM computers it runs, and since when", () => {
    const mac = { platform: "darwin", architecture: "arm64" };
    expect(whats(says("7.0.20r1\n"), mac)).toEqual([
      "VirtualBox 7.0.20 starts no VMs on this processor: 7.1 or later is needed",
    ]);
    expect(whats(says("7.1.0r1\n"), mac)).toEqual([]);
    expect(whats(says("7.1.4r1\n"), { platform: "win32", architecture: "arm64" })).toHaveLength(1);
    expect(whats({ kind: "missing" }, { platform: "linux", architecture: "arm64" })).toEqual([
      "there is no VirtualBox for linux on arm64",
    ]);
  });
});

describe("askVirtualBox", () => {
  it("finds it on Windows where its installer says", async () => {
    const { directory, program } = await installOnWindows();
    const host = vagrantHost({
      facts: { platform: "win32" },
      environment: { VBOX_MSI_INSTALL_PATH: directory },
      commands: { [`${program} --version`]: "7.2.0r1\n" },
    });
    expect(await askVirtualBox(host)).toMatchObject({ stdout: "7.2.0r1\n" });
    await rm(directory, { recursive: true });
    expect(await askVirtualBox(host)).toEqual({ kind: "missing" });
  });
});

describe("virtualBoxProblems", () => {
  const hostInfo = (hardware: string) =>
    `Host Information:\n\nProcessor count: 8\nProcessor supports HW virtualization: ${hardware}\nMemory size: 16384 MByte\n`;
  const commands = {
    "vagrant --version": "Vagrant 2.3.4\n",
    "VBoxManage --version": "7.0.20r163906\n",
    "VBoxManage list hostinfo": hostInfo("yes"),
  };

  it("has nothing against a good host", async () => {
    expect(await virtualBoxProblems(vagrantHost({ commands }), clusterOf(""))).toEqual([]);
  });

  it("believes VirtualBox of VT-x more than the system", async () => {
    const inVm = { "/proc/cpuinfo": await recorded("cpuinfo-vm.txt") };
    const ask = (hardware: string, files?: Readonly<Record<string, string>>) => {
      const its = { ...commands, "VBoxManage list hostinfo": hostInfo(hardware) };
      return virtualBoxProblems(vagrantHost({ commands: its, ...(files && { files }) }), clusterOf(""));
    };
    expect(await ask("yes", inVm)).toEqual([]);
    expect(await ask("no")).toMatchObject([
      { what: expect.stringContaining("virtualisation is off") as string },
    ]);
    expect(await ask("unknown", inVm)).toMatchObject([
      { what: "this computer is itself a VM, and VirtualBox can start no VMs in it" },
    ]);
  });

  it("blames Hyper-V, and not the computer, where VirtualBox sees no VT-x on Windows", async () => {
    const host = vagrantHost({
      facts: { platform: "win32" },
      commands: {
        "vagrant --version": "Vagrant 2.3.4\n",
        "VBoxManage.exe --version": "7.0.20r163906\r\n",
        "VBoxManage.exe list hostinfo": hostInfo("no"),
        "powershell.exe -NoProfile": "False\r\nTrue\r\n",
      },
    });
    expect(await virtualBoxProblems(host, clusterOf(""))).toMatchObject([
      { severity: "error", what: "Hyper-V is active, and VirtualBox can start no VMs beside it" },
    ]);
  });

  it("runs nothing when VirtualBox is missing", async () => {
    const host = vagrantHost({});
    expect(await virtualBoxProblems(host, clusterOf(""))).toHaveLength(1);
    expect(host.processes.ran).toEqual([]);
  });

  it("tells everything at once", async () => {
    const host = vagrantHost({
      facts: { kernelRelease: "6.12.7" },
      commands: {
        ...commands,
        "VBoxManage --version": noDriver.replace("7.0.20r", "7.1.4r"),
        "VBoxManage list hostinfo": hostInfo("no"),
      },
      files: {
        "/proc/cpuinfo": await recorded("cpuinfo-vm.txt"),
        "/proc/modules": await recorded("proc-modules.txt"),
        "/sys/module/kvm/parameters/enable_virt_at_load": "Y\n",
      },
    });
    const subnet = "subnet: 10.1.0.0/24\nswarm: { default-addr-pool: [10.20.0.0/16] }";
    const problems = await virtualBoxProblems(host, clusterOf(subnet));
    expect(problems.map(({ what }) => what)).toEqual([
      "VirtualBox's kernel driver is not loaded",
      "Vagrant 2.3.4 does not know VirtualBox 7.1",
      "this computer is itself a VM, and VirtualBox can start no VMs in it",
      "KVM holds the processor's virtualisation, and VMs of VirtualBox 7.1.4 do not start beside it",
      "VirtualBox does not allow the subnet 10.1.0.0/24 for host-only networks",
    ]);
  });

  it("gives a silent VBoxManage up", async () => {
    const host = vagrantHost({ commands: { "VBoxManage --version": silence } });
    expect(await virtualBoxProblems(host, clusterOf(""))).toMatchObject([
      { what: "VBoxManage does not answer" },
    ]);
  });

  it("is not driven from WSL", async () => {
    const host = vagrantHost({ facts: { kernelRelease: "5.15.153.1-microsoft-standard-WSL2" } });
    expect(await virtualBoxProblems(host, clusterOf(""))).toMatchObject([
      { what: "VirtualBox cannot be driven from inside WSL" },
    ]);
  });
});
