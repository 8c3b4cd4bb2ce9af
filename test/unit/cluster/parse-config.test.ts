import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { checkValues, configJsonSchema } from "../../../src/cluster/schema.ts";
import { toFinding } from "../../../src/cluster/value-finding.ts";

/** Every problem as one line: `where severity what | remedy`. */
function problemsOf(text: string): readonly string[] {
  const result = parseConfig(text, "swarmlab.yaml");
  if (result.ok || result.failure.kind !== "config") return [];
  return result.failure.problems.map(
    (problem) => `${problem.where ?? "?"} ${problem.what} | ${problem.remedy}`,
  );
}

describe("parseConfig", () => {
  it("tells every problem at once, in the order of the file, with place and remedy", () => {
    const text = `mangers: 3
workers: two
provider: nspwan
resources:
  worker: { cpu: 1, memory: 64m }
subnet: 192.168.56.5/24
labels:
  node1: { disk: 1 }
  manger: { "": x }
docker:
  version: 20.10
  daemon: { live-restore: true, hosts: [] }
swarm: { data-path-port: 80 }
name: My_Lab
`;
    expect(problemsOf(text)).toEqual([
      'swarmlab.yaml:1:1 unknown key "mangers" | Did you mean "managers"?',
      'swarmlab.yaml:2:10 workers must be a whole number from 0 on, not "two" | Use for example 2, or leave it out.',
      'swarmlab.yaml:3:11 provider must be auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, nspawn or hosts, not "nspwan" | Did you mean "nspawn"?',
      'swarmlab.yaml:5:13 unknown key "cpu" in resources.worker | Did you mean "cpus"?',
      'swarmlab.yaml:5:29 resources.worker.memory must be an amount with its unit, from 128MiB to 16384GiB, not "64m" | Use for example "512MiB", or leave it out.',
      "swarmlab.yaml:6:9 subnet is 192.168.56.5/24, an address inside a network and not the network | Did you mean 192.168.56.0/24?",
      'swarmlab.yaml:8:18 labels.node1.disk must be text; put it in quotes, not 1 | Write "1" with the quotes.',
      "swarmlab.yaml:9:13 labels.manger has an empty key | Give the key a name, or remove it.",
      'swarmlab.yaml:11:12 docker.version must be a version, or the beginning of one, in quotes, not 20.1 | Use for example "20.10", or leave it out.',
      "swarmlab.yaml:12:13 live-restore cannot be used in a swarm | Remove live-restore.",
      "swarmlab.yaml:12:33 docker.daemon.hosts cannot be set | Remove hosts.",
      "swarmlab.yaml:13:26 swarm.data-path-port must be a whole number from 1024 to 49151, not 80 | Use for example 4789, or leave it out.",
      'swarmlab.yaml:14:7 name must be 1 to 32 of a-z, 0-9 and dashes, without a dash at either end, not "My_Lab" | Use for example "lab", or leave it out.',
    ]);
  });

  it("knows roles apart from machines, whose daemon options are looked at as well", () => {
    const text = `docker:
  daemon-by-role: { workers: { debug: true }, worker: { tlskey: /x } }
  daemon-by-machine: { nod1: { debug: true }, node1: 3 }
`;
    expect(problemsOf(text)).toEqual([
      'swarmlab.yaml:2:21 unknown key "workers" in docker.daemon-by-role | Did you mean "worker"?',
      "swarmlab.yaml:2:57 docker.daemon-by-role.worker.tlskey cannot be set | Remove tlskey.",
      'swarmlab.yaml:3:24 daemon options for "nod1", but there is no such machine | Did you mean "node1"?',
      "swarmlab.yaml:3:54 docker.daemon-by-machine.node1 must be a mapping of daemon.json options, not 3 | Change the value, or leave it out.",
    ]);
  });

  it.each(["http://docker.example/a", "docker.example", "https://a b", "https://a]b"])(
    "takes %j for no repository",
    (repository) => {
      expect(problemsOf(`docker: { repository: "${repository}" }`)).toEqual([
        `swarmlab.yaml:1:23 docker.repository must be an address that begins with https://, not "${repository}" | Use for example "https://docker.example/linux/ubuntu", or leave it out.`,
      ]);
    },
  );

  it("tells a key that is twice together with what else is wrong", () => {
    expect(problemsOf("name: a\nsubnet: 10.0.0.0/24\nname: b\nworkrs: 1\n")).toEqual([
      "swarmlab.yaml:2:9 the subnet 10.0.0.0/24 overlaps 10.0.0.0/8, Docker's default for overlay networks | Use another subnet, for example 192.168.56.0/24, or set swarm.default-addr-pool.",
      "swarmlab.yaml:3:1 the key name is there twice | Keep one of the two.",
      'swarmlab.yaml:4:1 unknown key "workrs" | Did you mean "workers"?',
    ]);
  });

  it("trusts nothing after a syntax error, and everything before it", () => {
    expect(problemsOf("mangers: 1\n\tworkrs: 1")).toEqual([
      'swarmlab.yaml:1:1 unknown key "mangers" | Did you mean "managers"?',
      "swarmlab.yaml:2:1 a tab is used as indentation | Indent with spaces; YAML does not allow tabs there.",
    ]);
  });

  it("does not report what follows only from another problem", () => {
    expect(problemsOf("workers: many\nlabels: { node9: { disk: ssd } }")).toHaveLength(1);
    expect(problemsOf("subnet: 10.1.0.0/24\nswarm: { default-addr-pool: [10.20.0.0] }")).toHaveLength(1);
  });

  it.each([
    ["managers: 3\n---\nname: b", "swarmlab.yaml:2:1 a second YAML document begins here"],
    ["- 1", "swarmlab.yaml:1:1 the file must be a mapping of keys to values"],
    ["workers: *x", "swarmlab.yaml:1:10 nothing is named &x before this"],
    ["docker: { daemon: &x { a: *x } }", "swarmlab.yaml:1:27 *x contains itself"],
    ["managers:", "swarmlab.yaml:1:10 managers has no value; it must be a whole number from 1 to 16"],
    ["managers: 17", "swarmlab.yaml:1:11 managers must be a whole number from 1 to 16, not 17"],
    ["swarm: []", "swarmlab.yaml:1:8 swarm must be a mapping of keys to values, not a list"],
    ["name: -lab", "swarmlab.yaml:1:7 name must be 1 to 32 of a-z"],
    [`name: ${"a".repeat(33)}`, "swarmlab.yaml:1:7 name must be 1 to 32 of a-z"],
    ["subnet: 300.1.1.0/24", "swarmlab.yaml:1:9 subnet must be an IPv4 network"],
    ["workers: {", "swarmlab.yaml:1:11 this is not YAML: flow map"],
    [
      `resources: { worker: { memory: ${"9".repeat(400)}g } }`,
      "swarmlab.yaml:1:32 resources.worker.memory must be",
    ],
    ["resources: { manager: { cpus: 0.001 } }", "resources.manager.cpus must be a number from 0.01 to 1024"],
    ["resources: { manager: { cpus: 1e300 } }", "resources.manager.cpus must be a number from 0.01 to 1024"],
    ['box: "/srv/a\\0b"', "swarmlab.yaml:1:6 box must be a path"],
    ["labels: { node1: { __proto__: x } }", "swarmlab.yaml:1:20 no key can be named __proto__"],
    ["%YAML 1.1\n---\ndocker: { daemon: { mtu: !!set { a } } }", "swarmlab.yaml:3:26 this is not YAML"],
    ["docker: { daemon: { mtu: !!binary aGk= } }", "swarmlab.yaml:1:26 this is not YAML"],
  ])("%j is one problem: %s", (text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("counts the lines of quoted text that stands after a mistake", () => {
    const places = problemsOf('subnet: ]\nbox: "a\n  b"\nname: 1\n').map((problem) => problem.split(" ")[0]);
    expect(places).toEqual(["swarmlab.yaml:1:9", "swarmlab.yaml:2:1", "swarmlab.yaml:4:1"]);
  });

  it("tells what is nested too deep before the YAML reader falls over it", () => {
    const told = "values are nested more than 100 levels deep here";
    const inLines = Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:\n`).join("");
    expect(problemsOf(`workers: ${"[".repeat(3000)}${"]".repeat(3000)}`)[0]).toContain(`:1:109 ${told}`);
    expect(problemsOf("[".repeat(100_000))[0]).toContain(`:1:101 ${told}`);
    expect(problemsOf(inLines)[0]).toContain(`:100:101 ${told}`);
    expect(problemsOf("- ".repeat(3000))[0]).toContain(`:1:200 ${told}`);
  });

  it("tells aliases that stand for too many values", () => {
    const ten = (item: string) => `[${Array<string>(10).fill(item).join(", ")}]`;
    const text = `workers: 5\ndocker: { daemon: { a: &a ${ten("x")}, b: &b ${ten("*a")}, c: ${ten("*b")} } }`;
    expect(problemsOf(text)).toEqual([
      "swarmlab.yaml:1:1 the aliases in this file, written out, are too many values | Write the values out that are meant, or use fewer aliases.",
    ]);
  });

  it.each(["", "# nothing\n", "---\n", "{}", "﻿name: lab\r\n"])("takes %j", (text) => {
    expect(parseConfig(text, "f").ok).toBe(true);
  });

  it("lists the known keys where none is near", () => {
    expect(problemsOf("docker: { zzzzzzzz: 1 }")).toEqual([
      'swarmlab.yaml:1:11 unknown key "zzzzzzzz" in docker | Remove it; known here: channel, repository, version, install, tcp, cache, daemon, daemon-by-role, daemon-by-machine.',
    ]);
  });

  it("never throws, whatever the text", () => {
    const pieces = fc.constantFrom(
      "name",
      "labels",
      ": ",
      "\n",
      "  ",
      "- ",
      "&a ",
      "*a",
      "{",
      "}",
      "[",
      "]",
      '"',
      "!x ",
      "\t",
      "1",
      "---\n",
      "? ",
      "|",
      "<<",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseConfig(text, "f");
        return result.ok || (result.failure.kind === "config" && result.failure.problems.length > 0);
      }),
      { numRuns: 500 },
    );
    expect(problemsOf("[".repeat(5000)).length).toBeGreaterThan(0);
  });

  it("never throws, whatever the values", () => {
    const keys = [
      "name",
      "provider",
      "managers",
      "workers",
      "subnet",
      "box",
      "resources",
      "docker",
      "swarm",
      "labels",
    ];
    const values = fc.dictionary(fc.constantFrom(...keys), fc.anything({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.oneof(values, fc.anything()), (data) => {
        const checked = checkValues(data);
        return (
          "values" in checked ||
          checked.issues
            .map((issue) => toFinding(issue, configJsonSchema()))
            .every(({ what, remedy }) => what !== "" && remedy !== "")
        );
      }),
      { numRuns: 300 },
    );
  });
});
