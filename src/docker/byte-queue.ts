/** Takes a stream apart into pieces of given sizes; holds no more of it than one piece and one chunk. Disposing it gives the stream up. */
export class ByteQueue implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.#each(count, (part) => parts.push(part));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Leaves bytes out. Returns how many there were; fewer at the end. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    await this.#each(count, (part) => (skipped += part.length));
    return skipped;
  }

  /** Reads to the end, which is where a stream tells that it was damaged. */
  async drain(): Promise<void> {
    await this.skip(Infinity);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  async #each(count: number, use: (part: Buffer) => void): Promise<void> {
    for (let missing = count; missing > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) return;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      use(part);
    }
  }
}
