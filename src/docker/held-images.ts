import type { Engine } from "./engine.ts";
import { fieldAt, listAt, numberAt, textAt } from "./json-fields.ts";
import { isObject } from "./json-object.ts";

/** An image that a machine has. */
export interface HeldImage {
  /** `sha256:…`. Of the image's configuration; of its manifest where the engine keeps images in containerd. */
  readonly id: string;
  /** `nginx:1.25`, as the CLI shows them; empty: it has lost its names. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
}

/** The images of one machine, those in between that were only built upon aside. */
export async function listImages(engine: Engine, signal: AbortSignal): Promise<readonly HeldImage[]> {
  return parseImages(await engine.request("GET", "/images/json", { signal }));
}

/** What `GET /images/json` answers. */
export function parseImages(answer: unknown): readonly HeldImage[] {
  return listAt({ images: answer }, "images").map((image) => ({
    id: textAt(image, "Id"),
    tags: listAt(image, "RepoTags").filter(isName),
    labels: labelsOf(fieldAt(image, "Labels")),
    sizeBytes: numberAt(image, "Size") ?? 0,
  }));
}

/** Before API 1.43 an image without a name has this one. */
const isName = (tag: unknown): tag is string => typeof tag === "string" && tag !== "<none>:<none>";

function labelsOf(labels: unknown): HeldImage["labels"] {
  const entries = isObject(labels) ? Object.entries(labels) : [];
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
