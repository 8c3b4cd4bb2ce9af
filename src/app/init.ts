import { copyFile, constants } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { configFileName } from "../cluster/load.ts";
import { FailureError } from "../failure.ts";
import { makeStateDirectory } from "../state/lab-files.ts";

/** Writes a commented `swarmlab.yaml`, the one for machines that exist already with provider hosts, and the schema that editors complete from. Returns the file's path. Never overwrites. */
export async function init(
  context: Context,
  options: { readonly directory?: string; readonly provider?: string | undefined },
): Promise<string> {
  const directory = resolve(context.host.workingDirectory, options.directory ?? ".");
  const templates = join(context.host.packageDirectory, "templates");
  const file = join(directory, configFileName);
  try {
    const template = options.provider === "hosts" ? "swarmlab-hosts.yaml" : configFileName;
    await copyFile(join(templates, template), file, constants.COPYFILE_EXCL);
  } catch (error) {
    throw explain(error, file, directory);
  }
  const state = await makeStateDirectory(directory);
  await copyFile(join(templates, "swarmlab.schema.json"), join(state, "swarmlab.schema.json"));
  return file;
}

function explain(error: unknown, file: string, directory: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reasons: Record<string, string> = {
    EEXIST: `${file} exists already`,
    ENOENT: `there is no directory ${directory}`,
    EACCES: `${directory} cannot be written to`,
    EROFS: `${directory} is on a read-only file system`,
  };
  const message = typeof code === "string" ? reasons[code] : undefined;
  if (message === undefined) return error;
  return new FailureError({
    kind: "usage",
    message,
    remedy: "Choose another directory: swarmlab --dir DIR init",
  });
}
