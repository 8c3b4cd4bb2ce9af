import { ByteQueue } from "./byte-queue.ts";

/** A file of a tar archive. */
export interface TarEntry {
  /** Without a leading `./`. */
  readonly name: string;
  /** Undefined where it is larger than what is to be kept. */
  readonly content: Buffer | undefined;
}

export interface TarOptions {
  /** Contents up to this size are kept, one at a time. */
  readonly keepBytes: number;
  /** Makes the error to throw, of what is wrong with the archive: a sentence about `it`, without a final full stop. */
  readonly refuse: (reason: string) => Error;
}

const blockBytes = 512;
/** A longer name than any file system takes. */
const nameLimitBytes = 1024 * 1024;

/** The entries of a tar archive in their order; reads it to its end. Of every format: v7, ustar, GNU and pax. */
export async function* tarEntries(
  source: AsyncIterable<Buffer>,
  options: TarOptions,
): AsyncGenerator<TarEntry> {
  await using bytes = new ByteQueue(source);
  let longName: string | undefined;
  for (;;) {
    const header = await readHeader(bytes, options);
    if (header === undefined) break;
    if (header.type === "L" || header.type === "x") {
      const text =
        (await readContent(bytes, header, { ...options, keepBytes: nameLimitBytes })) ?? Buffer.alloc(0);
      longName = (header.type === "L" ? textOf(text) : paxPath(text)) ?? longName;
      continue;
    }
    const content = await readContent(bytes, header, options);
    if (header.type !== "K" && header.type !== "g") {
      yield { name: (longName ?? header.name).replace(/^(\.\/+)+/, ""), content };
      longName = undefined;
    }
  }
  await bytes.drain();
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** Undefined: the archive ends here. */
async function readHeader(bytes: ByteQueue, { refuse }: TarOptions): Promise<Header | undefined> {
  const block = await bytes.take(blockBytes);
  if (block.length === 0 || block.every((byte) => byte === 0)) return undefined;
  if (block.length < blockBytes) throw refuse("it is cut off");
  if (!hasChecksum(block)) throw refuse("it is not a tar archive, or is damaged");
  const type = String.fromCharCode(block[156] ?? 0);
  const isUstar = block.subarray(257, 263).equals(Buffer.from("ustar\0"));
  const prefix = isUstar ? textOf(block.subarray(345, 500)) : "";
  const name = textOf(block.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type,
    sizeBytes: sizeOf(type, block.subarray(124, 136)),
  };
}

/** The sum of all bytes, those of the sum itself taken for spaces. */
function hasChecksum(block: Buffer): boolean {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  return sum === Number.parseInt(textOf(block.subarray(148, 156)).trim(), 8);
}

/** Octal, or binary where the first bit is set. Links, devices, directories and pipes have no content, whatever stands there. */
function sizeOf(type: string, field: Buffer): number {
  if ("123456".includes(type)) return 0;
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  return isBinary ? field.readUIntBE(6, 6) : Number.parseInt(textOf(field).trim() || "0", 8);
}

async function readContent(
  bytes: ByteQueue,
  { sizeBytes }: Header,
  { keepBytes, refuse }: TarOptions,
): Promise<Buffer | undefined> {
  const paddedBytes = Math.ceil(sizeBytes / blockBytes) * blockBytes;
  if (sizeBytes > keepBytes) {
    if ((await bytes.skip(paddedBytes)) < sizeBytes) throw refuse("it is cut off");
    return undefined;
  }
  const content = await bytes.take(paddedBytes);
  if (content.length < sizeBytes) throw refuse("it is cut off");
  return content.subarray(0, sizeBytes);
}

/** Of records `LENGTH KEY=VALUE` that end with line breaks. */
function paxPath(records: Buffer): string | undefined {
  for (let rest = records; rest.length > 0;) {
    const length = Number.parseInt(rest.toString("latin1", 0, 20), 10);
    if (!(length > 0)) return undefined;
    const record = rest.toString("utf8", rest.indexOf(" ") + 1, length - 1);
    if (record.startsWith("path=")) return record.slice("path=".length);
    rest = rest.subarray(length);
  }
  return undefined;
}

/** Up to the first zero byte. */
function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}
