import type { TextSink } from "../../../src/ui/text-sink.ts";

/** A sink that keeps what is written to it. */
export class TextBuffer implements TextSink {
  text = "";
  readonly isTty: boolean;
  readonly columns: number;
  readonly rows = 50;
  readonly color = false;

  constructor({ isTty = false, columns = 80 } = {}) {
    this.isTty = isTty;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}
