/** Deeper than any file of dockerd, and not so deep that a stack of calls overflows. */
const maxDepth = 500;

/**
 * Where a JSON text goes wrong or is nested more than 500 levels deep: one-based line and column, or `undefined` where it does not.
 * `JSON.parse` names the place only for some mistakes.
 */
export function jsonErrorPlace(text: string): { readonly line: number; readonly column: number } | undefined {
  const scanner = new JsonScanner(text);
  if (scanner.document()) return undefined;
  const lines = text.slice(0, scanner.at).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

const scalar =
  /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Recognises JSON (RFC 8259) and never steps back, so that `at` is where a failed recognition stopped. */
class JsonScanner {
  at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): boolean {
    return this.#value() && this.at === this.#text.length;
  }

  #value(): boolean {
    if (this.#depth === maxDepth) return false;
    this.#depth += 1;
    this.#take(/[ \t\n\r]*/y);
    const found = this.#token("{")
      ? this.#token("}") || (this.#list(() => this.#member()) && this.#token("}"))
      : this.#token("[")
        ? this.#token("]") || (this.#list(() => this.#value()) && this.#token("]"))
        : this.#take(scalar);
    this.#take(/[ \t\n\r]*/y);
    this.#depth -= 1;
    return found;
  }

  #list(item: () => boolean): boolean {
    do {
      if (!item()) return false;
    } while (this.#token(","));
    return true;
  }

  #member(): boolean {
    return this.#text[this.at] === '"' && this.#value() && this.#token(":") && this.#value();
  }

  #token(token: string): boolean {
    const found = this.#text.startsWith(token, this.at);
    if (found) this.at += token.length;
    if (found) this.#take(/[ \t\n\r]*/y);
    return found;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match) this.at = pattern.lastIndex;
    return match !== null;
  }
}
