/** What went wrong with one machine while Vagrant worked on several at the same time. */
export interface MachineError {
  readonly machine: string;
  readonly message: string;
}

/** `batch_vagrant_error` and `batch_unexpected_error` in Vagrant's templates/locales/en.yml. */
const headings =
  /An (?:unexpected )?error occurred (?:when|while) executing the action on the\s+'([^']+)'\s+machine\. Please [^:]*:\n/;

/** A line of Ruby's stack: where the error was raised, and who called that. */
const stackLine = /^\S+\.rb:\d+:in /;

/** Reads the message of Vagrant's `BatchMultiError`; stacks are left out. Empty: it is another message. */
export function parseBatchError(message: string): readonly MachineError[] {
  // The text before the first heading; then name and text in turn.
  const [, ...parts] = message.split(headings);
  return parts.flatMap((machine, index) =>
    index % 2 === 0 ? [{ machine, message: withoutStack(parts[index + 1] ?? "") }] : [],
  );
}

/** The same in a few lines: machines with the same error share one. */
export function formatMachineErrors(errors: readonly MachineError[]): string {
  const messages = [...new Set(errors.map(({ message }) => message))];
  return messages.map((text) => `${machinesWith(errors, text).join(", ")}: ${text}`).join("\n");
}

function withoutStack(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !stackLine.test(line));
  return lines.join("\n");
}

function machinesWith(errors: readonly MachineError[], text: string): readonly string[] {
  return errors.filter(({ message }) => message === text).map(({ machine }) => machine);
}
