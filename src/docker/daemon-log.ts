/**
 * Why dockerd gave up, out of the tail of its journal or of its own log file: its last line that is more than a notice.
 * `undefined` where dockerd said nothing (the unit is masked, the binary is missing).
 */
export function reasonInDaemonLog(log: string): string | undefined {
  const said = log.split("\n").flatMap(textOfDaemon);
  const line = said.findLast((text) => !/\blevel=(?:debug|info|warning)\b/.test(text)) ?? said.at(-1);
  return line === undefined ? undefined : plainReason(line);
}

/** The journal names who speaks; in a file of its own dockerd need not. */
function textOfDaemon(line: string): readonly string[] {
  const entry = /^\w{3} [ \d]\d [\d:]{8} \S+ (?<who>[^:]+): (?<text>.*)$/.exec(line)?.groups;
  if (entry !== undefined) return /^dockerd\[/.test(entry["who"] ?? "") ? [entry["text"] ?? ""] : [];
  const isNote = line.trim() === "" || /^-- |^See '/.test(line);
  return isNote ? [] : [line];
}

/** A line of dockerd without what only a log needs: time, level, and the name of the file that was tried. */
export function plainReason(line: string): string {
  const message = /\bmsg="(?<message>(?:[^"\\]|\\.)*)"/.exec(line)?.groups?.["message"];
  const text = message?.replaceAll(/\\(.)/g, "$1") ?? line;
  return text.trim().replace(/^unable to configure the Docker daemon with file [^:]+: /, "");
}
