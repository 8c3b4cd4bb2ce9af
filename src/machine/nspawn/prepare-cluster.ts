import { mkdir, writeFile } from "node:fs/promises";
import { gatewayAddress } from "../../cluster/addresses.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { parseSubnet } from "../../cluster/subnet.ts";
import { generateSshKeyPair } from "../../remote/ssh-keys.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists } from "../../system/files.ts";
import { findBox } from "./box.ts";
import { buildBox } from "./build-box.ts";
import { unpackBox } from "./carry-box.ts";
import { ensureRules } from "./firewall.ts";
import { raiseHostSettings } from "./host-settings.ts";
import { loadKernelModules } from "./kernel-modules.ts";
import { clusterLayout, type ClusterLayout } from "./layout.ts";
import { ensureBridge } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** The host's side of a cluster's network: the machines' gateway. */
export interface Gateway {
  readonly address: string;
  /** Length of the subnet's prefix. */
  readonly prefix: number;
}

/** Makes what a cluster's machines share: the box, its directory with the SSH key, the bridge, the way out. Idempotent. */
export async function prepareCluster(
  host: NspawnHost,
  cluster: Cluster,
  progress: StepProgress,
): Promise<string | undefined> {
  const layout = clusterLayout(host.home, cluster.name);
  const said = await ensureBox(host, cluster, progress);
  await mkdir(layout.machinesDirectory, { recursive: true, mode: 0o700 });
  await ensureKeys(layout);
  await loadKernelModules(host.processes);
  await raiseHostSettings(host.warn);
  const { address, prefix } = gatewayOf(cluster);
  await ensureBridge(host.processes, layout, `${address}/${prefix}`);
  await ensureRules(host.processes, layout, cluster.subnet);
  return said;
}

export function gatewayOf({ subnet }: Cluster): Gateway {
  const network = parseSubnet(subnet);
  const address = network && gatewayAddress(network);
  if (network === undefined || address === undefined) throw new Error(`${subnet} has no gateway address`);
  return { address, prefix: network.prefix };
}

/** Makes the box unless it is there or the cluster names its own. Idempotent. */
export async function ensureBox(
  host: NspawnHost,
  cluster: Cluster,
  progress: StepProgress,
): Promise<string | undefined> {
  if (cluster.box !== undefined || (await findBox(host, cluster.docker)).ready) return undefined;
  const { bundle } = host;
  if (bundle === undefined) await buildBox(host, cluster.docker, progress);
  else await unpackBox(host, cluster.docker, { bundle, progress });
  return bundle === undefined ? "box built" : "box unpacked";
}

async function ensureKeys({ privateKeyFile, publicKeyFile }: ClusterLayout): Promise<void> {
  const found = await Promise.all([privateKeyFile, publicKeyFile].map(pathExists));
  if (found.every(Boolean)) return;
  const pair = generateSshKeyPair("swarmlab");
  await writeFile(privateKeyFile, pair.privateKey, { mode: 0o600 });
  await writeFile(publicKeyFile, `${pair.publicKey}\n`);
}
