import { checkKinds } from "../../../../src/labs/check-kinds.ts";
import type { Look } from "../../../../src/labs/look.ts";
import { pretendWorld, type Pretended } from "../../../support/pretended-world.ts";

/** One look of a check, written as in lab.yaml, at a pretended world. */
export async function look(check: Readonly<Record<string, unknown>>, world: Pretended): Promise<Look> {
  const kind = checkKinds.get(String(check["kind"]));
  const read = kind?.read({ id: "it", title: "It", ...check });
  if (read === undefined || "issues" in read) throw new Error(`no such check: ${JSON.stringify(read)}`);
  return read.values.look(pretendWorld(world), { nonce: "xyzxyz" });
}

/** A look in one line: `pass`, or `fail: expected | actual`. */
export async function lookLine(check: Readonly<Record<string, unknown>>, world: Pretended): Promise<string> {
  const seen = await look(check, world);
  if (seen.state === "pass") return "pass";
  return seen.state === "blocked"
    ? `blocked: ${seen.why}`
    : `${seen.state}: ${seen.expected} | ${seen.actual}`;
}
