import { spawnSync } from "node:child_process";
import process from "node:process";

/** Installs what is missing; each brings what it depends on, and nothing that is only recommended. Throws where it cannot. */
export function installPackages(packages: readonly string[]): void {
  if (spawnSync("dpkg", ["--status", ...packages]).status === 0) return;
  output("apt-get", ["update"]);
  output("apt-get", ["install", "--yes", "--no-install-recommends", ...packages]);
}

/** What a command prints. Throws with all that it said where it fails. */
export function output(program: string, args: readonly string[]): string {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", env });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: exit code ${status ?? "none"}\n${stdout}\n${stderr}`);
}
