import { createReadStream } from "node:fs";
import { FailureError } from "../failure.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import type { Engine } from "./engine.ts";
import { listImages } from "./held-images.ts";
import type { ImageArchive } from "./image-archive.ts";
import { splitName } from "./image-name.ts";
import { textAt } from "./json-fields.ts";
import { planImages, type ImagePlan } from "./plan-images.ts";
import { shareText, whenChanged } from "./share-text.ts";

/** What was done on a machine: images were sent; only names were given; nothing. */
export type ImageChange = "loaded" | "tagged" | "unchanged";

/** Of a usual machine: long enough for a slow disk to write what it has taken. */
const silenceMs = 180_000;

interface Loading {
  readonly engine: Engine;
  readonly archive: ImageArchive;
  /** For people: what is being loaded. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

/**
 * Sends an archive to a machine unless its images are there already.
 * @throws FailureError `disk-full`; `engine-api` for what the engine refuses.
 */
export async function ensureArchive(its: Loading): Promise<ImageChange> {
  const { engine, archive, signal } = its;
  const plan = planImages(archive.images, await listImages(engine, signal));
  if (plan.kind === "load") await send(its);
  if (plan.kind === "tag") await giveNames(engine, plan.tags, signal);
  return changes[plan.kind];
}

const changes = {
  load: "loaded",
  tag: "tagged",
  unchanged: "unchanged",
} as const satisfies Record<ImagePlan["kind"], ImageChange>;

async function send({ engine, archive, name, clock, signal, report }: Loading): Promise<void> {
  const { path, sizeBytes } = archive;
  const tell = whenChanged((text) => report(`${name}: ${text}`));
  let unread: Error | undefined;
  try {
    await engine.upload("/images/load?quiet=0", {
      open: () => createReadStream(path).once("error", (error) => (unread = error)),
      onSent: (bytes) => tell(bytes < sizeBytes ? shareText(bytes, sizeBytes) : "all sent"),
      onMessage: (message) => tell(textAt(message, "status").toLowerCase()),
      silenceMs: limitMs(clock, silenceMs),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unread ? unreadable(path, unread) : explained(error, name);
  }
}

async function giveNames(
  engine: Engine,
  tags: Extract<ImagePlan, { readonly kind: "tag" }>["tags"],
  signal: AbortSignal,
): Promise<void> {
  for (const { id, tag: name } of tags) {
    const { repository, tag } = splitName(name);
    const query = new URLSearchParams({ repo: repository, tag });
    await engine.request("POST", `/images/${id}/tag?${query.toString()}`, { signal });
  }
}

function unreadable(path: string, { message }: Error): FailureError {
  return new FailureError({
    kind: "usage",
    message: `${path} could not be read again: ${message}`,
    remedy: "Leave the file alone until it is loaded, then run the same command again.",
  });
}

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof FailureError) || error.failure.kind !== "engine-api") return error;
  const { machine, message } = error.failure;
  if (!/no space left on device|disk quota exceeded/i.test(message)) return error;
  const doing = `loading ${name}`;
  return new FailureError({ kind: "disk-full", machine, path: "/var/lib/docker", doing }, { cause: error });
}
