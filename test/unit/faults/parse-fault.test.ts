import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { unwrap } from "../../../src/failure.ts";
import { describeFault } from "../../../src/faults/describe-fault.ts";
import { parseFault, type FaultWords } from "../../../src/faults/parse-fault.ts";

const config = unwrap(parseConfig("managers: 3\nworkers: 2\n", "swarmlab.yaml"));
const { machines } = unwrap(resolveCluster(config, {})).cluster;

const parse = (kind: string, args: readonly string[], options: Partial<FaultWords> = {}) =>
  parseFault({ kind, arguments: args, ...options }, machines);

describe("parseFault", () => {
  it.each([
    ["kill", ["node1"], {}, { kind: "kill", machine: "node1" }, "node1 is off"],
    ["stop", ["node1"], {}, { kind: "stop", machine: "node1" }, "the Docker daemon of node1 is stopped"],
    ["pause", ["node1"], {}, { kind: "pause", machine: "node1" }, "node1 is paused"],
    [
      "isolate",
      ["node1"],
      {},
      { kind: "isolate", machine: "node1" },
      "node1 and the others do not reach each other",
    ],
    ["fill-disk", ["node1"], {}, { kind: "fill-disk", machine: "node1" }, "the disk of node1 is full"],
    [
      "partition",
      ["manager,manager2", "manager3", "workers"],
      {},
      { kind: "partition", groups: [["manager", "manager2"], ["manager3"], ["node1", "node2"]] },
      "manager, manager2 | manager3 | node1, node2 do not reach each other",
    ],
    [
      "block",
      ["4789/udp"],
      { on: "workers" },
      { kind: "block", port: 4789, protocols: ["udp"], machines: ["node1", "node2"] },
      "port 4789/udp is blocked on node1, node2",
    ],
    [
      "block",
      ["7946"],
      { on: "node*" },
      { kind: "block", port: 7946, protocols: ["tcp", "udp"], machines: ["node1", "node2"] },
      "port 7946 is blocked on node1, node2",
    ],
    [
      "slow",
      [],
      { on: "node1", delayMs: 100, rate: "2mbit" },
      { kind: "slow", delayMs: 100, rateKbit: 2000, machines: ["node1"] },
      "packets from node1 to the others go 100 ms late, at 2mbit a second at most",
    ],
    [
      "slow",
      [],
      { on: "node1", rate: "1500kbit" },
      { kind: "slow", delayMs: null, rateKbit: 1500, machines: ["node1"] },
      "packets from node1 to the others go at 1500kbit a second at most",
    ],
    [
      "skew-clock",
      ["node1"],
      { by: "-1h30m" },
      { kind: "skew-clock", machine: "node1", bySeconds: -5400 },
      "the clock of node1 is 1h30m behind",
    ],
    [
      "skew-clock",
      ["node1"],
      { by: "90" },
      { kind: "skew-clock", machine: "node1", bySeconds: 90 },
      "the clock of node1 is 1m30s ahead",
    ],
  ] as const)("reads %s %j %j, and says what it is", (kind, args, options, fault, text) => {
    const parsed = unwrap(parse(kind, args, options));
    expect(parsed).toEqual(fault);
    expect(describeFault(parsed)).toBe(text);
  });

  it("blocks a port on all machines unless some are chosen", () => {
    expect(unwrap(parse("block", ["2377/tcp"]))).toMatchObject({
      machines: machines.map(({ name }) => name),
    });
  });

  it.each([
    ["kil", ["node1"], {}, "there is no kind of fault kil"],
    ["kill", [], {}, "kill takes MACHINE"],
    ["kill", ["node1", "node2"], {}, "kill takes MACHINE"],
    ["kill", ["workers"], {}, "workers is more than one machine"],
    ["kill", ["node1"], { on: "node2" }, "--on means nothing to kill"],
    ["block", ["80"], { delayMs: 1 }, "--delay means nothing to block"],
    ["block", ["0"], {}, "0 is no port"],
    ["block", ["65536/tcp"], {}, "65536/tcp is no port"],
    ["block", ["80/sctp"], {}, "80/sctp is no port"],
    ["partition", ["managers"], {}, "partition takes GROUP GROUP"],
    ["partition", ["managers", "manager2,node1"], {}, "manager2 is in more than one group"],
    ["slow", [], { delayMs: 1 }, "slow needs machines"],
    ["slow", [], { on: "all" }, "slow needs --delay MS or --rate RATE"],
    ["slow", [], { on: "all", rate: "fast" }, "fast is no rate"],
    ["slow", [], { on: "all", rate: "0kbit" }, "0kbit is no rate"],
    ["skew-clock", ["node1"], {}, "skew-clock needs --by DURATION"],
    ["skew-clock", ["node1"], { by: "0s" }, "0s is no duration"],
    ["skew-clock", ["node1"], { by: "soon" }, "soon is no duration"],
  ] as const)("refuses %s %j %j", (kind, args, options, message) => {
    expect(parse(kind, args, options)).toMatchObject({
      ok: false,
      failure: { kind: "usage", message: expect.stringContaining(message) as string },
    });
  });

  it("suggests the kind that was meant", () => {
    expect(parse("partion", ["a", "b"])).toMatchObject({ failure: { remedy: "Did you mean partition?" } });
  });

  it.each([
    ["kill", ["node7"], {}],
    ["partition", ["manager", "node7"], {}],
    ["block", ["80"], { on: "node7" }],
  ] as const)("knows the machines: %s %j %j", (kind, args, options) => {
    expect(parse(kind, args, options)).toMatchObject({ failure: { kind: "unknown-machine", name: "node7" } });
  });

  it("isolates no machine that is alone", () => {
    const alone = machines.slice(0, 1);
    expect(parseFault({ kind: "isolate", arguments: ["manager"] }, alone)).toMatchObject({
      failure: { message: "manager is the only machine" },
    });
  });
});
