import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { explainVagrant } from "../../../../src/machine/vagrant/explain-vagrant.ts";
import { parseMachineReadable, type VagrantEvent } from "../../../../src/machine/vagrant/machine-readable.ts";

const log = "/home/me/.swarmlab/virtualbox/lab/vagrant.log";

function explain(text: string) {
  const lines = text.split("\n");
  const parsed = lines.map((line) => parseMachineReadable(line));
  const events = parsed.filter((event): event is VagrantEvent => event !== undefined);
  const other = lines.filter((_, index) => parsed[index] === undefined);
  return explainVagrant({ args: ["up"], provider: "virtualbox", log, events, other });
}

async function recorded(name: string): Promise<string> {
  const text = await readFile(new URL(`../../../fixtures/vagrant/${name}.txt`, import.meta.url), "utf8");
  return text.slice(text.indexOf("\n") + 1);
}

describe("explainVagrant", () => {
  it.each([
    ["up-no-virtualbox", "Vagrant cannot use VirtualBox", undefined, "Vagrant could not detect VirtualBox"],
    [
      "up-host-only-refused",
      "VirtualBox refuses the private network's addresses",
      "manager",
      "E_ACCESSDENIED",
    ],
    [
      "up-address-not-allowed",
      "VirtualBox refuses the private network's addresses",
      "manager",
      "192.168.50.17",
    ],
    ["up-vmx-root-mode", "another hypervisor, most often KVM", "manager", "VERR_VMX_IN_VMX_ROOT_MODE"],
    ["up-no-box", "the box could not be had", "manager", "/nowhere/nobox.box"],
    ["up-boot-aborts", "the machine stopped while it booted", "manager", "'aborted' state"],
    ["up-ssh-silent", "the machine did not answer over SSH in time", "manager", "boot_timeout"],
  ])("knows %s", async (name, what, machine, why) => {
    const failure = explain(await recorded(name));
    expect(failure).toMatchObject({
      kind: "vagrant",
      what: expect.stringContaining(what) as string,
      why: expect.stringContaining(why) as string,
      log,
      ...(machine !== undefined && { machine }),
    });
  });

  it("knows a full disk", async () => {
    expect(explain(await recorded("up-import-disk-full"))).toEqual({
      kind: "disk-full",
      path: log,
      doing: "running vagrant up",
    });
  });

  it.each([
    ["Vagrant::Errors::VMNameExists", "has a machine of this name already"],
    ["Vagrant::Errors::MachineLocked", "another Vagrant works on this machine"],
    ["Vagrant::Errors::SSHAuthenticationFailed", "does not let Vagrant in"],
    ["VagrantPlugins::ProviderLibvirt::Errors::FogLibvirtConnectionError", "libvirt does not answer"],
    ["Vagrant::Errors::BoxAddShortNotFound", "the box could not be had"],
  ])("knows %s by its class", (name, what) => {
    expect(explain(`1,,error-exit,${name},words`)).toMatchObject({
      kind: "vagrant",
      what: expect.stringContaining(what) as string,
      why: "words",
    });
  });

  it("shows the end of Vagrant's own words for everything else", () => {
    expect(explain("1,,error-exit,Vagrant::Errors::Strange,it is\\nodd")).toMatchObject({
      what: "vagrant up failed",
      why: "it is\nodd",
    });
    const trace = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    expect(explain(trace)).toMatchObject({ why: expect.stringMatching(/^line 25\n[^]*line 39$/) as string });
  });
});
