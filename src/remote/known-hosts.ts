import { FailureError, type Problem } from "../failure.ts";
import { pathExists } from "../system/files.ts";
import type { ProcessRunner } from "../system/process-runner.ts";
import { parsePublicKey } from "./ssh-keys.ts";

export interface KnownHost {
  readonly runner: ProcessRunner;
  readonly machine: string;
  readonly address: string;
  readonly port: number;
  /** Paths of known_hosts files; those that do not exist are passed over. */
  readonly files: readonly string[];
}

/** What the files say about one host: each line without its host names. */
interface Entries {
  readonly trusted: readonly string[];
  readonly revoked: readonly string[];
  readonly authorities: readonly string[];
}

/**
 * The host keys that known_hosts files hold for a host, as public key lines, revoked ones left out.
 * @throws FailureError `prerequisite` for a host without a key that can be trusted, and where there is no ssh-keygen; `process`
 */
export async function knownHostKeys(host: KnownHost): Promise<readonly string[]> {
  if ((await host.runner.which("ssh-keygen")) === undefined) throw failure(noTool(host));
  const { address, port } = host;
  const names = port === 22 ? [address] : [`[${address}]:${port}`, address];
  for (const name of names) {
    // ssh, too, takes an entry without a port where there is none with it.
    const entries = parseEntries(await find(host, name));
    if (Object.values(entries).every(({ length }) => length === 0)) continue;
    const keys = entries.trusted.filter((key) => !entries.revoked.includes(key));
    if (keys.length === 0) throw failure(untrusted(host, entries));
    return keys;
  }
  throw failure(unknown(host));
}

/** All files' entries for a name; ssh-keygen knows hashed names and patterns. */
async function find({ runner, files }: KnownHost, name: string): Promise<string> {
  const found: string[] = [];
  for (const file of files) {
    if (!(await pathExists(file))) continue;
    const argv = ["ssh-keygen", "-F", name, "-f", file] as const;
    const { exitCode, stdout, stderr } = await runner.tryRun({ argv });
    if (exitCode !== 0 && exitCode !== 1) throw new FailureError({ kind: "process", argv, exitCode, stderr });
    found.push(stdout);
  }
  return found.join("\n");
}

/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: an optional marker, host names, type, key, comment. */
function parseEntries(text: string): Entries {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const marked = (marker: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${marker} `)).map((line) => keyOf(line.slice(marker.length + 1)));
  return {
    trusted: lines.filter((line) => !line.startsWith("@")).map(keyOf),
    revoked: marked("@revoked"),
    authorities: marked("@cert-authority"),
  };
}

function keyOf(line: string): string {
  const { type, blob } = parsePublicKey(line.slice(line.indexOf(" ")));
  return `${type} ${blob.toString("base64")}`;
}

const failure = (problem: Problem): FailureError =>
  new FailureError({ kind: "prerequisite", problems: [problem] });

function noTool({ machine }: KnownHost): Problem {
  return {
    severity: "error",
    what: `ssh-keygen, which reads the known host key of ${machine}, is not installed`,
    remedy: "Install the OpenSSH client, or give the fingerprint of the host key.",
  };
}

function unknown(host: KnownHost): Problem {
  return {
    severity: "error",
    what: `the SSH host key of ${host.machine} is not known`,
    where: placeOf(host),
    why: `${host.files.join(" and ")} ${host.files.length === 1 ? "has" : "have"} no entry for it.`,
    remedy: learning(host),
  };
}

function untrusted(host: KnownHost, { authorities, trusted }: Entries): Problem {
  const byAuthority = trusted.length === 0 && authorities.length > 0;
  return {
    severity: "error",
    what: byAuthority
      ? `the SSH host key of ${host.machine} is known by its certificate authority only`
      : `every known SSH host key of ${host.machine} is revoked`,
    where: placeOf(host),
    why: byAuthority
      ? "Host certificates (@cert-authority) are not supported."
      : "known_hosts marks them as @revoked.",
    remedy: learning(host),
  };
}

const placeOf = ({ address, port }: KnownHost): string => `${address}:${port}`;

function learning({ address, port }: KnownHost): string {
  return `Connect once and accept the key (ssh -p ${port} ${address}), or give its fingerprint: ssh-keyscan -p ${port} ${address} | ssh-keygen -lf -`;
}
