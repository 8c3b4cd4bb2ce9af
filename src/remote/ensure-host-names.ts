import type { Remote } from "./remote.ts";

export interface HostName {
  readonly address: string;
  readonly name: string;
}

const hostsPath = "/etc/hosts";
const begin = "# swarmlab: begin";
const end = "# swarmlab: end";

/** Makes the names resolve inside a machine; writes only where that changes something, and says whether it did. */
export async function ensureHostNames(remote: Remote, entries: readonly HostName[]): Promise<boolean> {
  const current = (await remote.readFile(hostsPath)) ?? "";
  const next = mergeHostNames(current, entries);
  if (next === current) return false;
  await remote.writeFile(hostsPath, next, { mode: 0o644, sudo: true });
  return true;
}

/**
 * The hosts file with the entries in a block between two marker lines, at its end; without entries there is no block.
 * Names of the entries go from loopback lines (`127.0.1.1 node1`), which would make a machine's own name lead Swarm and ping to itself.
 */
export function mergeHostNames(current: string, entries: readonly HostName[]): string {
  const names = new Set(entries.map(({ name }) => name.toLowerCase()));
  const kept = withoutBlock(current.split("\n")).flatMap((line) => withoutLoopbackNames(line, names));
  while (kept.at(-1) === "") kept.pop();
  const block =
    entries.length === 0 ? [] : [begin, ...entries.map(({ address, name }) => `${address} ${name}`), end];
  return [...kept, ...block].map((line) => `${line}\n`).join("");
}

/** A marker without its partner goes alone, so that no line of others is lost with it. */
function withoutBlock(lines: readonly string[]): readonly string[] {
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

function withoutLoopbackNames(line: string, names: ReadonlySet<string>): readonly string[] {
  const [, address = "", aliases = "", comment = ""] =
    /^\s*(127\.[\d.]+|::1)\s+([^#]*)(#.*)?$/.exec(line) ?? [];
  const all = aliases.split(/\s+/).filter(Boolean);
  const kept = all.filter((name) => !names.has(name.toLowerCase()));
  if (kept.length === all.length) return [line];
  return kept.length === 0 ? [] : [[address, ...kept, comment].filter(Boolean).join(" ")];
}
