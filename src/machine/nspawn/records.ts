import { join } from "node:path";
import { readRecord } from "../record-file.ts";

/** What a machine was made with: a restart must use the same. */
export interface MachineRecord {
  readonly schemaVersion: 1;
  readonly address: string;
  /** Path of the box below its root. */
  readonly box: string;
}

export async function readMachineRecord(directory: string): Promise<MachineRecord | undefined> {
  return readRecord(join(directory, "machine.json"), parseMachineRecord);
}

function parseMachineRecord(data: object): MachineRecord | undefined {
  if (!("address" in data && typeof data.address === "string")) return undefined;
  if (!("box" in data && typeof data.box === "string")) return undefined;
  return { schemaVersion: 1, address: data.address, box: data.box };
}
