import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jumpPattern, parseJump } from "../../src/cluster/jump.ts";
import { parseMachineName } from "../../src/cluster/machine-name.ts";
import { parseMemoryMiB } from "../../src/cluster/memory.ts";
import { parseConfig } from "../../src/cluster/parse-config.ts";
import { parseSnapshotName } from "../../src/cluster/snapshot-name.ts";
import { parseSubnet } from "../../src/cluster/subnet.ts";
import { parseYaml } from "../../src/cluster/yaml-source.ts";
import { parseDaemonConfig } from "../../src/docker/daemon-config.ts";
import { reasonInDaemonLog } from "../../src/docker/daemon-log.ts";
import { parseDaemonRecord } from "../../src/docker/daemon-record.ts";
import { parseDockerObservation } from "../../src/docker/docker-observation.ts";
import { parseEngineInfo } from "../../src/docker/engine-info.ts";
import { parseHeard } from "../../src/docker/heard.ts";
import { parseImages } from "../../src/docker/held-images.ts";
import { readOutcome } from "../../src/docker/install-engine.ts";
import { parseJsonObject } from "../../src/docker/json-object.ts";
import { parseMachineFacts } from "../../src/docker/machine-facts.ts";
import { parseSections } from "../../src/docker/shell-sections.ts";
import { FailureError } from "../../src/failure.ts";
import { parseFaultRecord } from "../../src/faults/fault-record.ts";
import { parseDuration, parseRate, parseSignedDuration } from "../../src/faults/parse-amount.ts";
import { parseFault } from "../../src/faults/parse-fault.ts";
import { parseMutant, parseScript } from "../../src/labs/lab-script.ts";
import { parseLabText } from "../../src/labs/lab-text.ts";
import { parseLab } from "../../src/labs/parse-lab.ts";
import { parseProgress } from "../../src/labs/progress.ts";
import { parseManifest } from "../../src/machine/bundle-manifest.ts";
import { parseHostFacts } from "../../src/machine/hosts/host-facts.ts";
import { cgroupHost } from "../../src/machine/nspawn/cgroups.ts";
import { rulesWithComment } from "../../src/machine/nspawn/firewall.ts";
import { machineOfCgroup } from "../../src/machine/nspawn/layout.ts";
import { parseRoutes as parseIpRoutes } from "../../src/machine/nspawn/network.ts";
import { parseIndexTargets } from "../../src/machine/nspawn/package-sources.ts";
import { parseBatchError } from "../../src/machine/vagrant/batch-error.ts";
import { parseCpuInfo, parseFirmware, parseHvSupport } from "../../src/machine/vagrant/cpu-problems.ts";
import { parseNetworksConf } from "../../src/machine/vagrant/host-only-networks.ts";
import { parseVBoxList, parseVirshList } from "../../src/machine/vagrant/hypervisor.ts";
import { parseModules } from "../../src/machine/vagrant/kvm-conflict.ts";
import { messageOf, parseMachineReadable } from "../../src/machine/vagrant/machine-readable.ts";
import { installedPlugIns } from "../../src/machine/vagrant/plug-ins.ts";
import { parseCandidates } from "../../src/machine/vagrant/setup-plan.ts";
import { parseSshConfig } from "../../src/machine/vagrant/ssh-config.ts";
import { judgeVagrant, parseVagrantVersion } from "../../src/machine/vagrant/vagrant-version.ts";
import { parseVersion } from "../../src/machine/vagrant/version.ts";
import { judgeVirtualBox, parseVirtualBoxVersion } from "../../src/machine/vagrant/virtualbox-problems.ts";
import { parsePublicKey } from "../../src/remote/ssh-keys.ts";
import {
  parseIngressEnd,
  parseNode,
  parseNodes,
  parseNodeSpec,
  parseSwarm,
} from "../../src/swarm/parse-swarm.ts";
import { parseRoutes as parseProcRoutes } from "../../src/system/computer-facts.ts";
import { parseMountPoints } from "../../src/system/mounts.ts";
import { decodedBytes, mutatedText } from "../support/mutated-text.ts";

const recorded = (name: string): string =>
  readFileSync(new URL(`../fixtures/vagrant/${name}`, import.meta.url), "utf8");
const answer = (stdout: string) => ({ kind: "answer" as const, exitCode: 0, stdout, stderr: stdout });
const section = (name: string, text: string): string => `${name} ${Buffer.from(text).toString("base64")}\n`;
const sections = (...texts: readonly (readonly [string, string])[]): string =>
  texts.map(([name, text]) => section(name, text)).join("");

interface Row<Input> {
  readonly parse: (input: Input) => unknown;
  /** What it is made for. */
  readonly sample: Input;
}

const text = (parse: Row<string>["parse"], sample: string): Row<string> => ({ parse, sample });
const data = (parse: Row<unknown>["parse"], sample: unknown): Row<unknown> => ({ parse, sample });

const route =
  "default via 10.0.2.2 dev eth0\n192.168.56.0/24 dev vboxnet0 proto kernel scope link\nlocal 127.0.0.1 dev lo";
const mounts =
  "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
const uuid = "0f1e2d3c-0000-4000-8000-123456789abc";
const journal =
  'Nov 25 10:00:00 node1 dockerd[1]: time="x" level=error msg="failed to start \\"x\\""\nfailed: no space\n';

/** Everything that reads text which others wrote. Whoever adds an exported `parse…` adds a row. */
const texts: Readonly<Record<string, Row<string>>> = {
  "cluster/jump.ts parseJump": text(
    (input) => (jumpPattern.test(input) ? parseJump(input) : undefined),
    "admin@192.0.2.1:2222",
  ),
  "cluster/machine-name.ts parseMachineName": text(parseMachineName, "manager12"),
  "cluster/memory.ts parseMemoryMiB": text(parseMemoryMiB, "1.5 GiB"),
  "cluster/parse-config.ts parseConfig": text(
    (input) => parseConfig(input, "f"),
    "workers: 3\nlabels:\n  node1: { a: b }\n",
  ),
  "cluster/snapshot-name.ts parseSnapshotName": text(parseSnapshotName, "before-update"),
  "cluster/subnet.ts parseSubnet": text(parseSubnet, "192.168.56.0/24"),
  "faults/fault-record.ts parseFaultRecord": text(
    parseFaultRecord,
    JSON.stringify({
      schemaVersion: 1,
      id: "slow-3f9c",
      fault: { kind: "slow", delayMs: 20, rateKbit: null, machines: ["node1"] },
      since: "2026-01-01T10:00:00.000Z",
      until: null,
      healer: "computer",
    }),
  ),
  "faults/parse-amount.ts parseDuration": text(parseDuration, "1h30m"),
  "faults/parse-amount.ts parseSignedDuration": text(parseSignedDuration, "-5m"),
  "faults/parse-amount.ts parseRate": text(parseRate, "512kbit"),
  "faults/parse-fault.ts parseFault": text((input) => {
    const [kind = "", ...words] = input.split(" ");
    const labels = {};
    const node = { name: "node1", role: "worker", address: "192.168.56.18", labels, daemon: {} } as const;
    return parseFault({ kind, arguments: words }, [node]);
  }, "block 4789/udp"),
  "cluster/yaml-source.ts parseYaml": text(
    // YAML has a way to write NaN.
    (input) => ({ ...parseYaml(input), data: {} }),
    "a: &a [1, 'x']\nb: *a\nc: |\n  text\n",
  ),
  "docker/daemon-config.ts parseDaemonConfig": text(
    (input) => parseDaemonConfig(input, "node1"),
    '{ "mtu": 1400, "labels": ["a=b"] }',
  ),
  "docker/daemon-log.ts reasonInDaemonLog": text(reasonInDaemonLog, journal),
  "docker/daemon-record.ts parseDaemonRecord": text(
    (input) => parseDaemonRecord(input, "node1"),
    '{ "schemaVersion": 1, "options": { "mtu": { "before": 1500 } } }',
  ),
  "docker/docker-observation.ts parseDockerObservation": text(
    (input) => [
      parseDockerObservation(input),
      parseDockerObservation(
        sections(["init", "systemd"], ["dockerd", input], ["service", input], ["whole", "yes"]),
      ),
    ],
    sections(
      ["init", "systemd"],
      ["dockerd", "Docker version 20.10.24+dfsg1, build 2"],
      ["service", "active"],
      ["pid", "12"],
      ["daemon.json", "{}"],
      ["whole", "yes"],
    ),
  ),
  "docker/heard.ts parseHeard": text(parseHeard, '/info {"ID":"e1"}\n/networks/ingress {"Containers":{}}\n'),
  "docker/install-engine.ts readOutcome": text(
    (stdout) => readOutcome({ machine: "node1", docker: { channel: "docker" }, stdout }),
    sections(["outcome", "version"], ["said", "20.10 24.0"], ["log", "E: no\n"]),
  ),
  "docker/json-object.ts parseJsonObject": text(
    (input) => parseJsonObject({ text: input, path: "/f", machine: "node1" }),
    '\uFEFF{ "a": [1, -2.5e3, "\\u0041", null, { "b": true }] }',
  ),
  "docker/machine-facts.ts parseMachineFacts": text(
    (input) => [
      parseMachineFacts(input),
      ...["clock", "mtu", "free", "api", "certificate"].map((name) =>
        parseMachineFacts(sections(["clock", "1795569960000"], [name, input])),
      ),
    ],
    sections(
      ["hostname", "node1"],
      ["clock", "1795569960000"],
      ["mtu", "1500"],
      ["free", "123456"],
      ["api", "*:2375"],
      ["certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
    ),
  ),
  "docker/shell-sections.ts parseSections": text(parseSections, `banner\n${sections(["a", "b"], ["c", ""])}`),
  "labs/lab-script.ts parseScript": text(
    (input) => parseScript("solution/1.sh", input),
    "# on: node1\necho a\n",
  ),
  "labs/lab-script.ts parseMutant": text(
    (input) => ({ ...parseMutant("mutants/1.sh", input), task: 0 }),
    "# Wrong\n# task: 2\n# fails: a, b\n# answers: ab\n",
  ),
  "labs/lab-text.ts parseLabText": text(parseLabText, "# Lab\nText\n## One\n```sh node1 fails\nfalse\n```\n"),
  "labs/parse-lab.ts parseLab": text(
    (input) => parseLab({ directory: "/labs/01-a", name: "01-a", folder: new Map([["lab.yaml", input]]) }),
    "title: A\nsetup:\n  - { on: manager, run: [docker, info] }\ntasks:\n  - id: one\n    title: One\n    checks:\n      - { id: a, kind: nodes }\n",
  ),
  "machine/bundle-manifest.ts parseManifest": text(
    parseManifest,
    '{ "schemaVersion": 1, "program": "0.1.0", "provider": "nspawn", "box": { "architecture": "x64", "recipe": "ab", "docker": { "channel": "docker", "version": "20.10" } }, "parts": [{ "name": "box.tar.gz", "bytes": 12, "sha256": "ab" }] }',
  ),
  "machine/hosts/host-facts.ts parseHostFacts": text(
    parseHostFacts,
    "init=systemd\nengine=yes\npackages=apt-get\naddress=192.168.7.17\nswarm=yes\ncontainer=web\nport=tcp 2377 (python3)\nend=yes\n",
  ),
  "system/mounts.ts parseMountPoints": text(parseMountPoints, "tmpfs /srv/a\\040b tmpfs rw 0 0\n"),
  "machine/nspawn/cgroups.ts cgroupHost": text((input) => cgroupHost(input, false), mounts),
  "machine/nspawn/firewall.ts rulesWithComment": text(
    (input) => rulesWithComment(input, "swarmlab:lab"),
    '*filter\n:INPUT ACCEPT [0:0]\n-A FORWARD -i sl1 -m comment --comment "swarmlab:lab" -j ACCEPT\nCOMMIT\n',
  ),
  "machine/nspawn/layout.ts machineOfCgroup": text(
    (input) => machineOfCgroup("lab", input),
    "1:name=systemd:/swarmlab/lab/node1/init.scope\n",
  ),
  "machine/nspawn/network.ts parseRoutes": text(parseIpRoutes, route),
  "machine/nspawn/package-sources.ts parseIndexTargets": text(
    parseIndexTargets,
    "https://deb.example/debian\tbookworm\tmain\t$(SIGNED_BY)\tDebian\n",
  ),
  "machine/vagrant/batch-error.ts parseBatchError": text(
    parseBatchError,
    "An error occurred while executing the action on the 'node1'\nmachine. Please handle this error then try again:\n\nx\na.rb:1:in `b'\n",
  ),
  "machine/vagrant/cpu-problems.ts parseCpuInfo": text(parseCpuInfo, "flags\t\t: fpu vmx hypervisor\n"),
  "machine/vagrant/cpu-problems.ts parseHvSupport": text((input) => parseHvSupport(answer(input)), "1\n"),
  "machine/vagrant/cpu-problems.ts parseFirmware": text(
    (input) => parseFirmware(answer(input)),
    "True\r\nFalse\r\n",
  ),
  "machine/vagrant/host-only-networks.ts parseNetworksConf": text(
    parseNetworksConf,
    "# ranges\n* 10.0.0.0/8 192.168.0.0/16\n* fe80::/10\n",
  ),
  "machine/vagrant/hypervisor.ts parseVBoxList": text(parseVBoxList, `"lab-node1" {${uuid}}\n`),
  "machine/vagrant/hypervisor.ts parseVirshList": text(parseVirshList, `${uuid} lab-node1\n`),
  "machine/vagrant/kvm-conflict.ts parseModules": text(
    parseModules,
    "kvm_intel 1 2 - Live 0x0\nkvm 3 1 kvm_intel,\n",
  ),
  "machine/vagrant/machine-readable.ts parseMachineReadable": text((input) => {
    const events = input.split("\n").map(parseMachineReadable);
    return events.map((event) => event && messageOf(event));
  }, recorded("status-mixed.txt")),
  "machine/vagrant/plug-ins.ts installedPlugIns": text(
    installedPlugIns,
    '{ "version": "1", "installed": { "vagrant-libvirt": {} } }',
  ),
  "machine/vagrant/setup-plan.ts parseCandidates": text(
    parseCandidates,
    "vagrant:\n  Installed: (none)\n  Candidate: 2.3.4\n",
  ),
  "machine/vagrant/ssh-config.ts parseSshConfig": text(parseSshConfig, recorded("ssh-config-mixed.txt")),
  "machine/vagrant/vagrant-version.ts parseVagrantVersion": text(parseVagrantVersion, "Vagrant 2.3.4\n"),
  "machine/vagrant/vagrant-version.ts judgeVagrant": text(
    (input) => judgeVagrant(answer(input), "x64"),
    "Vagrant 2.3.4\n",
  ),
  "machine/vagrant/version.ts parseVersion": text(parseVersion, "7.0.20r163906"),
  "machine/vagrant/virtualbox-problems.ts parseVirtualBoxVersion": text(
    parseVirtualBoxVersion,
    "WARNING: The vboxdrv kernel module is not loaded.\n         Please\n7.0.20r163906\n",
  ),
  "machine/vagrant/virtualbox-problems.ts judgeVirtualBox": text(
    (input) => judgeVirtualBox(answer(input), { platform: "linux", architecture: "x64" }),
    "7.0.20r163906\n",
  ),
  "remote/ssh-keys.ts parsePublicKey": text(
    parsePublicKey,
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== comment\n",
  ),
  "system/computer-facts.ts parseRoutes": text(
    parseProcRoutes,
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nvboxnet0\t0038A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n",
  ),
};

const node = {
  ID: "n1",
  Version: { Index: 12 },
  Spec: { Role: "manager", Availability: "active", Labels: { disk: "ssd" } },
  Description: { Hostname: "manager" },
  Status: { State: "ready", Addr: "0.0.0.0" },
  ManagerStatus: { Leader: true, Reachability: "reachable", Addr: "192.168.56.17:2377" },
};
const swarm = {
  ID: "s1",
  Version: { Index: 10 },
  Spec: { Name: "default", Labels: { a: "b" } },
  JoinTokens: { Worker: "SWMTKN-1-a", Manager: "SWMTKN-1-b" },
};

/** Everything that reads answers of an engine, and records of this program's own. */
const answers: Readonly<Record<string, Row<unknown>>> = {
  "docker/held-images.ts parseImages": data(parseImages, [
    { Id: "sha256:a", RepoTags: ["app:1"], Labels: { a: "b" }, Size: 1000 },
  ]),
  "docker/engine-info.ts parseEngineInfo": data(parseEngineInfo, {
    ID: "e1",
    ServerVersion: "20.10.24",
    Labels: ["a=b"],
    Swarm: {
      NodeID: "n1",
      LocalNodeState: "active",
      RemoteManagers: [{ NodeID: "n1", Addr: "10.0.0.17:2377" }],
    },
  }),
  "labs/progress.ts parseProgress": data(parseProgress, {
    schemaVersion: 1,
    current: null,
    labs: { first: { hash: "h1", doneAt: null, attempt: null } },
  }),
  "swarm/parse-swarm.ts parseSwarm": data(parseSwarm, swarm),
  "swarm/parse-swarm.ts parseNodes": data(parseNodes, [node, { ...node, ManagerStatus: null }]),
  "swarm/parse-swarm.ts parseNode": data(parseNode, node),
  "swarm/parse-swarm.ts parseNodeSpec": data(parseNodeSpec, node),
  "swarm/parse-swarm.ts parseIngressEnd": data(parseIngressEnd, {
    Containers: { "ingress-sbox": { IPv4Address: "10.0.0.2/24" } },
  }),
};

/** It reads arguments of this program, and has its own tests. */
const others = ["cli/program.ts parseCommandLine"];

describe("parsers", () => {
  it("have a row here, each one that a source exports", () => {
    const rows = [...Object.keys(texts), ...Object.keys(answers), ...others];
    expect(exportedParsers().filter((parser) => !rows.includes(parser))).toEqual([]);
    const named = rows.filter((row) => / parse/.test(row));
    expect(named.filter((row) => !exportedParsers().includes(row))).toEqual([]);
  });

  it.each(Object.entries(texts))("%s survives any text", (_, { parse, sample }) => {
    expect(surviving(parse, sample)).not.toBeInstanceOf(FailureError);
    const inputs = fc.oneof(
      { weight: 3, arbitrary: mutatedText(fc.constant(sample)) },
      { weight: 1, arbitrary: decodedBytes() },
      { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
    );
    fc.assert(
      fc.property(inputs, (input) => !numbersIn(surviving(parse, input)).some(Number.isNaN)),
      { numRuns: 500 },
    );
  });

  it.each(Object.entries(answers))("%s survives any JSON", (_, { parse, sample }) => {
    expect(surviving(parse, sample)).not.toBeInstanceOf(FailureError);
    fc.assert(
      fc.property(
        fc.oneof(mutatedData(sample), fc.jsonValue()),
        (input) => !numbersIn(surviving(parse, input)).some(Number.isNaN),
      ),
      { numRuns: 1000 },
    );
  });
});

/** A failure is an answer as well; whatever else is thrown ends the program as a bug. */
function surviving<Input>(parse: Row<Input>["parse"], input: Input): unknown {
  try {
    return parse(input);
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

/** `path name`, as the sources say it. */
function exportedParsers(): readonly string[] {
  const root = new URL("../../src/", import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const exports = /^export (?:async )?(?:function\*?|const) (parse[A-Z]\w*)/gm;
    const source = readFileSync(new URL(file, root), "utf8");
    return [...source.matchAll(exports)].map(([, name = ""]) => `${file} ${name}`);
  });
}

/** The sample with some of its values replaced by others, or taken away. */
function mutatedData(sample: unknown): fc.Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, "", 0, -1, 1e300, true, [], {}, [null], { toString: 1 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const changes = fc.array(fc.tuple(place, odd), { minLength: 1, maxLength: 3 });
  return changes.map((all) =>
    all.reduce<unknown>((value, [at, put]) => replaceAt(value, Math.floor(at * countIn(value)), put), sample),
  );
}

const childrenOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

/** Values in a value, itself included. */
function countIn(value: unknown): number {
  return childrenOf(value).reduce((sum, [, child]) => sum + countIn(child), 1);
}

/** `index` counts from 0, the value itself, through what is inside it. */
function replaceAt(value: unknown, index: number, put: unknown): unknown {
  if (index === 0) return put;
  let before = 1;
  const changed = childrenOf(value).map(([key, child]) => {
    const own = index - before;
    const size = countIn(child);
    before += size;
    return [key, own >= 0 && own < size ? replaceAt(child, own, put) : child] as const;
  });
  return Array.isArray(value) ? changed.map(([, child]) => child) : Object.fromEntries(changed);
}

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (value instanceof Map) return [...value.values()].flatMap(numbersIn);
  return childrenOf(value).flatMap(([, child]) => numbersIn(child));
}
