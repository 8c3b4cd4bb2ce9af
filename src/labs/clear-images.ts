import { listImages, type HeldImage } from "../docker/held-images.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { imagePrefix, sourceLabel } from "./ensure-images.ts";

/** Removes a machine's images but the labs' own samples; no container runs from them. One that another is made of goes after that. */
export async function clearImages(engine: Engine, signal: AbortSignal): Promise<void> {
  for (;;) {
    const unwanted = (await listImages(engine, signal)).flatMap(unwantedNames);
    let gone = 0;
    for (const name of unwanted) if (await removeImage(engine, name, signal)) gone += 1;
    if (gone === unwanted.length || gone === 0) return;
  }
}

/** Of a sample the names that somebody else gave it. */
function unwantedNames({ id, tags, labels }: HeldImage): readonly string[] {
  return labels[sourceLabel] === undefined ? [id] : tags.filter((tag) => !tag.startsWith(imagePrefix));
}

async function removeImage(engine: Engine, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.request("DELETE", `/images/${name}?force=true`, { signal });
    return true;
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== "engine-api") throw error;
    // 404: it went with another one. 409: another one is made of it.
    if (error.failure.status === 404) return true;
    if (error.failure.status === 409) return false;
    throw error;
  }
}
