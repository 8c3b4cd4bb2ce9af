import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { restoreHostSettings } from "../../../../src/machine/nspawn/host-settings.ts";
import { pathExists } from "../../../../src/system/files.ts";
import { temporaryDirectory } from "../../../support/program.ts";
import { ScriptedProcesses, type ScriptedAnswer } from "../../../support/scripted-processes.ts";

const own = "-A POSTROUTING -s 192.168.56.0/24 -j ACCEPT\n";
const docker = "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n";
const vpn = 'table ip vpn {\n chain post {\n  oifname "eth0" masquerade\n }\n}\n';

/** Settings that were raised from 0 and 128, put back on a host with these programs. */
async function restore(script: Readonly<Record<string, ScriptedAnswer>>, isBesideAnother = false) {
  const directory = await temporaryDirectory();
  const [memory, warnings] = [join(directory, "run/settings"), [] as string[]];
  await mkdir(memory, { recursive: true });
  const files = { ip_forward: ["0", "1"], max_user_instances: ["128", "8192"] } as const;
  for (const [name, [before, now]] of Object.entries(files)) {
    await writeFile(join(directory, name), now);
    await writeFile(join(memory, encodeURIComponent(join(directory, name))), before);
  }
  const processes = new ScriptedProcesses(script);
  if (isBesideAnother)
    processes.which = async () => {
      await rm(memory, { recursive: true, force: true });
      return undefined;
    };
  await restoreHostSettings({ processes, warn: (text) => warnings.push(text) }, memory);
  expect(await pathExists(join(directory, "run"))).toBe(false);
  const values = Object.keys(files).map((name) => readFile(join(directory, name), "utf8"));
  return { values: await Promise.all(values), warnings };
}

describe("restoreHostSettings", () => {
  it.each([
    ["no firewall", {}],
    [
      "no rules of others",
      { "iptables-save -t nat": own, "nft --terse list ruleset": "table ip filter {\n}\n" },
    ],
    [
      "no rules, as the kernel has no nf_tables",
      { "iptables-save -t nat": own, "nft --terse": { exitCode: 1 } },
    ],
  ])("puts all back where there are %s", async (_, script: Readonly<Record<string, ScriptedAnswer>>) => {
    expect(await restore(script)).toEqual({ values: ["0", "128"], warnings: [] });
  });

  it("leaves the rest to another destroy that puts it back at the same moment", async () => {
    await expect(restore({}, true)).resolves.toMatchObject({ warnings: [] });
  });

  it.each([
    ["Docker", { "iptables-save -t nat": docker }],
    ["a VPN with rules of nftables", { "iptables-save -t nat": "", "nft --terse list ruleset": vpn }],
  ])("leaves forwarding on for %s, and says so", async (_, script: Readonly<Record<string, string>>) => {
    expect(await restore(script)).toEqual({
      values: ["1", "128"],
      warnings: [expect.stringMatching(/^net\.ipv4\.ip_forward stays 1: /)],
    });
  });
});
