import { FailureError } from "../failure.ts";
import { isMountPoint } from "../system/mounts.ts";

/**
 * For what removes the cluster's directory: what somebody mounted over it is not the cluster's, and hides what is.
 * @throws FailureError `prerequisite`
 */
export async function refuseMountOver(directory: string): Promise<void> {
  if (!(await isMountPoint(directory))) return;
  throw new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: "something is mounted over the cluster's directory",
        where: directory,
        why: "It hides what the cluster has there, and what it holds would be removed instead.",
        remedy: `umount ${directory}, then the same again`,
      },
    ],
  });
}
