import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";

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

/** Archives of the seventh Unix do not say what they are. The types of tar-stream lack this option. */
const options = { highWaterMark: 64 * 1024, allowUnknownFormat: true };

/** The entries of a tar archive in their order; reads it to its end, which is where a stream tells that it was damaged. */
export async function* tarEntries(
  source: AsyncIterable<Buffer>,
  { keepBytes, refuse }: TarOptions,
): AsyncGenerator<TarEntry> {
  const archive = extract(options);
  // The error reaches whoever reads the entries.
  pipeline(source, archive, () => undefined);
  try {
    for await (const entry of archive) {
      const { name, size } = entry.header;
      const content = size > keepBytes ? undefined : await buffer(entry);
      if (content === undefined) entry.resume();
      yield { name: name.replace(/^(\.\/+)+/, ""), content };
    }
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : refuse(reason);
  }
}

/** What tar-stream says of an archive, in words for people; undefined: of something else. */
function reasonOf(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : "";
  if (message === "Unexpected end of data") return "it is cut off";
  return /^(Invalid (tar )?header|Header exceeds)/.test(message)
    ? "it is not a tar archive, or is damaged"
    : undefined;
}
