import { join } from "node:path";
import type { HostSpec } from "../../cluster/cluster.ts";
import { parseJump } from "../../cluster/jump.ts";
import { FailureError, type Problem } from "../../failure.ts";
import { connectSsh, type ConnectSshOptions } from "../../remote/connect-ssh.ts";
import { dialThrough } from "../../remote/dial-through.ts";
import { knownHostKeys } from "../../remote/known-hosts.ts";
import type { Remote } from "../../remote/remote.ts";
import type { Ssh2Remote } from "../../remote/ssh2-remote.ts";
import { readText } from "../../system/files.ts";
import type { HostsHost } from "./hosts-host.ts";

/** A connection, with those that carry it; the first is closed last. */
export interface HostConnection extends AsyncDisposable {
  readonly remote: Ssh2Remote;
}

export interface ConnectHostOptions {
  readonly host: HostsHost;
  /** By name; jumps lead to each other. */
  readonly specs: ReadonlyMap<string, HostSpec>;
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Undefined: without one. */
  readonly sudoPassword?: string;
}

/** How one machine is logged in to. */
type Way = Pick<
  ConnectSshOptions,
  "machine" | "address" | "port" | "user" | "privateKey" | "agentSocket" | "hostKey"
>;

/** @throws FailureError `prerequisite` for a host key or login that must be put right first; `unreachable`. */
export async function connectHost(options: ConnectHostOptions): Promise<HostConnection> {
  const { name, specs } = options;
  const spec = specs.get(name);
  if (spec === undefined) throw new Error(`no host ${name}`);
  const carrier = spec.jump === undefined ? undefined : await connectJump(options, spec.jump);
  try {
    const remote = await connectBy(options, await wayTo(options.host, name, spec), carrier);
    return { remote, [Symbol.asyncDispose]: () => closeInOrder(remote, carrier) };
  } catch (error) {
    await carrier?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same commands over it, closed together with what carries it. */
export function asRemote(connection: HostConnection): Remote {
  const { remote } = connection;
  return {
    machine: remote.machine,
    address: remote.address,
    tryRun: (command) => remote.tryRun(command),
    run: (command) => remote.run(command),
    open: (command) => remote.open(command),
    dial: (socketPath, signal) => remote.dial(socketPath, signal),
    session: (options) => remote.session(options),
    readFile: (path, options) => remote.readFile(path, options),
    writeFile: (path, content, options) => remote.writeFile(path, content, options),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** The connection that carries others. `text`: as in `HostSpec`. */
export function connectJump(options: ConnectHostOptions, text: string): Promise<HostConnection> {
  const { host, specs, timeoutMs, signal } = options;
  const plain = { host, specs, timeoutMs, signal };
  const jump = parseJump(text);
  if (jump.kind === "host") return connectHost({ ...plain, name: jump.name });
  const { user, address, port } = jump;
  const spec = { user, address, port };
  return connectHost({ ...plain, name: address, specs: new Map([[address, spec]]) });
}

async function connectBy(
  options: ConnectHostOptions,
  way: Way,
  carrier: HostConnection | undefined,
): Promise<Ssh2Remote> {
  const { host, timeoutMs, signal, sudoPassword } = options;
  try {
    return await connectSsh({
      ...way,
      clock: host.clock,
      timeoutMs,
      signal,
      ...(carrier && { dial: dialThrough(carrier.remote, way) }),
      ...(sudoPassword !== undefined && { sudoPassword }),
    });
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "host-key")
      throw otherHostKey(error.failure, way.port);
    throw error;
  }
}

async function closeInOrder(remote: Ssh2Remote, carrier: HostConnection | undefined): Promise<void> {
  await remote[Symbol.asyncDispose]();
  await carrier?.[Symbol.asyncDispose]();
}

/** The address, the keys on both sides, and who logs in. */
async function wayTo(host: HostsHost, machine: string, spec: HostSpec): Promise<Way> {
  const { address, port, user = host.user } = spec;
  const [privateKey, hostKey] = await Promise.all([
    readKey(host, machine, spec),
    spec.fingerprint ?? acceptedKeys(host, machine, spec),
  ]);
  const { agentSocket } = host;
  return {
    machine,
    address,
    port,
    user,
    hostKey,
    ...(privateKey !== undefined && { privateKey }),
    ...(agentSocket !== undefined && { agentSocket }),
  };
}

/** What `known_hosts` has. @throws FailureError `prerequisite` for a machine that it does not know */
export function acceptedKeys(
  host: HostsHost,
  machine: string,
  { address, port }: HostSpec,
): Promise<readonly string[]> {
  const files = [join(host.userHome, ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"];
  return knownHostKeys({ runner: host.processes, machine, address, port, files });
}

/** The path of the key that is used, where it is a file; undefined: there is none but the agent's. */
export async function keyFileOf(host: HostsHost, { key }: HostSpec): Promise<string | undefined> {
  if (key !== undefined) return key.startsWith("~/") ? join(host.userHome, key.slice(2)) : key;
  const usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(host.userHome, ".ssh", name));
  const texts = await Promise.all(usual.map(readText));
  return usual.find((_, index) => texts[index] !== undefined);
}

async function readKey(host: HostsHost, machine: string, spec: HostSpec): Promise<string | undefined> {
  const file = await keyFileOf(host, spec);
  const text = file === undefined ? undefined : await readText(file);
  if (text !== undefined || spec.key === undefined) return text;
  throw prerequisite({
    what: `there is no private key ${spec.key}`,
    where: machine,
    remedy: `Correct hosts.${machine}.key in swarmlab.yaml.`,
  });
}

/** Another key than the accepted ones. */
export function otherHostKey(
  its: {
    readonly machine: string;
    readonly address: string;
    readonly expected: string;
    readonly actual: string;
  },
  port: number,
): FailureError {
  const { machine, address, expected, actual } = its;
  const place = port === 22 ? address : `[${address}]:${port}`;
  return prerequisite({
    what: `${machine} shows another SSH host key than the one that is accepted`,
    where: address,
    why: `expected ${expected}\nfound    ${actual}`,
    remedy: `Something else may answer at this address. If its key was changed on purpose: correct hosts.${machine}.fingerprint in swarmlab.yaml; where there is none, ssh-keygen -R '${place}', then ssh -p ${port} ${address}`,
  });
}

function prerequisite(problem: Omit<Problem, "severity">): FailureError {
  return new FailureError({ kind: "prerequisite", problems: [{ severity: "error", ...problem }] });
}
