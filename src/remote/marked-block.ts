const begin = "# swarmlab: begin";
const end = "# swarmlab: end";

/** The lines that this program keeps in a file of others, between its two marker lines. */
export function markedBlock(lines: readonly string[]): readonly string[] {
  return [begin, ...lines, end];
}

/** The lines of others. A marker without its partner goes alone, so that no line of others is lost with it. */
export function withoutMarkedBlock(lines: readonly string[]): readonly string[] {
  let kept: readonly string[] = [];
  let rest = lines;
  for (let start = rest.indexOf(begin); start >= 0; start = rest.indexOf(begin)) {
    const length = rest.slice(start + 1).findIndex(isMarker);
    const closed = rest[start + 1 + length] === end;
    kept = [...kept, ...rest.slice(0, start)];
    rest = rest.slice(start + 1 + (closed ? length : 0));
  }
  return [...kept, ...rest].filter((line) => !isMarker(line));
}

function isMarker(line: string): boolean {
  return line === begin || line === end;
}
