import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mergeHostNames, type HostName } from "../../remote/ensure-host-names.ts";
import { generateSshKeyPair } from "../../remote/ssh-keys.ts";
import { writeRecord } from "../record-file.ts";
import type { MachineLayout } from "./layout.ts";

/** User and group of `vagrant` in the box. */
const vagrantId = 1000;
const hostKeyFile = "ssh_host_ed25519_key.pub";

/** Everything that makes one machine itself: name, addresses, machine-id, SSH host key, who may log in. */
export interface MachineIdentity {
  readonly address: string;
  /** The box below the machine's root. */
  readonly box: string;
  readonly hostNames: readonly HostName[];
  /** Public key line that may log in as `vagrant`. */
  readonly authorizedKey: string;
  /** Content of its resolv.conf. */
  readonly resolvConf: string;
}

/** Makes a machine's directory, whole or not at all. */
export async function makeMachineFiles(machine: MachineLayout, identity: MachineIdentity): Promise<void> {
  const { partialDirectory: partial } = machine;
  await rm(partial, { recursive: true, force: true });
  const upper = join(partial, "upper");
  const ssh = join(upper, "home/vagrant/.ssh");
  await mkdir(join(upper, "etc/ssh"), { recursive: true });
  await mkdir(ssh, { recursive: true });
  await Promise.all(["work", "root", "docker"].map((name) => mkdir(join(partial, name))));
  const hostKey = generateSshKeyPair(machine.name);
  await Promise.all([
    writeFile(join(upper, "etc/hostname"), `${machine.name}\n`),
    writeFile(join(upper, "etc/machine-id"), `${randomBytes(16).toString("hex")}\n`),
    writeFile(
      join(upper, "etc/hosts"),
      mergeHostNames("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n", identity.hostNames),
    ),
    writeFile(join(upper, "etc/resolv.conf"), identity.resolvConf),
    writeFile(join(upper, "etc/ssh/ssh_host_ed25519_key"), hostKey.privateKey, { mode: 0o600 }),
    writeFile(join(partial, hostKeyFile), `${hostKey.publicKey}\n`),
    writeFile(join(ssh, "authorized_keys"), `${identity.authorizedKey}\n`, { mode: 0o600 }),
    writeRecord(join(partial, "machine.json"), {
      schemaVersion: 1,
      address: identity.address,
      box: identity.box,
    }),
  ]);
  for (const path of [join(upper, "home/vagrant"), ssh, join(ssh, "authorized_keys")])
    await chown(path, vagrantId, vagrantId);
  await rename(partial, machine.directory);
}

/** The pinned host key: written when the machine was made, where the machine cannot change it. */
export async function readHostKey(machine: MachineLayout): Promise<string> {
  return (await readFile(join(machine.directory, hostKeyFile), "utf8")).trim();
}
