import { realpath } from "node:fs/promises";
import { pathExists, readText } from "./files.ts";

/** Where file systems are mounted in this mount namespace, in their order; empty where the kernel is not Linux. */
export async function mountPoints(): Promise<readonly string[]> {
  return parseMountPoints((await readText("/proc/mounts")) ?? "");
}

/** Whether a file system is mounted just there; by whatever way the path leads there. */
export async function isMountPoint(path: string): Promise<boolean> {
  return (await pathExists(path)) && (await mountPoints()).includes(await realpath(path));
}

/** From the content of `/proc/mounts`, in which blanks and backslashes of paths are octal (`man 5 fstab`). */
export function parseMountPoints(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
}
