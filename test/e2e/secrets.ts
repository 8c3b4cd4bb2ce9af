import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

// In the syntax that JavaScript and grep -E share.
const tokens = "SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}|SWMKEY-1-[A-Za-z0-9+/]{43}";
const privateKeys = "-----BEGIN [A-Z ]*PRIVATE KEY-----";

/** The join tokens, unlock keys and private keys in a text, each cut to what tells its kind. */
export function secretsIn(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`${tokens}|${privateKeys}`, "g"))].map(([secret]) =>
    secret.slice(0, 9),
  );
}

/**
 * Where a cluster on this host exposes secrets, one line for each place: private keys in files of its state or of a machine that not only their owner
 * may read, tokens in any such file, and either in the journals of its machines with all fields, such as the arguments of processes. Left out are
 * the files of a lab, which are the learner's, what Docker keeps, and the unlock keys that only the owner of a snapshot may read.
 */
export async function findExposedSecrets(cluster: string): Promise<readonly string[]> {
  const directory = join("/var/lib/swarmlab/clusters", cluster);
  const journals = await find(directory, ["-path", "*/upper/var/log/journal", "-prune", "-print"]);
  const docker = ["-path", "*/machines/*/docker", "-o", "-path", "*/machines/*/root"];
  const keys = ["-path", "*/snapshots/*/unlock-key", "-perm", "600"];
  const pruned = [
    ...[...docker, "-o", ...keys],
    ...["-o", "-path", "*/upper/home/*/lab", "-o", "-path", "*/upper/var/log/journal"],
  ];
  const files = (others: readonly string[], pattern: string): Promise<readonly string[]> =>
    find(directory, [
      "(",
      ...pruned,
      ")",
      "-prune",
      "-o",
      "-type",
      "f",
      ...others,
      "-exec",
      "grep",
      "-lE",
      "-e",
      pattern,
      "{}",
      "+",
    ]);
  const found = await Promise.all([
    files([], tokens),
    files(["-perm", "/077"], privateKeys),
    ...journals.map(inJournal),
  ]);
  return found.flat();
}

/** No lines where the directory is not there. */
async function find(directory: string, expression: readonly string[]): Promise<readonly string[]> {
  if (!existsSync(directory)) return [];
  // Files come and go while find looks: its exit code tells nothing.
  const { stdout } = await execute("sh", ["-c", 'find "$@" || true', "sh", directory, ...expression]);
  return stdout.split("\n").filter(Boolean);
}

async function inJournal(directory: string): Promise<readonly string[]> {
  const argv = ["--directory", directory, "--output", "export", "--no-pager", "--quiet"];
  const { stdout } = await execute("journalctl", argv, { maxBuffer: 2 ** 28 });
  return secretsIn(stdout).map((secret) => `${directory}: ${secret}…`);
}

/** Commands that pass on what others say, and say to others. */
export function isOthers([command]: readonly string[]): boolean {
  return command === "exec" || command === "ssh";
}

/** The commands of all processes that run now with secrets in their arguments, one line for each; learners, who type them, are left out. */
export function secretsInArguments(): readonly string[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    const command = readOfProcess(pid, "cmdline");
    return secretsIn(command).length === 0 || isLearners(pid, command) ? [] : [shown(command)];
  });
}

function isLearners(pid: string, command: string): boolean {
  const [, program = "", ...args] = command.split("\0");
  // Solutions say --dir, learners do not.
  if (program.endsWith("main.js") && isOthers(args)) return true;
  return /swarmlab[/-]e2e-\w+-labs\d/.test(readOfProcess(pid, "cgroup") + command);
}

/** All at once, twice a second: to wait for each file would cost ten times as much. Empty when the process has ended. */
function readOfProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

const shown = (command: string): string =>
  command
    .replaceAll("\0", " ")
    .replaceAll(new RegExp(`(?:${tokens})`, "g"), (secret) => `${secret.slice(0, 9)}…`)
    .slice(0, 120);
