import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeMachines, freeNames } from "../../../src/cluster/change-machines.ts";
import { compareMachineNames } from "../../../src/cluster/machine-name.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { unwrap } from "../../../src/failure.ts";
import { configData, yamlText } from "../../support/generated-config.ts";

const template = await readFile(new URL("../../../templates/swarmlab.yaml", import.meta.url), "utf8");
const change = (text: string, names: readonly string[]) =>
  unwrap(changeMachines(text, names, "swarmlab.yaml"));
const resolve = (text: string) => {
  const config = parseConfig(text, "swarmlab.yaml");
  return config.ok ? resolveCluster(config.value, {}) : config;
};
const namesIn = (text: string) => unwrap(resolve(text)).cluster.machines.map(({ name }) => name);

describe("changeMachines", () => {
  it("changes nothing but the number in the file that init writes", () => {
    const changed = change(template, ["manager", "node1", "node2", "node3"]);
    expect(changed).toBe(template.replace("\nworkers: 2\n", "\nworkers: 3\n"));
  });

  it("leaves out a machine whose number stands below others, and takes it back", () => {
    const without = change(template, ["manager", "node2"]);
    expect(without).toBe(template.replace("\nworkers: 2\n", "\nworkers: 2\nwithout: [node1]\n"));
    expect(namesIn(without)).toEqual(["manager", "node2"]);
    expect(change(without, ["manager", "node1", "node2"])).toBe(template);
    expect(change(without, ["manager"])).toBe(template.replace("\nworkers: 2\n", "\nworkers: 0\n"));
  });

  it.each([
    ["an empty file", "", ["manager", "node1"], "workers: 1\n"],
    ["no line break at the end", "name: lab", ["manager"], "name: lab\nworkers: 0\n"],
    [
      "line breaks of Windows",
      "workers: 1\r\nname: x\r\n",
      ["manager", "node2"],
      "workers: 2\r\nwithout: [node1]\r\nname: x\r\n",
    ],
    [
      "a list in lines",
      "workers: 3 # of mine\nwithout:\n  - node1\n# the end\n",
      ["manager", "node3"],
      "workers: 3 # of mine\nwithout:\n  [node1, node2]\n# the end\n",
    ],
    ["one line", "{ workers: 3, name: x }\n", ["manager"], "{ workers: 0, name: x }\n"],
    [
      "a map in braces over several lines, of which nothing can be cut out by lines",
      "{\n  managers: 1,\n  labels: { node1: { a: x }, manager: { a: x } }\n}\n",
      ["manager", "node2"],
      "{ managers: 1, labels: { manager: { a: x } }, without: [ node1 ] }\n",
    ],
  ])("keeps the layout: %s", (_, text, names, expected) => {
    expect(change(text, names)).toBe(expected);
  });

  it("takes the settings of a machine along, and what is left empty by that", () => {
    const text = `workers: 2
labels:
  # fast
  node1: { disk: ssd }
  node2:
    disk: hdd # slow
docker:
  daemon-by-machine:
    node2:
      labels: [disk=hdd]
swarm: { autolock: true }
`;
    expect(change(text, ["manager", "node1"])).toBe(`workers: 1
labels:
  # fast
  node1: { disk: ssd }
swarm: { autolock: true }
`);
  });

  it("takes a host off the list, and refuses where another one is reached through it", () => {
    const hosts = (jump: string) => `provider: hosts
hosts:
  manager: { address: 192.0.2.17 }
  node1: { address: 192.0.2.18 }
  node2: { address: 192.0.2.19${jump} }
`;
    const names = ["manager", "node2"];
    expect(change(hosts(""), names)).toBe(hosts("").replace(/ {2}node1.*\n/, ""));
    expect(namesIn(change(hosts(""), names))).toEqual(names);
    expect(changeMachines(hosts(", jump: node1"), names, "swarmlab.yaml")).toMatchObject({
      ok: false,
      failure: {
        kind: "config",
        problems: [{ what: "node2 is reached through node1, which is no host of the list" }],
      },
    });
  });

  it("asks for exactly the machines that it was told, whatever the file is", () => {
    const subset = fc.uniqueArray(fc.constantFrom("manager2", "manager3", "node1", "node2", "node5"));
    let changed = 0;
    fc.assert(
      fc.property(yamlText(configData()), subset, (text, others) => {
        const before = resolve(text);
        if (!before.ok || before.value.cluster.hosts !== undefined) return;
        const names = ["manager", ...others].toSorted(compareMachineNames);
        const result = changeMachines(text, names, "swarmlab.yaml");
        if (!result.ok) return;
        changed += 1;
        expect(namesIn(result.value)).toEqual(names);
      }),
      { numRuns: 300 },
    );
    expect(changed).toBeGreaterThan(30);
  });
});

describe("freeNames", () => {
  it("takes the lowest numbers that nobody has", () => {
    expect(freeNames(["manager", "node2"], { role: "worker", count: 2 })).toEqual(["node1", "node3"]);
    expect(freeNames(["manager", "node2"], { role: "manager", count: 2 })).toEqual(["manager2", "manager3"]);
  });
});
