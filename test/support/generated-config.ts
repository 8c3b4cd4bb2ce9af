import fc from "fast-check";
import { stringify } from "yaml";
import { configJsonSchema } from "../../src/cluster/schema.ts";
import type { SchemaNode } from "../../src/cluster/values.ts";

/** What could stand in a `swarmlab.yaml`: each value by itself is possible, and many go together. New keys of the schema come by themselves. */
export function configData(): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  // Few keys at a time are enough: there are many configurations.
  return sectionOf(configJsonSchema(), (value) => fc.option(value, { freq: 2, nil: undefined }));
}

/** Data as the text of a file, in one of the ways in which people and programs write it. */
export function yamlText(data: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(data, yamlWriter()).map(([value, write]) => write(value));
}

/** One of the ways in which people and programs write YAML. */
export function yamlWriter(): fc.Arbitrary<(data: unknown) => string> {
  return fc.constantFrom(...writers);
}

const writers: readonly ((data: unknown) => string)[] = [
  (data) => stringify(data),
  (data) => stringify(data, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", indent: 4 }),
  (data) => stringify(data, { collectionStyle: "flow" }),
  (data) => `# a cluster\r\n${stringify(data).replaceAll("\n", "\r\n")}`,
  (data) => JSON.stringify(data, null, 1),
];

/** Values by key, where the schema alone would hardly ever hit on some that go together. */
const known: ReadonlyMap<string, fc.Arbitrary<unknown>> = new Map<string, fc.Arbitrary<unknown>>([
  ["workers", often(fc.nat(12), fc.oneof(fc.nat(300), fc.nat()))],
  ["subnet", often(cidr("172.16.0.0", 12), cidr("0.0.0.0", 0))],
  ["default-addr-pool", fc.array(often(cidr("10.0.0.0", 12), cidr("0.0.0.0", 0)), { maxLength: 3 })],
  // Of a box that is there, too.
  ["box-version", often<unknown>(fc.constant(undefined), fc.constantFrom("1", "2.0", "0-1", 3))],
  ["default-addr-pool-mask-length", often(fc.integer({ min: 24, max: 29 }), fc.integer({ min: 1, max: 29 }))],
  [
    "memory",
    often(
      fc.integer({ min: 128, max: 4096 }).map((amount) => `${amount}MiB`),
      anyMemory(),
    ),
  ],
  ["labels", fc.dictionary(machineName(), labels(), { maxKeys: 2 })],
  ["daemon-by-machine", fc.dictionary(machineName(), smallMapping(), { maxKeys: 2 })],
  // They go with one provider, and that goes with nothing else.
  [
    "provider",
    often<unknown>(fc.constantFrom("auto", "nspawn", "virtualbox"), fc.constantFrom("hosts", "libvirt", 7)),
  ],
  ["hosts", often<unknown>(fc.constant(undefined), fc.dictionary(machineName(), host(), { maxKeys: 2 }))],
]);

function anyMemory(): fc.Arbitrary<string> {
  const digits = fc.integer({ min: 1, max: 400 }).map((length) => "9".repeat(length));
  return fc
    .tuple(digits, fc.constantFrom("", ".5"), fc.constantFrom("m", "MB", " GiB", "g"))
    .map((parts) => parts.join(""));
}

function machineName(): fc.Arbitrary<string> {
  const odd = fc.constantFrom("node0", "node01", "manager1", "manager17", "toString", "node");
  return often(fc.constantFrom("manager", "node1", "node2"), odd);
}

function smallMapping(): fc.Arbitrary<unknown> {
  return fc.dictionary(fc.string({ minLength: 1 }), smallJson(), { maxKeys: 2 });
}

function host(): fc.Arbitrary<unknown> {
  return fc.record({ address: fc.constantFrom("192.0.2.17", "web.example", "x") });
}

function labels(): fc.Arbitrary<unknown> {
  return fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: "grapheme" }), { maxKeys: 3 });
}

/** Nineteen of twenty times the first: what is wrong in one place hides what is wrong in others. */
function often<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/** Networks inside this one, mostly without host bits. */
function cidr(network: string, prefix: number): fc.Arbitrary<string> {
  const base = network.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const random = fc.tuple(
    fc.integer({ min: prefix, max: Math.max(prefix, 27) }),
    fc.nat(2 ** 30),
    often(fc.constant(0), fc.nat(255)),
  );
  return random.map(([length, offset, host]) => {
    const size = 2 ** (32 - length);
    const first = base + ((offset * size) % 2 ** (32 - prefix));
    return `${octetsOf(first + (host % size))}/${length}`;
  });
}

const octetsOf = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

function sectionOf(
  { properties = {} }: SchemaNode,
  seldom = (value: fc.Arbitrary<unknown>) => value,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const values = Object.entries(properties).map(
    ([key, schema]) => [key, seldom(known.get(key) ?? valueOf(schema))] as const,
  );
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}

function valueOf(schema: SchemaNode | boolean): fc.Arbitrary<unknown> {
  if (typeof schema === "boolean") return smallJson();
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return schema.properties === undefined ? mappingOf(schema) : sectionOf(schema);
    case "array":
      return fc.array(isSchema(schema.items) ? valueOf(schema.items) : smallJson(), { maxLength: 4 });
    case "boolean":
      return fc.boolean();
    case "integer":
      return wholeNumber(schema);
    case "number":
      return often<number>(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0, noNaN: true }));
    case "string":
      return schema.pattern === undefined
        ? fc.string()
        : fc.stringMatching(new RegExp(schema.pattern, "u"), { size: "xsmall" });
    default:
      return smallJson();
  }
}

function mappingOf({ additionalProperties }: SchemaNode): fc.Arbitrary<unknown> {
  const value = isSchema(additionalProperties) ? valueOf(additionalProperties) : smallJson();
  return fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 4 });
}

function wholeNumber({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: SchemaNode): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: maximum });
}

function isSchema(node: unknown): node is SchemaNode {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}

function smallJson(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2, depthSize: "xsmall" });
}
