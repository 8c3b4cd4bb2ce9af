import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export type Paint = (style: Style, text: string) => string;

/** Puts colors around text, or leaves it as it is. */
export function createPaint(color: boolean): Paint {
  // The check of the stream would look at the process's stdout, which need not be where the text goes.
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}
