import type { Context } from "../context.ts";
import { listImages } from "../docker/held-images.ts";
import { Connections } from "./connections.ts";
import { openLab, type LabOptions } from "./open-lab.ts";

/** What `image list --json` prints. */
export interface ImageListReport {
  readonly schemaVersion: 1;
  /** The machines that were asked: those that run. */
  readonly machines: readonly string[];
  readonly images: readonly ListedImage[];
}

/** One name of one image; a name that stands for several images, on several machines, is listed with each. */
export interface ListedImage {
  /** Null: an image that has lost its names. */
  readonly name: string | null;
  readonly id: string;
  readonly sizeBytes: number;
  readonly machines: readonly string[];
}

/** The images of all machines that run, by name. */
export async function imageList(context: Context, options: LabOptions): Promise<ImageListReport> {
  const lab = await openLab(context, options, ["read the key that opens the machines"]);
  const all = [...lab.machines.values()];
  const machines = all.filter(({ state }) => state === "running").map(({ name }) => name);
  const silent = all.filter(({ state }) => state !== "running").map(({ name }) => name);
  if (silent.length > 0)
    context.emit({
      type: "note",
      level: "warning",
      text: `Not asked, since not running: ${silent.join(", ")}.`,
    });
  await using connections = new Connections(context);
  const found = await Promise.all(
    machines.map(async (machine) => {
      const held = await listImages(await connections.engine(lab, machine), context.signal);
      return held.flatMap(({ id, tags, sizeBytes }) =>
        (tags.length === 0 ? [null] : tags).map((name) => ({ machine, name, id, sizeBytes })),
      );
    }),
  );
  return { schemaVersion: 1, machines, images: grouped(found.flat()) };
}

type Sighting = Omit<ListedImage, "machines"> & { readonly machine: string };

function grouped(sightings: readonly Sighting[]): readonly ListedImage[] {
  const groups = new Map<string, ListedImage>();
  for (const { machine, ...image } of sightings) {
    const key = `${image.name ?? ""} ${image.id}`;
    groups.set(key, { ...image, machines: [...(groups.get(key)?.machines ?? []), machine] });
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, image]) => image);
}
