import type { Finding } from "./finding.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** Something the schema cannot say, because it takes several values or an explanation. */
export interface Rule {
  /** What must be readable for its findings to be true: while the schema refuses one of them, the rule is not asked. */
  readonly reads: readonly Path[];
  /** `values` is what counts, flags included; `written` is what stands in the file. */
  readonly check: (values: ConfigValues, written: ConfigValues) => readonly Finding[];
}
