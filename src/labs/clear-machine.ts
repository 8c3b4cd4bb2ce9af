import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";

/** Removes containers, the machine's own networks and volumes, and the files of labs. Images stay. */
const script = `
docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
docker network ls --quiet --filter scope=local --filter type=custom --format '{{.Name}}' | grep --invert-match '^docker_gwbridge$' | xargs --no-run-if-empty docker network rm
docker volume ls --quiet | xargs --no-run-if-empty docker volume rm --force
rm -rf -- "$1/lab"
`;

/** Clears one machine of what labs leave outside of the swarm's own state. */
export async function clearMachine(its: {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { remote, clock, signal } = its;
  const { stdout } = await remote.run({ argv: ["pwd"], signal });
  await remote.run({
    argv: ["sh", "-c", script, "sh", stdout.trim()],
    sudo: true,
    timeoutMs: limitMs(clock, 120_000),
    signal,
  });
}
