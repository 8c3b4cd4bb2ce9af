/** Breaks text at spaces so that no line is longer than `width`; a longer word stays whole. Line breaks in the text are kept. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((line) => (line.length <= width ? [line] : wrapLine(line, width)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/\s+/).filter(Boolean)) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
