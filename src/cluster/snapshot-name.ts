import { fail, ok, type Result } from "../failure.ts";

/** Also the name of a directory, and part of the name that a hypervisor has for it. */
const pattern = /^[a-z0-9][a-z0-9_-]{0,39}$/;

/** A name that a snapshot can have. */
export function parseSnapshotName(name: string): Result<string> {
  if (pattern.test(name)) return ok(name);
  return fail({
    kind: "usage",
    message: `${JSON.stringify(name)} cannot be the name of a snapshot`,
    remedy:
      "Take up to 40 small letters, digits, dashes and underscores, a letter or a digit first: before-update.",
  });
}
