import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { formatJsonSchema } from "../../../src/cluster/json-schema.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { configJsonSchema } from "../../../src/cluster/schema.ts";
import { schemaAt } from "../../../src/cluster/schema-at.ts";
import type { SchemaNode } from "../../../src/cluster/values.ts";
import { unwrap } from "../../../src/failure.ts";

const templates = new URL("../../../templates/", import.meta.url);
const template = await readFile(new URL("swarmlab.yaml", templates), "utf8");
const hostsTemplate = await readFile(new URL("swarmlab-hosts.yaml", templates), "utf8");
const resolveText = (text: string) => unwrap(resolveCluster(unwrap(parseConfig(text, "swarmlab.yaml")), {}));

/** Every key that the schema knows, as a path; `node1` and the like stand for free names. */
function keysOf(node: SchemaNode): readonly (readonly [readonly string[], SchemaNode])[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const schema = child as SchemaNode;
    return [
      [[key], schema] as const,
      ...keysOf(schema).map(([path, inner]) => [[key, ...path], inner] as const),
    ];
  });
}

describe("templates/swarmlab.schema.json", () => {
  it("is what the schema says (vitest -u writes it anew)", async () => {
    await expect(formatJsonSchema()).toMatchFileSnapshot("../../../templates/swarmlab.schema.json");
  });

  it("describes every key", () => {
    const keys = keysOf(configJsonSchema());
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter(([, schema]) => !schema.description).map(([path]) => path.join("."))).toEqual([]);
  });
});

describe("templates/swarmlab.yaml", () => {
  it("leads editors to the schema in its first line", () => {
    expect(template.split("\n")[0]).toBe("# yaml-language-server: $schema=.swarmlab/swarmlab.schema.json");
  });

  it("is the default cluster as it stands", () => {
    expect(resolveText(template)).toEqual(resolveText(""));
  });

  it("is a cluster without warnings with every setting switched on, and shows every key", () => {
    // Text has one space after the #, settings that are switched off have none or their indentation.
    const text = template.replace(/^#(?=\S| {2,})/gm, "");
    const config = unwrap(parseConfig(text, "swarmlab.yaml"));
    expect(resolveText(text).warnings).toEqual([]);
    const missing = keysOf(configJsonSchema()).filter(([path]) => !config.position(path, "key"));
    expect(missing.map(([path]) => path.join("."))).toEqual(["hosts"]);
  });
});

describe("templates/swarmlab-hosts.yaml", () => {
  it("is a cluster of hosts without warnings as it stands", () => {
    const { cluster, warnings } = resolveText(hostsTemplate);
    expect(warnings).toEqual([]);
    expect(Object.keys(cluster.hosts ?? {})).toEqual(["manager", "node1"]);
  });

  it("is one with every setting switched on, and shows every key of a host", () => {
    const text = hostsTemplate.replace(/^( *)#(?=\S| {2,})/gm, "$1");
    const config = unwrap(parseConfig(text, "swarmlab.yaml"));
    expect(resolveText(text).warnings).toEqual([]);
    const host = schemaAt(configJsonSchema(), ["hosts", "manager"]) ?? {};
    const isShown = (key: string) =>
      ["manager", "node1"].some((name) => config.position(["hosts", name, key], "key"));
    const keys = keysOf(host).map(([path]) => path.join("."));
    expect(keys).toContain("fingerprint");
    expect(keys.filter((key) => !isShown(key))).toEqual([]);
    expect(keysOf(host).filter(([, { description }]) => !description)).toEqual([]);
  });
});
