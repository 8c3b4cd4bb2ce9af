import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ensureHostNames, mergeHostNames } from "../../../src/remote/ensure-host-names.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

const entries = [
  { address: "192.168.56.17", name: "manager" },
  { address: "192.168.56.18", name: "node1" },
];
const block = "# swarmlab: begin\n192.168.56.17 manager\n192.168.56.18 node1\n# swarmlab: end\n";

describe("mergeHostNames", () => {
  it.each([
    ["", block],
    ["127.0.0.1 localhost\n\n\n", `127.0.0.1 localhost\n${block}`],
    ["127.0.0.1 localhost\n127.0.1.1 node1\n", `127.0.0.1 localhost\n${block}`],
    ["127.0.1.1\tNode1.lan Node1 # installer\n", `127.0.1.1 Node1.lan # installer\n${block}`],
    ["127.0.0.1 localhost node1", `127.0.0.1 localhost\n${block}`],
    ["::1 ip6-localhost node1\n", `::1 ip6-localhost\n${block}`],
    [
      "# 127.0.1.1 node1\n10.0.0.5 node1\n127.0.1.1  node12\n",
      `# 127.0.1.1 node1\n10.0.0.5 node1\n127.0.1.1  node12\n${block}`,
    ],
    ["a\n# swarmlab: begin\n10.0.0.1 node9\n# swarmlab: end\nb\n", `a\nb\n${block}`],
    ["# swarmlab: begin\na\n", `a\n${block}`],
    [
      "a\n# swarmlab: end\nb\n# swarmlab: begin\nc\n# swarmlab: begin\nd\n# swarmlab: end\n",
      `a\nb\nc\n${block}`,
    ],
  ])("makes of %j what it should", (current, merged) => {
    expect(mergeHostNames(current, entries)).toBe(merged);
  });

  it("takes the block away where there are no entries", () => {
    expect(mergeHostNames(`127.0.0.1 localhost\n${block}`, [])).toBe("127.0.0.1 localhost\n");
  });

  it("merges twice as once, and keeps all lines of others", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "",
        "# swarmlab: begin",
        "# swarmlab: end",
        "127.0.1.1 node1",
        "127.0.1.1 node1 x # c",
        " ::1\tNODE1",
      ),
      fc.string(),
    );
    const other = fc.constantFrom("10.1.2.3 other", "127.0.0.1 localhost", "# note");
    fc.assert(
      fc.property(fc.array(line), fc.array(other), (lines, others) => {
        const once = mergeHostNames([...lines, "# swarmlab: end", ...others].join("\n"), entries);
        expect(mergeHostNames(once, entries)).toBe(once);
        expect(once.endsWith([...others, block].join("\n"))).toBe(true);
      }),
    );
  });

  it("is quick with a long file", () => {
    const long = Array.from({ length: 100_000 }, (_, index) => `0.0.0.0 ad${index}`).join("\n");
    expect(mergeHostNames(long, entries)).toBe(`${long}\n${block}`);
  }, 2000);
});

describe("ensureHostNames", () => {
  it("writes once, and not when nothing differs", async () => {
    const remote = new ScriptedRemote([], { files: { "/etc/hosts": "127.0.0.1 localhost\n" } });
    expect(await ensureHostNames(remote, entries)).toBe(true);
    expect(await ensureHostNames(remote, entries)).toBe(false);
    const content = `127.0.0.1 localhost\n${block}`;
    expect(remote.writes).toEqual([{ path: "/etc/hosts", content, mode: 0o644, sudo: true }]);
  });

  it("does not read what was seen already", async () => {
    const remote = new ScriptedRemote([], { files: { "/etc/hosts": "127.0.0.1 localhost\n" } });
    expect(await ensureHostNames(remote, entries, block)).toBe(false);
    expect(await ensureHostNames(remote, entries, "::1 localhost\n")).toBe(true);
    expect(remote.writes).toMatchObject([{ content: `::1 localhost\n${block}` }]);
  });
});
