import type { DaemonOptions } from "../cluster/cluster.ts";
import { ok, type Failure, type Result } from "../failure.ts";
import type { FileChange } from "./apply-daemon.ts";
import type { ObservedEngine } from "./await-engine.ts";
import { daemonConfigPath, type DaemonChange } from "./daemon-config.ts";
import { formatDaemonFlags } from "./daemon-flags.ts";
import { unreadable } from "./json-object.ts";
import { lastDayOf } from "./keyed-certificate.ts";

/** How the Docker API of one machine shall be reached by TCP, besides its unix socket; `address`: the only one that is listened on. */
export type TcpAccess =
  | { readonly mode: "off" | "insecure"; readonly address: string }
  | {
      readonly mode: "tls";
      readonly address: string;
      /** Certificates of the authority whose clients are let in. */
      readonly authority: FileChange;
      /** The machine's certificate with its key. */
      readonly server: FileChange;
    };

export const authorityPath = "/etc/docker/swarmlab-ca.pem";
/** Certificate and key in one file, so that they are always of one kind. */
export const serverPath = "/etc/docker/swarmlab-server.pem";
/** Extends the packaged unit where systemd starts the daemon. */
export const tcpUnitPath = "/etc/systemd/system/docker.service.d/swarmlab.conf";

const unixSocket = "unix:///var/run/docker.sock";

/** Where the Docker API answers: `tcp://192.168.56.17:2376`; undefined: nowhere but on the unix socket. */
export function tcpEndpoint(mode: TcpAccess["mode"], address: string): string | undefined {
  if (mode === "off") return undefined;
  return `tcp://${address}:${mode === "tls" ? 2376 : 2375}`;
}

/** The same as options of dockerd, the unix socket included. */
export function tcpOptions(access: TcpAccess): DaemonOptions {
  if (access.mode === "off") return {};
  const hosts = [unixSocket, tcpEndpoint(access.mode, access.address)];
  // To say so spares an engine from 20.10 on its pause of 15 s before it listens without TLS.
  if (access.mode === "insecure") return { hosts, tls: false };
  return { hosts, tlsverify: true, tlscacert: authorityPath, tlscert: serverPath, tlskey: serverPath };
}

/** What of the machine's own does not go with it. @returns a failure `daemon`; undefined: nothing */
export function tcpObstacle(its: {
  readonly access: TcpAccess;
  readonly config: DaemonOptions;
  readonly machine: string;
}): Failure | undefined {
  const { access, config, machine } = its;
  if (access.mode === "off") return undefined;
  const key = Object.keys(config).find((name) => name === "hosts" || name.startsWith("tls"));
  if (key === undefined) return undefined;
  const reason = `${daemonConfigPath} sets ${key}, which docker.tcp sets too; remove it there, or set docker.tcp: off in swarmlab.yaml`;
  const result = unreadable({ machine }, reason);
  return result.ok ? undefined : result.failure;
}

/**
 * What shall stand at `tcpUnitPath`: the packaged command with more flags. `packaged`: the units without this one.
 * Fails with `daemon` where they hold no command.
 */
export function planTcpUnit(its: {
  readonly access: TcpAccess;
  readonly packaged: string | undefined;
  readonly machine: string;
}): Result<string | undefined> {
  const { access, packaged = "", machine } = its;
  if (access.mode === "off") return ok(undefined);
  const command = startCommand(packaged);
  if (command === undefined)
    return unreadable({ machine }, "docker.service has no ExecStart that could be extended");
  const { hosts, ...others } = tcpOptions(access);
  // The packaged command listens where systemd listens for it (`fd://`): the unix socket is then not the daemon's to open.
  const listens = /\s(?:-H|--host)[\s=]/.test(command);
  const endpoint = tcpEndpoint(access.mode, access.address);
  const flags = formatDaemonFlags({ hosts: listens ? [endpoint] : hosts, ...others }, machine);
  if (!flags.ok) return flags;
  return ok(`[Service]\nExecStart=\nExecStart=${[command, ...flags.value].join(" ")}\n`);
}

/** What a unit starts, as systemd reads it: the last command counts, an empty one takes back what was before, a backslash continues the line. */
export function startCommand(unit: string): string | undefined {
  const lines = unit.replaceAll(/\s*\\\n\s*/g, " ").matchAll(/^[ \t]*ExecStart[ \t]*=[ \t]*(.*)$/gm);
  return [...lines].at(-1)?.[1]?.trim() || undefined;
}

/** What changes, for people. */
export function tcpChanges(engine: ObservedEngine, access: TcpAccess): readonly DaemonChange[] {
  const before = engine.init === "systemd" ? endpointIn(engine.unit) : endpointIn(engine.flags);
  const after = tcpEndpoint(access.mode, access.address);
  return [...changeOf("docker.tcp", before, after), ...certificateChange(engine, access)];
}

function endpointIn(text: string | undefined): string | undefined {
  return /tcp:\/\/[\d.]+:\d+/.exec(text ?? "")?.[0];
}

function changeOf(key: string, from: string | undefined, to: string | undefined): readonly DaemonChange[] {
  if (from === to) return [];
  if (from === undefined) return [{ key, action: "add", to }];
  return to === undefined ? [{ key, action: "remove", from }] : [{ key, action: "change", from, to }];
}

function certificateChange(engine: ObservedEngine, access: TcpAccess): readonly DaemonChange[] {
  if (access.mode !== "tls" || typeof access.server === "string") return [];
  const until = (text: string | undefined) => {
    const day = lastDayOf(text);
    return day === undefined ? undefined : `until ${day}`;
  };
  const [from, to] = [until(engine.certificate), until(access.server.content)];
  return from === undefined
    ? [{ key: "certificate", action: "add", to }]
    : [{ key: "certificate", action: "change", from, to }];
}
