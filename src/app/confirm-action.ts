import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { confirm } from "../ui/ask.ts";

/**
 * Asks before something that cannot be undone.
 * @throws FailureError `confirmation-needed` where nobody can be asked, `declined`.
 */
export async function confirmAction(
  context: Context,
  options: { readonly action: string; readonly yes: boolean; readonly command: string },
): Promise<void> {
  const { action, yes, command } = options;
  const { terminal } = context;
  if (yes) return;
  if (!terminal.interactive) throw new FailureError({ kind: "confirmation-needed", action, command });
  await context.settleOutput();
  const question = `${action.charAt(0).toUpperCase()}${action.slice(1)}?`;
  const agreed = await confirm({ question, input: terminal.input, output: terminal.errors });
  if (!agreed) throw new FailureError({ kind: "declined", action });
}
