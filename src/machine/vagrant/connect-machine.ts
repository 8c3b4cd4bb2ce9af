import { readFile } from "node:fs/promises";
import { FailureError } from "../../failure.ts";
import { connectSsh } from "../../remote/connect-ssh.ts";
import type { Remote } from "../../remote/remote.ts";
import type { Clock } from "../../system/clock.ts";
import { pathExists } from "../../system/files.ts";
import type { KeyLogin } from "../provider.ts";
import { machineRecordFile, type VagrantLayout } from "./layout.ts";
import type { MachineLogins } from "./machine-logins.ts";
import { readMachineRecord, type MachineRecord } from "./machine-record.ts";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly layout: VagrantLayout;
  readonly logins: Pick<MachineLogins, "renew">;
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Long enough for a machine that runs; then Vagrant is asked whether the way to it has changed. */
const knownWayMs = 5000;

/**
 * Connects by what is recorded of the machine. Forwarded ports change when somebody else starts it: then Vagrant is asked again.
 * @throws FailureError as `connectSsh`; `vagrant`
 */
export async function connectMachine(options: ConnectOptions): Promise<Remote> {
  const { layout, logins, name, timeoutMs, signal } = options;
  const record = await readMachineRecord(machineRecordFile(layout, name));
  if (record === undefined) return connectBy(options, await logins.renew(name, signal), timeoutMs);
  try {
    return await connectBy(options, record, Math.min(timeoutMs, knownWayMs));
  } catch (error) {
    if (!(error instanceof FailureError) || !wayMayHaveChanged(error)) throw error;
    return connectBy(options, await logins.renew(name, signal), timeoutMs);
  }
}

/** Another machine may have the port now, and shows another key. */
function wayMayHaveChanged({ failure }: FailureError): boolean {
  return failure.kind === "unreachable" || failure.kind === "host-key";
}

/** The way to a machine as it is recorded; one that has no record is asked of Vagrant. @throws FailureError `vagrant`, `unreachable` */
export async function machineLogin({
  layout,
  logins,
  name,
  signal,
}: Pick<ConnectOptions, "layout" | "logins" | "name" | "signal">): Promise<KeyLogin> {
  const record = await readMachineRecord(machineRecordFile(layout, name));
  return loginOf(name, record ?? (await logins.renew(name, signal)));
}

async function connectBy(
  { clock, name, signal }: ConnectOptions,
  record: MachineRecord,
  timeoutMs: number,
): Promise<Remote> {
  const { identityFile, ...login } = await loginOf(name, record);
  const privateKey = await readFile(identityFile, "utf8");
  return connectSsh({ ...login, machine: name, privateKey, timeoutMs, signal, clock });
}

async function loginOf(machine: string, { login, hostKey }: MachineRecord): Promise<KeyLogin> {
  const { identityFiles, ...way } = login;
  return { ...way, identityFile: await findIdentity(machine, identityFiles), hostKey };
}

async function findIdentity(machine: string, files: readonly string[]): Promise<string> {
  const present = await Promise.all(files.map(pathExists));
  const file = files.find((_, index) => present[index]);
  if (file !== undefined) return file;
  throw new FailureError({
    kind: "unreachable",
    machine,
    address: files.join(", "),
    reason: "Vagrant's private key for it is gone",
    hint: "swarmlab destroy and swarmlab up make the machines anew.",
  });
}
