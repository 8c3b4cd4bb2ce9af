import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { type Overrides, resolveCluster } from "../../../src/cluster/resolve.ts";
import { contains, parseSubnet } from "../../../src/cluster/subnet.ts";
import { type Failure, unwrap } from "../../../src/failure.ts";

const resolveText = (text: string, overrides: Overrides = {}) =>
  resolveCluster(unwrap(parseConfig(text, "swarmlab.yaml")), overrides);

const clusterOf = (text: string, overrides?: Overrides): Cluster =>
  unwrap(resolveText(text, overrides)).cluster;

function errorsOf(text: string, overrides?: Overrides): readonly string[] {
  const result = resolveText(text, overrides);
  return result.ok ? [] : problemsOf(result.failure);
}

function problemsOf(failure: Failure): readonly string[] {
  if (failure.kind !== "config") return [];
  return failure.problems.map((problem) => `${problem.where ?? "?"} ${problem.what} | ${problem.remedy}`);
}

const warningsOf = (text: string, overrides?: Overrides) => unwrap(resolveText(text, overrides)).warnings;

const addressesOf = (cluster: Cluster) =>
  new Map(cluster.machines.map(({ name, address }) => [name, address]));

describe("resolveCluster", () => {
  it("gives the default cluster for nothing", () => {
    const bare = { labels: {}, daemon: {} };
    expect(clusterOf("")).toEqual({
      name: "swarmlab",
      provider: "auto",
      subnet: "192.168.56.0/24",
      subnetChosen: false,
      docker: { channel: "distribution" },
      tcp: "tls",
      daemon: { all: {}, byRole: {}, byMachine: {} },
      swarm: { addressPools: [], autolock: false },
      machines: [
        { name: "manager", role: "manager", address: "192.168.56.17", ...bare },
        { name: "node1", role: "worker", address: "192.168.56.18", ...bare },
        { name: "node2", role: "worker", address: "192.168.56.19", ...bare },
      ],
    });
  });

  it("takes over everything the file says", () => {
    const text = `
name: lab
provider: nspawn
managers: 3
workers: 1
subnet: 172.20.4.0/27
box: /var/lib/tree
resources: { manager: { cpus: 2, memory: 1GiB }, worker: { cpus: 0.5, memory: 512m } }
docker: { channel: docker, repository: https://docker.example/a, version: "20.10", daemon: { log-opts: { max-size: 10m } }, daemon-by-role: { worker: { mtu: 1400 } } }
swarm: { default-addr-pool: [10.20.0.0/16], default-addr-pool-mask-length: 26, data-path-port: 4790, task-history-limit: 0, autolock: true }
labels: { node1: { disk: ssd } }
`;
    const daemon = { "log-opts": { "max-size": "10m" } };
    const byRole = { worker: { mtu: 1400 } };
    const manager = { role: "manager", cpus: 2, memoryMiB: 1024, labels: {}, daemon };
    expect(clusterOf(text)).toEqual({
      name: "lab",
      provider: "nspawn",
      subnet: "172.20.4.0/27",
      subnetChosen: true,
      box: "/var/lib/tree",
      docker: { channel: "docker", repository: "https://docker.example/a", version: "20.10" },
      tcp: "tls",
      daemon: { all: daemon, byRole, byMachine: {} },
      swarm: {
        addressPools: ["10.20.0.0/16"],
        addressPoolMaskLength: 26,
        dataPathPort: 4790,
        taskHistoryLimit: 0,
        autolock: true,
      },
      machines: [
        { name: "manager", address: "172.20.4.17", ...manager },
        { name: "manager2", address: "172.20.4.16", ...manager },
        { name: "manager3", address: "172.20.4.15", ...manager },
        {
          name: "node1",
          role: "worker",
          address: "172.20.4.18",
          cpus: 0.5,
          memoryMiB: 512,
          labels: { disk: "ssd" },
          daemon: { ...daemon, mtu: 1400 },
        },
      ],
    });
  });

  it("gives each machine the daemon options of all, of its role and its own, the later ones winning whole", () => {
    const text = `
managers: 3
docker:
  daemon: { mtu: 1400, debug: true, log-opts: { max-size: 10m } }
  daemon-by-role: { manager: { mtu: 1300 }, worker: { debug: false } }
  daemon-by-machine: { manager: { log-opts: { max-file: "2" } }, node2: { debug: true, mtu: 1200 } }
`;
    const all = { mtu: 1400, debug: true, "log-opts": { "max-size": "10m" } };
    expect(new Map(clusterOf(text).machines.map(({ name, daemon }) => [name, daemon]))).toEqual(
      new Map([
        ["manager", { ...all, mtu: 1300, "log-opts": { "max-file": "2" } }],
        ["manager2", { ...all, mtu: 1300 }],
        ["manager3", { ...all, mtu: 1300 }],
        ["node1", { ...all, debug: false }],
        ["node2", { ...all, mtu: 1200 }],
      ]),
    );
  });

  it("takes over a Vagrant box with its version", () => {
    expect(clusterOf('box: bento/debian-12\nbox-version: "202510.26.0"')).toMatchObject({
      box: "bento/debian-12",
      boxVersion: "202510.26.0",
    });
  });

  it("lets flags win over the file, also over what is wrong in it", () => {
    const daemon = "docker: { daemon-by-machine: { node2: { debug: true } } }";
    const cluster = clusterOf(`workers: 300\nlabels: { node2: { a: b } }\n${daemon}`, {
      workers: 1,
      provider: "nspawn",
    });
    expect(cluster.provider).toBe("nspawn");
    expect(cluster.machines.map(({ name }) => name)).toEqual(["manager", "node1"]);
  });

  it("names the flag that is wrong", () => {
    expect(errorsOf("", { managers: 0, provider: "nspwn" })).toEqual([
      '--provider provider must be auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, nspawn or hosts, not "nspwn" | Did you mean "nspawn"?',
      "--managers managers must be a whole number from 1 to 16, not 0 | Use for example 3, or leave it out.",
    ]);
  });

  it("tells a wrong flag once, however many checks it fails", () => {
    expect(errorsOf("", { managers: 1e300 })).toHaveLength(1);
    expect(errorsOf("", { workers: Number.NaN })).toHaveLength(1);
  });

  it("keeps every address unique, inside the subnet and off the gateway, and moves nobody when the cluster grows", () => {
    const counts = fc.record({
      managers: fc.integer({ min: 1, max: 16 }),
      workers: fc.integer({ min: 0, max: 237 }),
    });
    fc.assert(
      fc.property(counts, counts, (small, large) => {
        const [first, second] = [addressesOf(clusterOf("", small)), addressesOf(clusterOf("", large))];
        const subnet = parseSubnet("192.168.56.0/24");
        const all = [...first.values()];
        expect(all).toHaveLength(small.managers + small.workers);
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((address) => subnet && contains(subnet, address))).toBe(true);
        expect(all.some((address) => /\.(0|1|255)$/.test(address))).toBe(false);
        for (const [name, address] of first) expect(second.get(name) ?? address).toBe(address);
      }),
      { numRuns: 40 },
    );
  });
});

describe("without", () => {
  it("leaves machines out, and moves none of the others", () => {
    const whole = addressesOf(clusterOf("managers: 3\nworkers: 3"));
    const cluster = clusterOf("managers: 3\nworkers: 3\nwithout: [node1, manager]");
    expect(cluster.machines.map(({ name }) => name)).toEqual(["manager2", "manager3", "node2", "node3"]);
    for (const [name, address] of addressesOf(cluster)) expect(address).toBe(whole.get(name));
  });

  it("counts for the rule of odd managers", () => {
    expect(warningsOf("managers: 4\nwithout: [manager3]")).toEqual([]);
    expect(warningsOf("managers: 3\nwithout: [manager3]")).toMatchObject([
      { what: "2 managers survive the loss of 0, no more than 1 would" },
    ]);
  });

  it("may name a machine that only a flag does not count", () => {
    const cluster = clusterOf("workers: 3\nwithout: [node3]", { workers: 1 });
    expect(cluster.machines.map(({ name }) => name)).toEqual(["manager", "node1"]);
  });

  it.each([
    [
      "without: [node9]",
      "1:11 without names node9, and counting does not come so far | Take node9 out of without.",
    ],
    [
      "without: [manager]",
      "1:1 without leaves out every manager | Raise managers, or take one of them out of without.",
    ],
    [
      "labels: { node1: {} }\nwithout: [node1]",
      '1:11 labels for "node1", but there is no such machine | Remove these labels, or take node1 out of without.',
    ],
    [
      "without: [web]",
      '1:11 without[0] must be a machine\'s name such as node1, not "web" | Change the value, or leave it out.',
    ],
    [
      "provider: hosts\nhosts: { manager: { address: 192.0.2.17 } }\nwithout: [node1]",
      "3:1 without cannot be set with provider hosts | Remove without.",
    ],
  ])("refuses %j", (text, expected) => {
    const result = parseConfig(text, "swarmlab.yaml");
    const all = result.ok ? errorsOf(text) : problemsOf(result.failure);
    expect(all).toEqual([`swarmlab.yaml:${expected}`]);
  });
});

describe("rules", () => {
  it("warns of an even number of managers with the quorum table", () => {
    expect(warningsOf("managers: 4")).toEqual([
      {
        severity: "warning",
        where: "swarmlab.yaml:1:11",
        what: "4 managers survive the loss of 1, no more than 3 would",
        why: `a swarm works while more than half of its managers do
managers    quorum  may fail
       1         1         0
       2         2         0
       3         2         1
       4         3         1
       5         3         2
       6         4         2
       7         4         3`,
        remedy: "Use 3 or 5 managers.",
      },
    ]);
    expect(warningsOf("", { managers: 2 }).map(({ where }) => where)).toEqual(["--managers"]);
    expect(warningsOf("managers: 3")).toEqual([]);
    expect(warningsOf("managers: 7")).toEqual([]);
  });

  it("warns of more managers than Docker recommends", () => {
    expect(warningsOf("managers: 9").map(({ what }) => what)).toEqual([
      "9 managers are more than the 7 that Docker recommends at most",
    ]);
  });

  it.each([
    [
      "workers: 300",
      [
        "swarmlab.yaml:1:10 300 workers do not fit into the subnet 192.168.56.0/24, which has room for 237 | Use at most 237 workers, or a larger subnet: 192.168.56.0/23.",
      ],
    ],
    [
      "workers: 238",
      [
        "swarmlab.yaml:1:10 238 workers do not fit into the subnet 192.168.56.0/24, which has room for 237 | Use at most 237 workers, or a larger subnet: 192.168.56.0/23.",
      ],
    ],
    [
      "subnet: 192.168.56.0/28",
      [
        "swarmlab.yaml:1:9 the subnet 192.168.56.0/28 is too small: it has 16 addresses | Use a /27 or larger, for example 192.168.56.0/24.",
      ],
    ],
    [
      "subnet: 8.8.8.0/24",
      [
        "swarmlab.yaml:1:9 the subnet 8.8.8.0/24 is not private | Use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for example 192.168.56.0/24.",
      ],
    ],
    [
      "subnet: 192.168.56.9/24",
      [
        "swarmlab.yaml:1:9 subnet is 192.168.56.9/24, an address inside a network and not the network | Did you mean 192.168.56.0/24?",
      ],
    ],
    [
      "swarm: { default-addr-pool: [192.168.0.0/18] }",
      [
        "swarmlab.yaml:1:30 the subnet 192.168.56.0/24 overlaps 192.168.0.0/18 of swarm.default-addr-pool[0] | Use another subnet, for example 192.168.64.0/24, or change swarm.default-addr-pool[0].",
      ],
    ],
    [
      "subnet: 192.168.99.0/24\ndocker: { daemon: { bip: 192.168.99.1/24 } }",
      [
        "swarmlab.yaml:1:9 the subnet 192.168.99.0/24 overlaps 192.168.99.1/24 of docker.daemon.bip | Use another subnet, for example 192.168.56.0/24, or change docker.daemon.bip.",
      ],
    ],
    [
      "docker: { daemon: { fixed-cidr: 192.168.56.128/25 } }",
      [
        "swarmlab.yaml:1:33 the subnet 192.168.56.0/24 overlaps 192.168.56.128/25 of docker.daemon.fixed-cidr | Use another subnet, for example 192.168.57.0/24, or change docker.daemon.fixed-cidr.",
      ],
    ],
    [
      "docker: { daemon: { default-address-pools: [{ base: 192.168.0.0/16, size: 24 }] } }",
      [
        "swarmlab.yaml:1:53 the subnet 192.168.56.0/24 overlaps 192.168.0.0/16 of docker.daemon.default-address-pools[0].base | Use another subnet, for example 172.30.0.0/24, or change docker.daemon.default-address-pools[0].base.",
      ],
    ],
    [
      "swarm: { default-addr-pool: [10.20.0.0/26] }",
      [
        "swarmlab.yaml:1:30 the pool 10.20.0.0/26 is smaller than one /24 network | Set swarm.default-addr-pool-mask-length to 27 or more, or use a larger pool.",
      ],
    ],
    [
      "swarm: { default-addr-pool: [10.20.0.0/16], default-addr-pool-mask-length: 8 }",
      [
        "swarmlab.yaml:1:76 the pool 10.20.0.0/16 is smaller than one /8 network | Set swarm.default-addr-pool-mask-length to 17 or more, or use a larger pool.",
      ],
    ],
    [
      "swarm: { default-addr-pool: [10.20.0.0/16, 10.20.8.0/24] }",
      [
        "swarmlab.yaml:1:44 the pool 10.20.8.0/24 overlaps the pool 10.20.0.0/16 | Remove one of the two, or make them disjoint.",
      ],
    ],
    [
      "docker: { daemon: { firewall-backend: nftables } }",
      [
        "swarmlab.yaml:1:21 the nftables firewall backend cannot be used in a swarm | Remove firewall-backend, or set it to iptables.",
      ],
    ],
    [
      "docker: { daemon-by-role: { worker: { live-restore: true } }, daemon-by-machine: { node1: { hosts: [] } } }",
      [
        "swarmlab.yaml:1:39 live-restore cannot be used in a swarm | Remove live-restore.",
        "swarmlab.yaml:1:93 docker.daemon-by-machine.node1.hosts cannot be set | Remove hosts.",
      ],
    ],
    [
      "docker: { daemon-by-machine: { nod1: { debug: true } } }",
      ['swarmlab.yaml:1:32 daemon options for "nod1", but there is no such machine | Did you mean "node1"?'],
    ],
    [
      "docker: { daemon-by-machine: { worker: { debug: true } } }",
      [
        'swarmlab.yaml:1:32 daemon options for "worker", but there is no such machine | Remove these daemon options.',
      ],
    ],
    [
      "docker: { daemon-by-machine: { node1: { bip: 192.168.56.1/25 } } }",
      [
        "swarmlab.yaml:1:46 the subnet 192.168.56.0/24 overlaps 192.168.56.1/25 of docker.daemon-by-machine.node1.bip | Use another subnet, for example 192.168.57.0/24, or change docker.daemon-by-machine.node1.bip.",
      ],
    ],
    [
      "docker: { daemon: { tlscacert: /x } }",
      ["swarmlab.yaml:1:21 docker.daemon.tlscacert cannot be set | Remove tlscacert."],
    ],
    [
      'docker: { cache: "https://registry.example", daemon-by-role: { worker: { registry-mirrors: [] } } }',
      [
        "swarmlab.yaml:1:74 docker.daemon-by-role.worker.registry-mirrors and docker.cache cannot be set together | Remove one of them; docker.cache may be the address of a mirror.",
      ],
    ],
    [
      'box-version: "1.2"',
      [
        "swarmlab.yaml:1:1 box-version is set, and no box | Remove box-version, or name its box, for example box: bento/debian-12.",
      ],
    ],
    [
      'box: ./tree\nbox-version: "1.2"',
      [
        "swarmlab.yaml:2:1 box-version is set, and box is the path ./tree | Remove box-version, or name its box, for example box: bento/debian-12.",
      ],
    ],
    [
      "labels: { nod1: { a: b } }",
      ['swarmlab.yaml:1:11 labels for "nod1", but there is no such machine | Did you mean "node1"?'],
    ],
    [
      "labels: { node5: { a: b } }",
      [
        'swarmlab.yaml:1:11 labels for "node5", but there is no such machine | Set workers to 5 or more, or did you mean "node1"?',
      ],
    ],
    [
      "labels: { database: { a: b } }",
      ['swarmlab.yaml:1:11 labels for "database", but there is no such machine | Remove these labels.'],
    ],
  ])("%j", (text, expected) => {
    expect(errorsOf(text)).toEqual(expected);
  });

  it("warns of a repository that nothing uses", () => {
    const repository = "repository: https://docker.example/a";
    expect(
      warningsOf(`docker: { ${repository} }`).map(({ where, what }) => `${where ?? ""} ${what}`),
    ).toEqual(["swarmlab.yaml:1:11 docker.repository is not used"]);
    expect(warningsOf(`docker: { channel: docker, ${repository} }`)).toEqual([]);
  });

  it.each(["20.10", "29.7"])("warns of a Docker %s that lets everyone in", (version) => {
    const said = warningsOf(`docker: { tcp: insecure, version: "${version}" }`);
    expect(said.map(({ where, what }) => `${where ?? ""} ${what}`)).toEqual([
      "swarmlab.yaml:1:16 INSECURE: docker.tcp lets everyone in",
    ]);
    expect(clusterOf("docker: { tcp: off }").tcp).toBe("off");
  });

  it.each([
    ["docker: { daemon: { mtu: .inf } }", "mtu"],
    ["docker: { daemon: { bip: [{ b: .nan }] } }", "bip"],
  ])("refuses numbers that JSON cannot write: %s", (text, key) => {
    expect(errorsOf(text)).toEqual([
      expect.stringContaining(`docker.daemon.${key} holds a number that daemon.json cannot`),
    ]);
  });

  it.each([
    "workers: 237",
    'box: bento/debian-12\nbox-version: "202510.26.0"',
    "subnet: 10.9.0.0/24\nswarm: { default-addr-pool: [10.20.0.0/16] }",
    "subnet: 192.168.56.0/23\nworkers: 300",
    "docker: { daemon: { live-restore: false, firewall-backend: iptables } }",
    "subnet: 172.31.255.224/27\nworkers: 13",
  ])("has nothing against %j", (text) => {
    expect(errorsOf(text)).toEqual([]);
  });
});
