import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../context.ts";
import type { Login } from "../machine/provider.ts";
import { writePrivate } from "../state/lab-files.ts";
import { FailureError } from "../failure.ts";
import { openLab, type LabOptions } from "./open-lab.ts";

/** What plain SSH clients need to reach the machines. */
export interface SshConfig {
  readonly schemaVersion: 1;
  /** Where the configuration is kept; `destroy` removes it. */
  readonly file: string;
  /** Names that it knows, by machine. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Its text, as ssh_config(5) has it. */
  readonly text: string;
}

/** Writes an SSH configuration with pinned host keys for the machines that run. */
export async function sshConfig(context: Context, options: LabOptions): Promise<SshConfig> {
  const lab = await openLab(context, options, ["read the key that opens the machines"]);
  const { cluster, provider } = lab;
  const directory = provider.stateDirectory(cluster);
  const [file, knownHosts] = [join(directory, "ssh_config"), join(directory, "known_hosts")];
  const running = [...lab.machines.values()].filter(({ state }) => state === "running");
  if (running.length === 0) throw noMachines();
  const logins = await Promise.all(
    running.map(async ({ name }) => ({
      name,
      host: `${cluster.name}-${name}`,
      login: await provider.login(cluster, name, context.signal),
    })),
  );
  const blocks = logins.map(({ host, login }) => hostBlock(host, login, knownHosts));
  const keys = logins.flatMap(({ host, login }) => [login.hostKey].flat().map((key) => `${host} ${key}\n`));
  const text = [usage(file, logins[0]?.host), ...blocks].join("\n");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writePrivate(knownHosts, keys.join(""));
  await writePrivate(file, text);
  return {
    schemaVersion: 1,
    file,
    hosts: Object.fromEntries(logins.map(({ name, host }) => [name, host])),
    text,
  };
}

function noMachines(): FailureError {
  return new FailureError({ kind: "usage", message: "no machine runs", remedy: "swarmlab up" });
}

const usage = (file: string, host = "HOST"): string =>
  `# ssh -F ${quoted(file)} ${host}
# For all of ssh, scp and docker -H ssh://${host}, this line at the top of ~/.ssh/config:
# Include ${quoted(file)}
`;

/** The names of machines repeat from cluster to cluster: hosts have the cluster's name in front. */
function hostBlock(host: string, login: Login, knownHosts: string): string {
  return `Host ${host}
  HostName ${login.address}
  Port ${login.port}
  User ${login.user}
${identity(login)}  HostKeyAlias ${host}
  UserKnownHostsFile ${quoted(knownHosts)}
  StrictHostKeyChecking yes
`;
}

function identity({ identityFile, jump }: Login): string {
  const key =
    identityFile === undefined ? "" : `  IdentityFile ${quoted(identityFile)}\n  IdentitiesOnly yes\n`;
  return jump === undefined ? key : `${key}  ProxyJump ${jump}\n`;
}

/** ssh_config(5) knows double quotes, and `%` begins a token. */
const quoted = (path: string): string => `"${path.replaceAll("%", "%%")}"`;
