import type { WrittenBundle } from "../app/bundle.ts";

/** What was written, and how it is used where there is no network. Ends with a line break. */
export function formatBundle({ file, bytes }: WrittenBundle): string {
  const name = file.replace(/^.*[/\\]/, "");
  return [
    `Wrote ${file} (${Math.round(bytes / 1e6)} MB). On a computer without a network:`,
    `  tar -xOf ${name} program.tar.gz | tar -xz`,
    `  sudo node swarmlab/dist/main.js up --bundle ${name}`,
    "",
  ].join("\n");
}
