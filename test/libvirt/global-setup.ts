import process from "node:process";
import type { TestProject } from "vitest/node";
import { boxName, ensureBox, type TestBox } from "./box.ts";
import { measured } from "./figures.ts";
import { rememberLibvirt, startLibvirt } from "./libvirt-daemon.ts";
import { installPackages } from "../support/debian.ts";
import { emulationPackages } from "./packages.ts";

const packages = [
  ...emulationPackages,
  "vagrant",
  "vagrant-libvirt",
  "ruby",
  "libvirt-daemon-system",
  "libvirt-clients",
  "dnsmasq-base",
  "iptables",
  "qemu-utils",
] as const;

declare module "vitest" {
  export interface ProvidedContext {
    readonly libvirtBox: TestBox;
  }
}

/** Brings all that real VMs need; the returned function takes away what the test brought, packages and the box in Vagrant's home excepted. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0)
    throw new Error("this test needs Debian on amd64, and root");
  installPackages(packages);
  const stop = await startLibvirt();
  try {
    const restore = await rememberLibvirt(boxName);
    project.provide("libvirtBox", await measured("box", ensureBox));
    return async () => {
      await restore();
      await stop();
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
