import { markedBlock, withoutMarkedBlock } from "./marked-block.ts";
import type { Remote } from "./remote.ts";

export interface HostName {
  readonly address: string;
  readonly name: string;
}

export const hostsPath = "/etc/hosts";

/**
 * Makes the names resolve inside a machine; writes only where that changes something, and says whether it did. `seen`: what its hosts file was seen
 * to hold; undefined: it is read.
 */
export async function ensureHostNames(
  remote: Remote,
  entries: readonly HostName[],
  seen?: string,
): Promise<boolean> {
  const current = seen ?? (await remote.readFile(hostsPath)) ?? "";
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
  const kept = withoutMarkedBlock(current.split("\n")).flatMap((line) => withoutLoopbackNames(line, names));
  while (kept.at(-1) === "") kept.pop();
  const lines = entries.map(({ address, name }) => `${address} ${name}`);
  const block = lines.length === 0 ? [] : markedBlock(lines);
  return [...kept, ...block].map((line) => `${line}\n`).join("");
}

function withoutLoopbackNames(line: string, names: ReadonlySet<string>): readonly string[] {
  const [, address = "", aliases = "", comment = ""] =
    /^\s*(127\.[\d.]+|::1)\s+([^#]*)(#.*)?$/.exec(line) ?? [];
  const all = aliases.split(/\s+/).filter(Boolean);
  const kept = all.filter((name) => !names.has(name.toLowerCase()));
  if (kept.length === all.length) return [line];
  return kept.length === 0 ? [] : [[address, ...kept, comment].filter(Boolean).join(" ")];
}
