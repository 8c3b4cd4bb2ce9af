import { formatSize } from "../cluster/format-size.ts";

/** `45 % of 120 MB`. */
export function shareText(bytes: number, totalBytes: number): string {
  return `${Math.floor((bytes / totalBytes) * 100)} % of ${formatSize(totalBytes)}`;
}

/** Passes on what is not empty and not the same as before: chunks come by the thousand. */
export function whenChanged(report: (text: string) => void): (text: string) => void {
  let last = "";
  return (text) => {
    if (text !== "" && text !== last) report(text);
    last = text;
  };
}
