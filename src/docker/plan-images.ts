import type { ArchivedImage } from "./archived-images.ts";
import type { HeldImage } from "./held-images.ts";

/** What a machine lacks of an archive. */
export type ImagePlan =
  | { readonly kind: "unchanged" }
  /** The images are there, and only names are to be given. */
  | { readonly kind: "tag"; readonly tags: readonly { readonly id: string; readonly tag: string }[] }
  | { readonly kind: "load" };

/** Images are told by their IDs: a name may stand for another image. */
export function planImages(images: readonly ArchivedImage[], held: readonly HeldImage[]): ImagePlan {
  const found = images.map((image) => ({ image, there: held.find(({ id }) => image.ids.includes(id)) }));
  const tags = found.flatMap(({ image, there }) =>
    there === undefined
      ? []
      : image.tags.filter((tag) => !there.tags.includes(tag)).map((tag) => ({ id: there.id, tag })),
  );
  if (found.some(({ there }) => there === undefined)) return { kind: "load" };
  return tags.length === 0 ? { kind: "unchanged" } : { kind: "tag", tags };
}
