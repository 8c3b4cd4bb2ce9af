import { describe, expect, it } from "vitest";
import { loadCluster } from "../../../src/cluster/load.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { parseJump } from "../../../src/cluster/jump.ts";
import { type Overrides, resolveCluster } from "../../../src/cluster/resolve.ts";

const fingerprint = "SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const three = `
provider: hosts
docker: { install: true }
hosts:
  manager: { address: 192.0.2.17, fingerprint: "${fingerprint}" }
  node2: { address: inner, jump: node1, advertise-addr: 192.0.2.30 }
  node1: { address: box.example.org, user: admin, port: 2222, key: keys/a, jump: me@bastion:2200 }
`;

const problemsOf = (text: string, overrides: Overrides = {}): readonly string[] => {
  const config = parseConfig(text, "swarmlab.yaml");
  const result = config.ok ? resolveCluster(config.value, overrides) : config;
  const problems = result.ok
    ? result.value.warnings
    : result.failure.kind === "config"
      ? result.failure.problems
      : [];
  return problems.map(({ where, what, remedy }) => `${where ?? ""} ${what} | ${remedy}`);
};

const listed = (lines: string): string => `provider: hosts\nhosts:\n${lines}`;

describe("a cluster of machines that exist already", () => {
  it("has the machines that are listed, in their order, at the addresses that are known", async () => {
    const readText = () => Promise.resolve(three);
    const { cluster, warnings } = await loadCluster({ directory: "/lab", readText, overrides: {} });
    expect(warnings).toEqual([]);
    expect(cluster.machines).toEqual([
      { name: "manager", role: "manager", address: "192.0.2.17", labels: {}, daemon: {} },
      { name: "node1", role: "worker", address: "", labels: {}, daemon: {} },
      { name: "node2", role: "worker", address: "192.0.2.30", labels: {}, daemon: {} },
    ]);
    expect(cluster.hosts).toEqual({
      manager: { address: "192.0.2.17", port: 22, fingerprint },
      node1: {
        address: "box.example.org",
        port: 2222,
        user: "admin",
        key: "/lab/keys/a",
        jump: "me@bastion:2200",
      },
      node2: { address: "inner", port: 22, jump: "node1", advertiseAddress: "192.0.2.30" },
    });
    expect(cluster.docker.install).toBe(true);
  });

  it("leaves a key below the home directory as it is, and installs nothing unless told", async () => {
    const text = listed("  manager: { address: 192.0.2.17, key: ~/.ssh/id }");
    const readText = () => Promise.resolve(text);
    const { cluster } = await loadCluster({ directory: "/lab", readText, overrides: {} });
    expect(cluster.hosts?.["manager"]?.key).toBe("~/.ssh/id");
    expect(cluster.docker.install).toBe(false);
  });

  it("other providers have none, and install engines", async () => {
    const { cluster } = await loadCluster({
      directory: "/lab",
      readText: () => Promise.resolve(""),
      overrides: {},
    });
    expect(cluster.hosts).toBeUndefined();
    expect(cluster.docker.install).toBeUndefined();
  });

  it.each([
    [
      "hosts: { manager: { address: 192.0.2.17 } }",
      ["swarmlab.yaml:1:1 hosts are listed, and provider is auto | Set provider: hosts, or remove hosts."],
    ],
    [
      "provider: hosts",
      [
        "swarmlab.yaml:1:11 provider is hosts, and no hosts are listed | List them, for example hosts: { manager: { address: 192.0.2.17 } }; swarmlab init --provider hosts writes an example.",
      ],
    ],
    [
      `managers: 1\nworkers: 0\nsubnet: 192.168.56.0/24\nbox: a/b\nbox-version: "1"\nresources: { manager: { cpus: 1 } }\n${listed("  manager: { address: 192.0.2.17 }")}`,
      ["managers", "workers", "subnet", "box", "box-version", "resources"].map(
        (key, index) =>
          `swarmlab.yaml:${index + 1}:1 ${key} cannot be set with provider hosts | Remove ${key}.`,
      ),
    ],
    // Others may have gone.
    [listed("  manager2: { address: 192.0.2.17 }\n  node2: { address: 192.0.2.18 }"), []],
    [
      listed("  node1: { address: 192.0.2.17 }"),
      ["swarmlab.yaml:2:1 no host is called manager | Call one of them manager."],
    ],
    [
      listed("  manager: { address: 192.0.2.17 }\n  web: { address: 192.0.2.18 }"),
      ['swarmlab.yaml:4:3 no machine can be called "web" | Use one of these names.'],
    ],
    [
      listed("  manager: { address: 192.0.2.17 }\n  node1: { address: 192.0.2.17 }"),
      [
        "swarmlab.yaml:4:3 node1 and manager have the same address 192.0.2.17 | Correct the address of one, or give it its own advertise-addr, or remove it.",
      ],
    ],
    [
      listed(
        "  manager: { address: a, advertise-addr: 192.0.2.17 }\n  node1: { address: b, advertise-addr: 192.0.2.17 }",
      ),
      [
        "swarmlab.yaml:4:3 node1 and manager have the same address 192.0.2.17 | Correct the address of one, or give it its own advertise-addr, or remove it.",
      ],
    ],
    [
      listed("  manager: { address: 192.0.2.17 }\n  node1: { address: 192.0.2.18, jump: manger }"),
      [
        'swarmlab.yaml:4:33 node1 is reached through manger, which is no host of the list | Did you mean "manager"? Use the name of another host, or user@address.',
      ],
    ],
    [
      listed(
        "  manager: { address: 192.0.2.17, jump: node1 }\n  node1: { address: 192.0.2.18, jump: manager }\n  node2: { address: 192.0.2.19, jump: node1 }",
      ),
      [
        "swarmlab.yaml:3:35 manager is reached through itself | One of them must be reached directly.",
        "swarmlab.yaml:4:33 node1 is reached through itself | One of them must be reached directly.",
      ],
    ],
    [
      listed("  manager: { address: 10.1.2.3 }"),
      [
        "swarmlab.yaml:3:23 the address 10.1.2.3 of manager is in 10.0.0.0/8, Docker's default for overlay networks | Set swarm.default-addr-pool, for example [10.201.0.0/16].",
      ],
    ],
    [
      `labels: { node1: { a: b } }\n${listed("  manager: { address: 192.0.2.17 }")}`,
      ['swarmlab.yaml:1:11 labels for "node1", but there is no such machine | List node1 under hosts.'],
    ],
    [
      listed("  manager: { address: 192.0.2.17 }\n  manager2: { address: 192.0.2.18 }"),
      ["swarmlab.yaml:2:1 2 managers survive the loss of 0, no more than 1 would | Use 1 or 3 managers."],
    ],
    [
      listed(
        "  manager: { address: 192.0.2.17, port: 0, fingerprint: abc, advertise-addr: here, adress: x }",
      ),
      [
        "swarmlab.yaml:3:41 hosts.manager.port must be a whole number from 1 to 65535, not 0 | Use for example 22, or leave it out.",
        'swarmlab.yaml:3:57 hosts.manager.fingerprint must be SHA256: and 43 characters, as ssh-keygen -l prints it, not "abc" | Use for example "SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", or leave it out.',
        'swarmlab.yaml:3:78 hosts.manager.advertise-addr must be an IPv4 address, not "here" | Use for example "10.0.0.17", or leave it out.',
        'swarmlab.yaml:3:84 unknown key "adress" in hosts.manager | Did you mean "address"?',
      ],
    ],
  ])("%j", (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it("is not made larger by a flag, and no other provider takes its place", () => {
    expect(problemsOf(three, { workers: 3 })).toEqual([
      "--workers workers cannot be set with provider hosts | Remove workers.",
    ]);
    expect(problemsOf(three, { provider: "nspawn" })).toEqual([
      "swarmlab.yaml:4:1 hosts are listed, and provider is nspawn | Set provider: hosts, or remove hosts.",
    ]);
  });

  it("has its own ranges for overlay networks where its addresses are in Docker's", () => {
    const pool = "swarm: { default-addr-pool: [10.201.0.0/16] }";
    expect(problemsOf(`${pool}\n${listed("  manager: { address: 10.1.2.3 }")}`)).toEqual([]);
  });
});

describe("parseJump", () => {
  it.each([
    ["node1", { kind: "host", name: "node1" }],
    ["me@bastion.example.org", { kind: "other", user: "me", address: "bastion.example.org", port: 22 }],
    ["me@192.0.2.1:2200", { kind: "other", user: "me", address: "192.0.2.1", port: 2200 }],
  ])("reads %s", (text, jump) => {
    expect(parseJump(text)).toEqual(jump);
  });
});
