import * as z from "zod";

/** One thing the schema does not accept. */
export type ValueIssue =
  | { readonly kind: "unknown-key"; readonly path: Path; readonly key: string }
  | { readonly kind: "empty-key"; readonly path: Path }
  /** `expected` completes the sentence "it must be …". */
  | { readonly kind: "value"; readonly path: Path; readonly expected: string; readonly value: unknown };

/** Keys and indexes that lead to a value. */
export type Path = readonly (string | number)[];

/** The part of a JSON Schema that this program reads. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

/** Data read by a schema: the values, or all that is wrong with them. */
export type Checked<T> = { readonly values: T } | { readonly issues: readonly ValueIssue[] };

/** What a schema reads, defaults filled in. */
export type Output<Schema extends z.ZodType> = z.output<Schema>;

/** A schema made of the pieces below. */
export type Schema<Value> = z.ZodType<Value>;

/** Reads data that came from a file. */
export function checkData<Value>(schema: Schema<Value>, data: unknown): Checked<Value> {
  const parsed = schema.safeParse(data, { reportInput: true });
  return parsed.success
    ? { values: parsed.data }
    : { issues: firstPerPlace(parsed.error.issues.flatMap(toValueIssues)) };
}

/** A schema as JSON Schema 2020-12, without title and identity, as what may stand in the file. */
export function toJsonSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input" });
}

/** A mapping that knows its keys; any other is an error. */
export const section = <const Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, "a mapping of keys to values");

/** A whole number in these bounds, both included. */
export const wholeNumber = (min: number, max?: number) => {
  const expected =
    max === undefined ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`;
  const atLeast = z.int(expected).min(min, expected);
  return max === undefined ? atLeast : atLeast.max(max, expected);
};

/** Text of this form; `expected` says which. */
export const matching = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected);

/** `true` or `false`. */
export const onOff = () => z.boolean("true or false");

/** A mapping of any keys but the empty one. */
export const record = <Value extends z.core.SomeType>(value: Value, expected: string) =>
  z.record(z.string().min(1), value, expected);

/** Text that is not empty. */
export const text = (expected = "text") => z.string(expected).min(1, expected);

/** One of these words. */
export const oneOf = <const Word extends string>(...words: readonly [Word, ...Word[]]) =>
  z.enum(words, words.join(", ").replace(/, (?=[^,]+$)/, " or "));

/** A list, possibly empty. */
export const listOf = <Item extends z.core.SomeType>(item: Item, expected: string) => z.array(item, expected);

/** A list with something in it. */
export const someOf = <Item extends z.core.SomeType>(item: Item, expected: string) =>
  z.array(item, expected).min(1, expected);

/** A value of one or of the other form. */
export const either = <A extends z.core.SomeType, B extends z.core.SomeType>(a: A, b: B, expected: string) =>
  z.union([a, b], expected);

/** Whatever YAML can say. */
export const anything = () => z.unknown();

function toValueIssues(issue: z.core.$ZodIssue): readonly ValueIssue[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? part.toString() : part));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ kind: "unknown-key", path: [...path, key], key }));
  if (issue.code === "invalid_key") return [{ kind: "empty-key", path }];
  return [{ kind: "value", path, expected: issue.message, value: issue.input }];
}

/** One wrong value may break several checks of the schema, which all say the same. */
function firstPerPlace(issues: readonly ValueIssue[]): readonly ValueIssue[] {
  return [
    ...new Map(issues.toReversed().map((issue) => [JSON.stringify(issue.path), issue])).values(),
  ].toReversed();
}
