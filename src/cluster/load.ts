import { join, resolve } from "node:path";
import { unwrap } from "../failure.ts";
import { isBoxPath } from "./box-name.ts";
import type { Cluster, HostSpec } from "./cluster.ts";
import { parseConfig } from "./parse-config.ts";
import { type Overrides, type ResolvedCluster, resolveCluster } from "./resolve.ts";

/** The name of the file that makes a directory a lab directory. */
export const configFileName = "swarmlab.yaml";

/**
 * The cluster that a lab directory asks for; the default cluster where it has no `swarmlab.yaml`. A `box` that is a path and keys of hosts become absolute.
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
  const { directory } = options;
  const paths = { ...absoluteBox(directory, cluster.box), ...absoluteKeys(directory, cluster) };
  return { cluster: { ...cluster, ...owner, ...paths }, warnings };
}

function absoluteKeys(directory: string, { hosts }: Cluster): Pick<Cluster, "hosts"> {
  if (hosts === undefined) return {};
  const entries = Object.entries(hosts).map(([name, host]): readonly [string, HostSpec] => {
    const { key } = host;
    return [
      name,
      key === undefined || key.startsWith("~/") ? host : { ...host, key: resolve(directory, key) },
    ];
  });
  return { hosts: Object.fromEntries(entries) };
}

function absoluteBox(directory: string, box: string | undefined): { readonly box?: string } {
  return box !== undefined && isBoxPath(box) ? { box: resolve(directory, box) } : {};
}
