/** What to put into an archive: files, by name; undefined: a directory. */
export type TarContent = Readonly<Record<string, string | Buffer | undefined>>;

const blockBytes = 512;

/** A ustar archive. */
export function tarOf(content: TarContent): Buffer {
  const entries = Object.entries(content).flatMap(([name, data]) => entryOf(name, data));
  return Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]);
}

function entryOf(name: string, data: string | Buffer | undefined): readonly Buffer[] {
  const bytes = Buffer.from(data ?? "");
  const padding = Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
  return [headerOf(name, { sizeBytes: bytes.length, type: data === undefined ? "5" : "0" }), bytes, padding];
}

function headerOf(name: string, its: { readonly sizeBytes: number; readonly type: string }): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${its.sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  header.write(" ".repeat(8), 148);
  header.write(its.type, 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
