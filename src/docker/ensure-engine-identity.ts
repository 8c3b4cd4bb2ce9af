import { FailureError, type Problem } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { bringUpFunction, throwUnlessUp } from "./apply-daemon.ts";
import { daemonRequirements, hintTimeout } from "./daemon-requirements.ts";
import { shellPrelude } from "./shell-sections.ts";

/** The machines that need an engine ID of their own: of those that share one, all but the first. Empty IDs are not compared. */
export function duplicateEngineIds(ids: ReadonlyMap<string, string>): readonly string[] {
  const owners = new Map<string, string>();
  for (const [machine, id] of ids) if (!owners.has(id)) owners.set(id, machine);
  return [...ids]
    .filter(([machine, id]) => id !== "" && owners.get(id) !== machine)
    .map(([machine]) => machine);
}

/** Commands that give an engine an ID of its own. */
export const renewByHand =
  "systemctl stop docker.socket docker; rm -f /etc/docker/key.json /var/lib/docker/engine-id; systemctl start docker";

/** For machines whose IDs are not to be changed. @throws FailureError `verify` where some share one */
export function requireUniqueIds(ids: ReadonlyMap<string, string>): void {
  const problems = duplicateEngineIds(ids).map((name): Problem => ({
    severity: "error",
    where: name,
    what: `its Docker engine has the same ID as another one: ${ids.get(name) ?? ""}`,
    why: "the machine is a copy of another one, and tools tell engines apart by their IDs",
    remedy: `On the machine: ${renewByHand}`,
  }));
  if (problems.length > 0) throw new FailureError({ kind: "verify", problems });
}

/**
 * Gives an engine a new ID; the daemon restarts. Before 23.0 the ID comes from `key.json`, later from `engine-id`, which is
 * made from `key.json` where there is one (moby/moby#43555): both must go.
 * @throws FailureError `daemon` when the daemon does not come back
 */
export async function renewEngineIdentity(remote: Remote, signal?: AbortSignal): Promise<void> {
  const { deadlineMs } = daemonRequirements.running;
  const work = remote.run({
    argv: ["sh", "-c", renewIdentityScript, "sh", String(deadlineMs / 1000)],
    sudo: true,
    timeoutMs: 2 * deadlineMs + 30_000,
    ...(signal && { signal }),
  });
  const { stdout } = await hintTimeout(daemonRequirements.running, work);
  throwUnlessUp(remote.machine, stdout);
}

/** Run as root by `sh -c`. $1: seconds to come up; $2: the root directory, left out on a machine. The daemon runs. */
export const renewIdentityScript = `${shellPrelude}${bringUpFunction}
main() {
  seconds=$1 root=$2
  complete_path
  trap '' HUP PIPE
  # Only the daemon knows: data-root may be in daemon.json, in a flag of the unit, or nowhere.
  data=$(timeout 10 docker info --format '{{.DockerRootDir}}' 2>/dev/null)
  if [ -z "$data" ]; then data=/var/lib/docker; fi
  mark_log
  # The socket goes too: a caller would start the daemon again by it.
  if has_systemd; then systemctl stop docker.socket docker.service 2>/dev/null; else stop_service; fi
  rm -f "$root/etc/docker/key.json" "$root$data/engine-id" || exit
  if said=$(bring_up restart 2>&1); then echo up | section outcome; return; fi
  printf '%s' "$said" | section said
  last_words | section log
  echo down | section outcome
}
main "$@"
`;
