import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSubnet } from "../../../../src/cluster/subnet.ts";
import {
  hasRanges,
  judgeHostOnly,
  parseNetworksConf,
} from "../../../../src/machine/vagrant/host-only-networks.ts";
import { clusterOf } from "../../../support/vagrant-hosts.ts";

const ten = clusterOf("subnet: 10.1.0.0/24\nswarm: { default-addr-pool: [10.20.0.0/16] }");
const usual = clusterOf("");
const manual = `# comment with * 172.16.0.0/12
* 10.0.0.0/8 192.168.0.0/16
* 2001::/64
`;

describe("parseNetworksConf", () => {
  const ranges = (text: string) => parseNetworksConf(text).ranges.map(formatSubnet);

  it.each([
    [manual, ["10.0.0.0/8", "192.168.0.0/16"]],
    ["* 0.0.0.0/0 ::/0", ["0.0.0.0/0"]],
    ["\t*10.9.9.9\r\n*  192.168.56.1/21  \r\n", ["10.9.9.9/32", "192.168.56.0/21"]],
    ["10.0.0.0/8\n#* 10.0.0.0/8\n*\n", []],
    ["", []],
  ])("%j allows %j", (text, expected) => {
    expect(ranges(text)).toEqual(expected);
  });

  it("tells what is no network", () => {
    expect(parseNetworksConf("* 10.0.0.0/33, 192.168.56.0/21").unreadable).toEqual(["10.0.0.0/33,"]);
  });

  it("takes any text, and loses no entry of it", () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.constantFrom("10.0.0.0/8", "x", "1.2.3.4/99", "::/0", "#"),
      fc.string(),
    );
    const line = fc
      .tuple(fc.constantFrom("*", " * ", "#", "", "* #"), fc.array(entry))
      .map(([start, entries]) => `${start} ${entries.join(" ")}`);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.join("\n")),
        ),
        (text) => {
          const { ranges: found, unreadable } = parseNetworksConf(text);
          expect(found.length + unreadable.length).toBeLessThanOrEqual(text.split(/\s+|\*/).length);
          if (!text.includes("*")) expect({ found, unreadable }).toEqual({ found: [], unreadable: [] });
          expect(unreadable.every((word) => text.includes(word))).toBe(true);
        },
      ),
    );
  });

  it("reads back any list of networks", () => {
    const network = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`);
    fc.assert(
      fc.property(fc.array(fc.array(network, { minLength: 1 })), (lines) => {
        const parsed = parseNetworksConf(lines.map((entries) => `* ${entries.join(" ")}`).join("\n"));
        expect(parsed.unreadable).toEqual([]);
        expect(parsed.ranges).toHaveLength(lines.flat().length);
      }),
    );
  });
});

describe("hasRanges", () => {
  it.each([
    ["linux", "6.1.28", true],
    ["linux", "7.2.0", true],
    ["linux", "6.1.26", false],
    ["darwin", "6.1.28", true],
    ["darwin", "7.0.0", false],
    ["win32", "7.0.20", false],
  ])("%s with VirtualBox %s: %s", (platform, version, expected) => {
    expect(hasRanges(platform, version)).toBe(expected);
  });
});

describe("judgeHostOnly", () => {
  it("allows the default subnet without a file, and what a file allows", () => {
    expect(judgeHostOnly(undefined, usual)).toEqual([]);
    expect(judgeHostOnly(manual, ten)).toEqual([]);
    expect(judgeHostOnly("* 10.1.0.0/28\n* 10.1.0.16/28", ten)).toEqual([]);
  });

  it("gives the line and the command where there is no file, and keeps the default in it", () => {
    expect(judgeHostOnly(undefined, ten)).toEqual([
      {
        severity: "error",
        what: "VirtualBox does not allow the subnet 10.1.0.0/24 for host-only networks",
        where: "/etc/vbox/networks.conf",
        why: "Allowed: 192.168.56.0/21, the default without this file.",
        remedy: `Add the line "* 192.168.56.0/21 10.1.0.0/24" with: sudo sh -c 'mkdir -p /etc/vbox; echo "* 192.168.56.0/21 10.1.0.0/24" >> /etc/vbox/networks.conf'   Or choose a subnet inside an allowed range, such as 192.168.56.0/24 of the default 192.168.56.0/21.`,
      },
    ]);
  });

  it("adds to a file", () => {
    const [problem] = judgeHostOnly("* 172.16.0.0/12", usual);
    expect(problem?.why).toBe("Allowed: 172.16.0.0/12.");
    expect(problem?.remedy).toContain('Add the line "* 192.168.56.0/24" with:');
    expect(judgeHostOnly("# nothing", usual)[0]?.why).toBe("Allowed: no range at all.");
  });

  it("wants every address allowed, the host's own too", () => {
    expect(judgeHostOnly("* 10.1.0.16/28", ten)).toHaveLength(1);
    expect(judgeHostOnly("* 10.1.0.1 10.1.0.17 10.1.0.18", ten)).toHaveLength(1);
    expect(judgeHostOnly("* 10.1.0.1 10.1.0.17 10.1.0.18 10.1.0.19", ten)).toEqual([]);
  });

  it("finds an entry on which Vagrant fails", () => {
    expect(judgeHostOnly("* 192.168.56.0/21, 10.0.0.0/8", usual)).toMatchObject([
      { what: "/etc/vbox/networks.conf lists 192.168.56.0/21,, which is no network" },
    ]);
  });
});
