import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FailureError, unwrap } from "../failure.ts";
import { hasCode } from "../system/files.ts";
import { archivedImages, notAnArchive, type ArchivedImage, type ArchiveListing } from "./archived-images.ts";
import { tarEntries } from "./tar-entries.ts";

/** An archive that an engine's load takes. */
export interface ImageArchive {
  readonly path: string;
  readonly sizeBytes: number;
  readonly images: readonly ArchivedImage[];
}

interface Reading {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Called again and again with how much of the file was read. */
  readonly onRead: (bytes: number, totalBytes: number) => void;
}

/** Far more than any configuration of an image has. */
const keepBytes = 4 * 1024 * 1024;

/**
 * Reads an archive of `docker save`, gzip-compressed or not, to its end; keeps none of the images' content.
 * @throws FailureError `usage` where it is none, with the reason; the signal's reason.
 */
export async function readImageArchive(its: Reading): Promise<ImageArchive> {
  const { path, signal } = its;
  try {
    const { head, sizeBytes } = await lookAt(path);
    const chunks = decompressed(readChunks(its, sizeBytes), { path, head });
    return { path, sizeBytes, images: unwrap(archivedImages(await listEntries(chunks, path), path)) };
  } catch (error) {
    signal.throwIfAborted();
    throw explained(path, error);
  }
}

async function lookAt(path: string): Promise<{ readonly head: string; readonly sizeBytes: number }> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  if (bytesRead === 0) throw refused(path, "it is empty");
  return { head: buffer.toString("hex"), sizeBytes: (await file.stat()).size };
}

async function* readChunks({ path, signal, onRead }: Reading, totalBytes: number): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  const chunks: AsyncIterable<Buffer> = file;
  for await (const chunk of chunks) {
    onRead(file.bytesRead, totalBytes);
    yield chunk;
  }
}

/** By the first bytes of a file, in hexadecimal. Engines take these too; to look into them wants a library for each. */
const foreignCompressions = [
  { head: "425a68", name: "bzip2", command: "bunzip2" },
  { head: "fd377a585a00", name: "xz", command: "unxz" },
  { head: "28b52ffd", name: "zstd", command: "unzstd" },
];

function decompressed(
  chunks: AsyncIterable<Buffer>,
  { path, head }: { readonly path: string; readonly head: string },
): AsyncIterable<Buffer> {
  const foreign = foreignCompressions.find((its) => head.startsWith(its.head));
  if (foreign !== undefined)
    throw refused(path, `it is compressed with ${foreign.name}`, `${foreign.command} ${path}`);
  if (!head.startsWith("1f8b")) return chunks;
  // The error reaches whoever reads the last stream.
  return pipeline(chunks, createGunzip(), () => undefined);
}

async function listEntries(chunks: AsyncIterable<Buffer>, path: string): Promise<ArchiveListing> {
  const refuse = (reason: string): FailureError => refused(path, reason);
  const digests = new Map<string, string | undefined>();
  const texts = new Map<string, string>();
  for await (const { name, content } of tarEntries(chunks, { keepBytes, refuse })) {
    digests.set(name, content && createHash("sha256").update(content).digest("hex"));
    if (content !== undefined && ["manifest.json", "index.json"].includes(name))
      texts.set(name, content.toString());
  }
  return { digests, manifest: texts.get("manifest.json"), index: texts.get("index.json") };
}

function explained(path: string, error: unknown): unknown {
  if (hasCode(error, "ENOENT"))
    return new FailureError({
      kind: "usage",
      message: `there is no file ${path}`,
      remedy: "Correct the path.",
    });
  if (hasCode(error, "EISDIR")) return refused(path, "it is a directory");
  if (hasCode(error, "EACCES"))
    return new FailureError({ kind: "usage", message: `${path} may not be read`, remedy: `ls -l ${path}` });
  if (hasCode(error, "Z_BUF_ERROR")) return refused(path, "it is cut off");
  if (hasCode(error, "Z_DATA_ERROR")) return refused(path, "it is damaged");
  return error;
}

const refused = (...its: Parameters<typeof notAnArchive>): FailureError =>
  new FailureError(notAnArchive(...its));
