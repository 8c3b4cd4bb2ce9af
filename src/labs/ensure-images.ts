import { createHash } from "node:crypto";
import type { Engine } from "../docker/engine.ts";
import { listImages, type HeldImage } from "../docker/held-images.ts";
import { fail, FailureError, unwrap } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import { labPrograms } from "./lab-programs.ts";

/** The prefix of every sample image: a registry that refuses at once, so that nothing from elsewhere can take its place. */
export const imagePrefix = "localhost/";

/** Label of a sample image: what it was made of, so that one of another version of swarmlab is known from its like. */
export const sourceLabel = "swarmlab.source";

/** What sample images are made by and of. */
export interface ImageSources {
  readonly script: string;
  readonly whoami: string;
}

/**
 * Makes the sample images that a machine does not have, or has of other sources, out of its own system. Returns their names.
 * @throws FailureError `verify` where the machine lacks what they are made of.
 */
export async function ensureImages(its: {
  readonly remote: Remote;
  readonly engine: Engine;
  /** `whoami:1`. */
  readonly images: readonly string[];
  readonly sources: ImageSources;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<readonly string[]> {
  const { remote, engine, images, sources, clock, signal } = its;
  const source = hashOf(sources);
  const held = await listImages(engine, signal);
  const current = held.filter(({ labels }) => labels[sourceLabel] === source).flatMap(({ tags }) => tags);
  const missing = images.filter((image) => !current.includes(imagePrefix + image));
  if (missing.length === 0) return missing;
  const { exitCode, stderr } = await remote.tryRun({
    argv: ["sh", "-s", "--", sources.whoami, `${sourceLabel}=${source}`, ...missing],
    stdin: sources.script,
    sudo: true,
    timeoutMs: limitMs(clock, 300_000),
    signal,
  });
  if (exitCode !== 0) unwrap(notBuilt(remote.machine, stderr.trim()));
  const names = missing.map((image) => imagePrefix + image);
  for (const { id } of held.filter((image) => isReplaced(image, names)))
    await removeImage(engine, id, signal);
  return missing;
}

function hashOf({ script, whoami }: ImageSources): string {
  return createHash("sha256")
    .update(JSON.stringify([script, whoami]))
    .digest("hex");
}

/** Another name may be the learner's: it would go with the image. */
function isReplaced({ tags }: HeldImage, names: readonly string[]): boolean {
  return tags.length > 0 && tags.every((tag) => names.includes(tag));
}

async function removeImage(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  try {
    await engine.request("DELETE", `/images/${id}`, { signal });
  } catch (error) {
    // 404: it was made alike. 409: a container runs from it, and may go on.
    const status =
      error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status;
    if (status !== 404 && status !== 409) throw error;
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
        remedy: `They are made of what a machine has installed. See that all machines have it: swarmlab exec -- which ${Object.keys(labPrograms).join(" ")} tar ldd`,
      },
    ],
  });
}
