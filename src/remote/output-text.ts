import { blankSecrets, secretBeginLength } from "./secrets.ts";

/** Turns chunks of one output stream into text: whole UTF-8 characters, secrets blanked even across chunks, up to a limit. */
export class OutputText {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #secrets: readonly string[];
  #bytesLeft: number;
  #held = "";
  #truncated = false;

  constructor(options: { readonly limitBytes: number; readonly secrets?: readonly string[] }) {
    this.#bytesLeft = options.limitBytes;
    this.#secrets = options.secrets ?? [];
  }

  /** The limit was reached and bytes were thrown away. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** The text that has become final with this chunk. */
  push(chunk: Uint8Array): string {
    this.#truncated ||= chunk.length > this.#bytesLeft;
    const kept = chunk.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    const text = blankSecrets(this.#held + this.#decoder.decode(kept, { stream: true }), this.#secrets);
    const cut = text.length - secretBeginLength(text, this.#secrets);
    this.#held = text.slice(cut);
    return text.slice(0, cut);
  }

  /** The rest, once the stream has ended; nothing where it was cut, for that may be half a character or half a secret. */
  end(): string {
    return this.#truncated ? "" : blankSecrets(this.#held + this.#decoder.decode(), this.#secrets);
  }
}
