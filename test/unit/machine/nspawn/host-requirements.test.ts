import { describe, expect, it } from "vitest";
import { hostProblems } from "../../../../src/machine/nspawn/host-requirements.ts";
import { parseConfig } from "../../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../../src/cluster/resolve.ts";
import { unwrap } from "../../../../src/failure.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
const host = {
  processes: new ScriptedProcesses({ modprobe: "" }),
  clock,
  home: "/tmp",
  templates: "/nowhere",
  platform: "linux",
  warn: (text: string) => {
    throw new Error(text);
  },
};

const boxProblemsOf = async (yaml: string) => {
  const { cluster } = unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {}));
  const problems = await hostProblems(host, cluster);
  return problems.filter(({ where }) => where === "swarmlab.yaml: box").map(({ what }) => what);
};

describe("hostProblems", () => {
  it("refuses a Vagrant box: nspawn takes a path", async () => {
    expect(await boxProblemsOf("box: bento/debian-12")).toEqual([
      "bento/debian-12 is a Vagrant box, and nspawn takes the path of a root tree",
    ]);
  });

  it("looks at a path as a root tree", async () => {
    expect(await boxProblemsOf("box: /nowhere/tree")).toEqual([
      "/nowhere/tree is not a root tree with systemd",
    ]);
  });
});
