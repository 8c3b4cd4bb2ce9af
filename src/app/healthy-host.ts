import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { Lab } from "./open-lab.ts";

/** Says what is unwise. `cure`: the command that does all that can be done; none where it would not help. @throws FailureError `prerequisite` for what stands in the way of the provider on this host. */
export async function requireHealthyHost(
  context: Context,
  { provider, cluster }: Lab,
  cure: { readonly command?: string } = { command: "swarmlab up --setup" },
): Promise<void> {
  const problems = await provider.preflight(cluster);
  const errors = problems.filter(({ severity }) => severity === "error");
  // Nothing is installed on machines of others in passing.
  const command = provider.capabilities.ownsMachines ? cure : {};
  if (errors.length > 0) throw new FailureError({ kind: "prerequisite", problems: errors, ...command });
  for (const { where, what, why } of problems) {
    const place = where === undefined ? "" : `${where}: `;
    context.emit({ type: "note", level: "warning", text: `${place}${what}. ${why ?? ""}` });
  }
}
