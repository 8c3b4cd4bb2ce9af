import type { LabOptions } from "../app/open-lab.ts";
import type { CommandInput } from "./command.ts";

/** `--dir`. */
export function directoryOf({ options }: CommandInput): { readonly directory?: string } {
  return typeof options["dir"] === "string" ? { directory: options["dir"] } : {};
}

/** What says which lab directory and which cluster. */
export function labOptionsOf(input: CommandInput): LabOptions {
  const { provider: name } = input.options;
  return {
    ...directoryOf(input),
    ...(typeof name === "string" ? { provider: name } : {}),
    managers: numberOf(input, "managers"),
    workers: numberOf(input, "workers"),
  };
}

/** An option that is a number; undefined where it was not given. */
export function numberOf({ options }: CommandInput, name: string): number | undefined {
  const value = options[name];
  return typeof value === "number" ? value : undefined;
}

/** Of a command that runs steps side by side. */
export const defaultMaxWorkers = 32;

/** `--max-workers`. */
export const maxWorkersOf = (input: CommandInput): number =>
  numberOf(input, "maxWorkers") ?? defaultMaxWorkers;

/** A variadic argument. */
export function listOf(input: CommandInput, name: string): readonly string[] {
  const value = input.arguments[name] ?? [];
  return typeof value === "string" ? [value] : value;
}
