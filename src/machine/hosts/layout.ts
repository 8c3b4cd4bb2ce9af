import { join } from "node:path";

/** The directory with one directory for each cluster of machines that exist already. */
export const clustersDirectory = (home: string): string => join(home, "hosts");

/** Where what belongs to one cluster is kept. */
export const clusterDirectory = (home: string, cluster: string): string =>
  join(clustersDirectory(home), cluster);
