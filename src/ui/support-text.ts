import type { SupportReport } from "../app/support.ts";
import { describeFailure } from "./describe-failure.ts";

/** What `support` prints. Ends with a line break. */
export function formatSupport({ file, files, missing }: SupportReport): string {
  const lacks = missing.map(({ part, why }) => {
    const reason = typeof why === "string" ? why : describeFailure(why).what;
    return `  ${part}: ${reason.split("\n", 1).join("")}\n`;
  });
  return [
    `Wrote ${file}, with ${files.length} files. `,
    "Tokens, keys, passwords and the values of environment variables are taken out.\n",
    ...(lacks.length === 0 ? [] : ["It lacks:\n", ...lacks]),
    `Look through it before you hand it on: tar -xzf ${file}\n`,
  ].join("");
}
