import { join, resolve } from "node:path";
import { unwrap } from "../failure.ts";
import { isBoxPath } from "./box-name.ts";
import { parseConfig } from "./parse-config.ts";
import { type Overrides, type ResolvedCluster, resolveCluster } from "./resolve.ts";

/** The name of the file that makes a directory a lab directory. */
export const configFileName = "swarmlab.yaml";

/**
 * The cluster that a lab directory asks for; the default cluster where it has no `swarmlab.yaml`. A `box` that is a path becomes absolute.
 * `readText` returns undefined for a file that does not exist.
 * @throws FailureError `config` with every problem.
 */
export async function loadCluster(options: {
  readonly directory: string;
  readonly readText: (path: string) => Promise<string | undefined>;
  readonly overrides: Overrides;
}): Promise<ResolvedCluster> {
  const text = await options.readText(join(options.directory, configFileName));
  const config = unwrap(parseConfig(text ?? "", configFileName));
  const { cluster, warnings } = unwrap(resolveCluster(config, options.overrides));
  const owner = text === undefined ? {} : { owner: resolve(options.directory) };
  return { cluster: { ...cluster, ...owner, ...absoluteBox(options.directory, cluster.box) }, warnings };
}

function absoluteBox(directory: string, box: string | undefined): { readonly box?: string } {
  return box !== undefined && isBoxPath(box) ? { box: resolve(directory, box) } : {};
}
