import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Context } from "../context.ts";
import type { ArchivedImage } from "../docker/archived-images.ts";
import { hostImageId, saveHostImage } from "../docker/host-engine.ts";
import { readImageArchive, type ImageArchive } from "../docker/image-archive.ts";
import { familiarName } from "../docker/image-name.ts";
import { shareText, whenChanged } from "../docker/share-text.ts";
import type { StepProgress } from "../steps.ts";

/** What is to be loaded, found and good. */
export interface ImageSource {
  readonly images: readonly ArchivedImage[];
  /** Undefined: every machine has it already, which was seen without one. */
  readonly archive: ImageArchive | undefined;
}

interface Reading {
  readonly context: Context;
  /** A path, or an image of this computer's engine. */
  readonly source: string;
  /** Where such an image may be kept; in a directory that is not there yet. */
  readonly file: string;
  readonly progress: StepProgress;
  /** Whether each machine has the image with this ID under this name. */
  readonly isEverywhere: (id: string, tag: string) => Promise<boolean>;
}

/**
 * Reads an archive, or saves and reads an image of this computer's engine.
 * @throws FailureError `usage` for what is neither.
 */
export async function readImageSource(its: Reading): Promise<ImageSource> {
  const { context, source, file, progress, isEverywhere } = its;
  const path = resolve(context.host.workingDirectory, source);
  if (looksLikePath(source) || (await isFile(path))) return asSource(await readArchive(path, progress));
  const { processes } = context;
  const image = { processes, image: source, signal: progress.signal };
  const id = await hostImageId(image);
  const tag = familiarName(source);
  if (await isEverywhere(id, tag)) return { images: [{ ids: [id], tags: [tag] }], archive: undefined };
  await mkdir(dirname(file));
  await saveHostImage({ ...image, file, report: progress.report });
  return asSource(await readArchive(file, progress));
}

const asSource = (archive: ImageArchive): ImageSource => ({ images: archive.images, archive });

/** No image's name begins so, and none in use ends so. */
function looksLikePath(source: string): boolean {
  return /^(\.{0,2}|~|[a-z]:)[/\\]|\.(tar|tgz)$|\.tar\.\w+$/i.test(source);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (its) => its.isFile(),
    () => false,
  );
}

function readArchive(path: string, { signal, report }: StepProgress): Promise<ImageArchive> {
  const tell = whenChanged(report);
  const onRead = (bytes: number, totalBytes: number): void => tell(`read ${shareText(bytes, totalBytes)}`);
  return readImageArchive({ path, signal, onRead });
}
