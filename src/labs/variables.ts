import type { MachineSpec } from "../cluster/cluster.ts";

/** By name: `nonce`, `subnet`, `manager.address`. */
export type Variables = Readonly<Record<string, string>>;

/** The variables of an attempt. */
export function variablesOf(its: {
  readonly nonce: string;
  readonly subnet: string;
  readonly machines: readonly MachineSpec[];
}): Variables {
  const addresses = its.machines.map(({ name, address }) => [`${name}.address`, address] as const);
  return { nonce: its.nonce, subnet: its.subnet, ...Object.fromEntries(addresses) };
}

/** Lower-case words alone, so that Go templates such as `{{.Node.Hostname}}` and `{{json .}}` stay as they are. */
const variable = /\{\{([a-z][a-z0-9]*(?:\.[a-z]+)?)\}\}/g;

/** The names of the variables in a text. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(variable)].map(([, name = ""]) => name);

/** The text with its variables filled in; one that is not known stays. */
export const fillText = (text: string, variables: Variables): string =>
  text.replaceAll(variable, (whole, name: string) => variables[name] ?? whole);

/** A value with the variables in all of its texts filled in. */
export function fill<Value>(value: Value, variables: Variables): Value {
  return fillAny(value, variables) as Value;
}

function fillAny(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") return fillText(value, variables);
  if (Array.isArray(value)) return value.map((element) => fillAny(element, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fillAny(each, variables)]));
}
