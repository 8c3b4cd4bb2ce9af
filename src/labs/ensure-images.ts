import { fail, unwrap } from "../failure.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";

/** The prefix of every sample image: a registry that refuses at once, so that nothing from elsewhere can take its place. */
export const imagePrefix = "localhost/";

/**
 * Makes the sample images that a machine does not have, out of its own system. Returns their names.
 * @throws FailureError `verify` where the machine lacks what they are made of.
 */
export async function ensureImages(its: {
  readonly remote: Remote;
  readonly engine: Engine;
  /** `whoami:1`. */
  readonly images: readonly string[];
  readonly sources: { readonly script: string; readonly whoami: string };
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<readonly string[]> {
  const { remote, engine, images, sources, clock, signal } = its;
  const present = await Promise.all(images.map((image) => isThere(engine, image, signal)));
  const missing = images.filter((_, index) => present[index] === false);
  if (missing.length === 0) return missing;
  const { exitCode, stderr } = await remote.tryRun({
    argv: ["sh", "-s", "--", sources.whoami, ...missing],
    stdin: sources.script,
    sudo: true,
    timeoutMs: limitMs(clock, 300_000),
    signal,
  });
  if (exitCode !== 0) unwrap(notBuilt(remote.machine, stderr.trim()));
  return missing;
}

async function isThere(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.request("GET", `/images/${imagePrefix}${image}/json`, { signal });
    return true;
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status === 404)
      return false;
    throw error;
  }
}

function notBuilt(machine: string, why: string) {
  return fail({
    kind: "verify",
    problems: [
      {
        severity: "error",
        where: machine,
        what: "the sample images of the labs could not be made",
        why,
        remedy: `They are made of what a machine has installed. On Debian and Ubuntu: swarmlab ssh ${machine} -- sudo apt-get install busybox python3-minimal nginx-light curl dnsutils`,
      },
    ],
  });
}
