import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/app/doctor.ts";
import { callProgram, type Called } from "../../support/call-program.ts";
import { temporaryDirectory } from "../../support/program.ts";

/** As Vagrant is where a machine's provider is not there. */
const vagrant = `[ "$1" = --version ] && { echo "Vagrant 2.3.4"; exit; }
echo "1,,error-exit,Vagrant::Errors::ProviderNotUsable,The provider is not usable on this system."
exit 1`;
const stoppedLibvirt = `echo "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock'" >&2; exit 1`;

describe("a cluster whose hypervisor is gone", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });

  const call = (...args: readonly string[]): Promise<Called> => {
    const env = { ...process.env, PATH: join(directory, "bin"), SWARMLAB_HOME: join(directory, "home") };
    return callProgram(args, { directory, input: "", env, timeoutMs: 15_000 });
  };
  const report = async (...args: readonly string[]): Promise<DoctorReport> => {
    const { exitCode, stdout } = await call("doctor", "--json", ...args);
    expect(exitCode).toBe(3);
    return JSON.parse(stdout) as DoctorReport;
  };
  const remember = (provider: string) =>
    write(`home/${provider}/swarmlab/.vagrant/machines/manager/${provider}/id`, "0f0e0d0c");
  const install = (name: string, script: string) => write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content, { mode: 0o755 });
  };

  it("doctor tells of all providers, of the missing one first of all, and that its machines cannot be looked at", async () => {
    await Promise.all([remember("virtualbox"), install("vagrant", vagrant)]);
    const { chosen, healthy, providers, cluster } = await report();
    expect({ chosen, healthy }).toEqual({ chosen: "virtualbox", healthy: false });
    expect(providers.map(({ name }) => name)).toContain("nspawn");
    expect(providers.find(({ name }) => name === "virtualbox")?.problems).toContainEqual(
      expect.objectContaining({ what: "VirtualBox is not installed: there is no VBoxManage" }),
    );
    expect(cluster).toMatchObject({
      machines: [],
      problems: [
        {
          severity: "error",
          what: "Vagrant cannot use VirtualBox",
          why: "The provider is not usable on this system.",
          remedy: "Cure first what stands in the way of its provider.",
        },
      ],
    });
    expect((await call("doctor")).stdout).toContain("cluster swarmlab: not all is well\n");
  });

  it("doctor tells of a libvirt that was stopped", async () => {
    await Promise.all([remember("libvirt"), install("vagrant", vagrant), install("virsh", stoppedLibvirt)]);
    const { chosen, providers, cluster } = await report();
    expect(chosen).toBe("libvirt");
    expect(providers.find(({ name }) => name === "libvirt")?.problems).toContainEqual(
      expect.objectContaining({ what: "libvirt's daemon does not answer" }),
    );
    expect(cluster?.problems).toMatchObject([
      {
        what: "virsh failed with exit code 1",
        remedy: "Cure first what stands in the way of its provider.",
      },
    ]);
  });

  it.each([["status"], ["destroy", "--yes"]])("%s sends to doctor", async (...args) => {
    await Promise.all([remember("libvirt"), install("vagrant", vagrant), install("virsh", stoppedLibvirt)]);
    const { exitCode, stderr } = await call(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("virsh failed with exit code 1");
    expect(stderr).toContain("next   swarmlab doctor");
  });
});
