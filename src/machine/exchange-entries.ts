import { rename } from "node:fs/promises";
import { join } from "node:path";
import { pathExists } from "../system/files.ts";
import { entriesOf } from "./snapshot-record.ts";

/**
 * Puts every entry of `incoming` into `directory`, and what has its name there into `outgoing`, by renames alone. Broken off at any moment, the same
 * call goes on where it stopped.
 */
export async function exchangeEntries(its: {
  readonly directory: string;
  readonly incoming: string;
  readonly outgoing: string;
}): Promise<void> {
  const { directory, incoming, outgoing } = its;
  for (const name of await entriesOf(incoming)) {
    // Where it has moved out already, the place is free.
    if (await pathExists(join(directory, name))) await rename(join(directory, name), join(outgoing, name));
    await rename(join(incoming, name), join(directory, name));
  }
}
