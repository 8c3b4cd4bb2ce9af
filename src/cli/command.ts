import type { Context } from "../context.ts";
import type { TextOptions } from "../ui/failure-text.ts";

/** What a command ends with. */
export interface CommandOutcome {
  /** Printed to stdout unless `--json`; ends with a line break. */
  readonly text?: (options: TextOptions) => string;
  /** Printed to stdout with `--json`. */
  readonly json?: object;
  /** Default 0. */
  readonly exitCode?: number;
}

/** What was typed, checked for its form. */
export interface CommandInput {
  /** By the name of the argument. */
  readonly arguments: Readonly<Record<string, string | readonly string[]>>;
  /** By the option's name in camel case. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

export interface OptionSpec {
  /** `--managers <n>`, `--yes`. */
  readonly flags: string;
  readonly summary: string;
  /** Its value is a whole number not below this. */
  readonly atLeast?: number;
}

/** A row of the command table. */
export interface CommandSpec {
  readonly name: string;
  /** `<machine>`, `[command...]`. */
  readonly arguments?: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** What a person is told to do after an interruption, given the command as it was typed; undefined: the same again. */
  readonly goOn?: (typed: string) => string;
  /** Loads what it needs only now. */
  readonly run: (context: Context, input: CommandInput) => Promise<CommandOutcome>;
}
