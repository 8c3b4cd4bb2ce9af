import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { FailureError } from "../failure.ts";
import { hasCode } from "../system/files.ts";
import { parseManifest, type BundleManifest, type BundlePart } from "./bundle-manifest.ts";

/** The member that a bundle begins with. */
export const manifestName = "manifest.json";
const blockBytes = 512;

/** A file that carries all that `up` would fetch: a tar whose members are whole archives themselves. */
export interface Bundle {
  readonly file: string;
  readonly manifest: BundleManifest;
  readonly members: readonly Member[];
}

interface Member {
  readonly name: string;
  /** Offset of its first byte in the file. */
  readonly start: number;
  readonly bytes: number;
}

/**
 * Reads what a bundle is and that all of it is there; what its parts hold is checked by `verifyPart`.
 * @throws FailureError `bundle`
 */
export async function openBundle(file: string): Promise<Bundle> {
  await using handle = await openFile(file);
  const members = await readMembers(handle);
  const manifest = await readManifest(file, handle, members[0]);
  const { size } = await handle.stat();
  for (const part of manifest.parts) {
    const member = members.find(({ name }) => name === part.name);
    if (member?.bytes !== part.bytes || member.start + member.bytes > size) throw notWhole(file, part, size);
  }
  return { file, manifest, members };
}

/** @throws FailureError `bundle` when a part holds something else than when it was made. */
export async function verifyPart(bundle: Bundle, name: string): Promise<void> {
  const part = bundle.manifest.parts.find((candidate) => candidate.name === name);
  const sha256 = await sha256Of(readPart(bundle, name));
  if (part?.sha256 === sha256) return;
  throw new FailureError({
    kind: "bundle",
    file: bundle.file,
    what: "the bundle is damaged",
    why: `${name} has the SHA-256 ${sha256}, and ${part?.sha256 ?? "none"} when it was made.`,
    remedy: makeAnew,
  });
}

/** The bytes of a part. */
export function readPart({ file, members }: Bundle, name: string): Readable {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined) throw new Error(`no part ${name}`);
  return createReadStream(file, { start: member.start, end: member.start + member.bytes - 1 });
}

export async function sha256Of(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new FailureError(
      {
        kind: "bundle",
        file,
        what: "the bundle cannot be opened",
        why: error.message,
        remedy: "swarmlab bundle FILE   (makes one, on a computer with a network)",
      },
      { cause: error },
    );
  }
}

/** The members of a tar whose names are short, as `writeBundle` makes it; for any other file, none or too few. */
async function readMembers(handle: FileHandle): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let at = 0; ;) {
    const member = await readHeader(handle, at);
    if (member === undefined) return members;
    members.push(member);
    at = member.start + Math.ceil(member.bytes / blockBytes) * blockBytes;
  }
}

/** https://www.gnu.org/software/tar/manual/html_node/Standard.html */
async function readHeader(handle: FileHandle, at: number): Promise<Member | undefined> {
  const block = Buffer.alloc(blockBytes);
  const { bytesRead } = await handle.read(block, 0, blockBytes, at).catch(nothingInDirectory);
  const field = (from: number, to: number): string =>
    block.toString("latin1", from, to).replace(/[\0 ].*$/s, "");
  if (bytesRead < blockBytes || !field(257, 263).startsWith("ustar")) return undefined;
  const bytes = parseInt(field(124, 136), 8);
  return Number.isNaN(bytes) ? undefined : { name: field(0, 100), start: at + blockBytes, bytes };
}

function nothingInDirectory(error: unknown): { readonly bytesRead: number } {
  if (hasCode(error, "EISDIR")) return { bytesRead: 0 };
  throw error;
}

const longestManifest = 64 * 1024;

async function readManifest(
  file: string,
  handle: FileHandle,
  first: Member | undefined,
): Promise<BundleManifest> {
  if (first?.name !== manifestName || first.bytes > longestManifest) throw noBundle(file);
  const content = Buffer.alloc(first.bytes);
  await handle.read(content, 0, first.bytes, first.start);
  const parsed = parseManifest(content.toString("utf8"));
  if (parsed.kind === "manifest") return parsed.manifest;
  throw parsed.schemaVersion === undefined ? noBundle(file) : otherForm(file, parsed.schemaVersion);
}

const makeAnew = "Copy it once more, or make it anew: swarmlab bundle FILE, on a computer with a network.";

function noBundle(file: string): FailureError {
  return new FailureError({
    kind: "bundle",
    file,
    what: "this is no bundle of swarmlab",
    why: `A bundle is a tar that begins with ${manifestName}.`,
    remedy: "swarmlab bundle FILE   (makes one, on a computer with a network)",
  });
}

function otherForm(file: string, form: number): FailureError {
  return new FailureError({
    kind: "bundle",
    file,
    what: "the bundle was made by another version of swarmlab",
    why: `Its form has the number ${form}, and this version reads 1.`,
    remedy: `tar -xOf ${file} program.tar.gz | tar -xz   (unpacks the version that made it)`,
  });
}

function notWhole(file: string, part: BundlePart, size: number): FailureError {
  return new FailureError({
    kind: "bundle",
    file,
    what: "the bundle is not whole",
    why: `It has ${size} bytes, and ${part.name}, of ${part.bytes} bytes, is not all in them.`,
    remedy: makeAnew,
  });
}
