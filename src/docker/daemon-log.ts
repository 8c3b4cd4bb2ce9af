/**
 * Why dockerd gave up, out of the tail of its journal: its own last line that is more than a notice.
 * `undefined` where dockerd said nothing (the unit is masked, the binary is missing).
 */
export function reasonInDaemonLog(log: string): string | undefined {
  const said = log
    .split("\n")
    .flatMap((line) => /\bdockerd\[\d+\]: (?<text>.*\S)/.exec(line)?.groups?.["text"] ?? []);
  const line = said.findLast((text) => !/\blevel=(?:debug|info|warning)\b/.test(text)) ?? said.at(-1);
  return line === undefined ? undefined : plainReason(line);
}

/** A line of dockerd without what only a log needs: time, level, and the name of the file that was tried. */
export function plainReason(line: string): string {
  const message = /\bmsg="(?<message>(?:[^"\\]|\\.)*)"/.exec(line)?.groups?.["message"];
  const text = message?.replaceAll(/\\(.)/g, "$1") ?? line;
  return text.trim().replace(/^unable to configure the Docker daemon with file [^:]+: /, "");
}
