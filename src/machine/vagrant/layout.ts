import { join } from "node:path";
import type { VagrantProviderName } from "../../cluster/cluster.ts";

/** Where the parts of a cluster of VMs are. */
export interface VagrantLayout {
  /** Vagrant's working directory: `Vagrantfile` and `.vagrant` are here. */
  readonly directory: string;
  readonly vagrantfile: string;
  /** Everything that Vagrant printed. */
  readonly log: string;
}

/** The directory with one directory for each cluster of a provider. */
export const clustersDirectory = (home: string, provider: VagrantProviderName): string =>
  join(home, provider);

export function vagrantLayout(home: string, provider: VagrantProviderName, cluster: string): VagrantLayout {
  const directory = join(clustersDirectory(home, provider), cluster);
  return {
    directory,
    vagrantfile: join(directory, "Vagrantfile"),
    log: join(directory, "vagrant.log"),
  };
}

/** `MachineRecord` as JSON. */
export const machineRecordFile = ({ directory }: VagrantLayout, machine: string): string =>
  join(directory, "machines", `${machine}.json`);

/** Where Vagrant keeps the hypervisor's ID of a machine. */
export const vagrantIdFile = (
  { directory }: VagrantLayout,
  provider: VagrantProviderName,
  machine: string,
): string => join(directory, ".vagrant", "machines", machine, provider, "id");
