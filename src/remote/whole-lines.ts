/** Text that comes in chunks, as whole lines. */
export class WholeLines {
  #rest = "";

  /** The lines that have become whole with this chunk, without their line breaks. */
  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  /** What is left at the end: the line that has no line break, if there is one. */
  end(): readonly string[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
