import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { readRecord, writeRecord } from "../record-file.ts";
import type { SshLogin } from "./ssh-config.ts";

/** Written when a machine was made to the end: a VM without it was begun and not finished. */
export interface MachineRecord {
  readonly schemaVersion: 1;
  /** The hypervisor's ID of the VM that this is about. */
  readonly id: string;
  readonly login: SshLogin;
  /** The SSH host key that the machine showed when it was made, as a public key line. */
  readonly hostKey: string;
}

export function readMachineRecord(file: string): Promise<MachineRecord | undefined> {
  return readRecord(file, parseMachineRecord);
}

export async function writeMachineRecord(file: string, record: MachineRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeRecord(file, record);
}

function parseMachineRecord(data: object): MachineRecord | undefined {
  if (!("id" in data && typeof data.id === "string")) return undefined;
  if (!("hostKey" in data && typeof data.hostKey === "string")) return undefined;
  const login = "login" in data ? parseLogin(data.login) : undefined;
  return login && { schemaVersion: 1, id: data.id, hostKey: data.hostKey, login };
}

function parseLogin(data: unknown): SshLogin | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (!("address" in data && typeof data.address === "string")) return undefined;
  if (!("port" in data && typeof data.port === "number")) return undefined;
  if (!("user" in data && typeof data.user === "string")) return undefined;
  if (!("identityFiles" in data && Array.isArray(data.identityFiles))) return undefined;
  const { address, port, user } = data;
  return { address, port, user, identityFiles: data.identityFiles.map(String) };
}
