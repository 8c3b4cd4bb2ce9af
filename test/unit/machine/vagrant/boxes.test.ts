import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { vagrantProviderNames } from "../../../../src/cluster/cluster.ts";
import { boxProblems } from "../../../../src/machine/vagrant/box-problems.ts";
import {
  bakedBoxName,
  boxArchitecture,
  defaultBox,
  findBakedBoxes,
  resolveBox,
} from "../../../../src/machine/vagrant/boxes.ts";

const baked = "swarmlab/bento-debian-12-202510.26.0";
const ask = { provider: "virtualbox", architecture: "x64", cluster: {}, bakedBoxes: [] } as const;

describe("defaultBox", () => {
  it("is pinned for every provider and architecture that works", () => {
    const working = vagrantProviderNames.filter((name) => name !== "hyperv");
    for (const provider of working)
      for (const architecture of ["x64", "arm64"])
        expect(defaultBox(provider, architecture)?.version).toMatch(/^\d+(\.\d+)+$/);
    expect(defaultBox("hyperv", "x64")).toBeUndefined();
    expect(defaultBox("virtualbox", "riscv64")).toBeUndefined();
  });
});

describe("boxArchitecture", () => {
  it("has Vagrant's names", () => {
    expect(["x64", "arm64", "ia32"].map(boxArchitecture)).toEqual(["amd64", "arm64", undefined]);
  });
});

describe("bakedBoxName", () => {
  it("tells what it was baked from", () => {
    expect(bakedBoxName({ name: "bento/debian-12", version: "202510.26.0" })).toBe(baked);
    expect(bakedBoxName({ name: "me/box" })).toBe("swarmlab/me-box");
  });
});

describe("resolveBox", () => {
  it("takes the default, or what was baked from it", () => {
    expect(resolveBox(ask)).toEqual({ name: "bento/debian-12", version: "202510.26.0" });
    expect(resolveBox({ ...ask, bakedBoxes: ["swarmlab/other", baked] })).toEqual({ name: baked });
    expect(resolveBox({ ...ask, bakedBoxes: ["swarmlab/other"] })?.name).toBe("bento/debian-12");
  });

  it("takes the cluster's own before all", () => {
    const cluster = { box: "me/box", boxVersion: "1.2" };
    expect(resolveBox({ ...ask, cluster, bakedBoxes: [baked] })).toEqual({ name: "me/box", version: "1.2" });
    expect(resolveBox({ ...ask, cluster: { box: "me/box" } })).toEqual({ name: "me/box" });
  });

  it("knows none where none is maintained", () => {
    expect(resolveBox({ ...ask, provider: "hyperv" })).toBeUndefined();
  });
});

describe("findBakedBoxes", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "swarmlab-boxes-"));
  });
  afterEach(() => rm(home, { recursive: true }));
  const add = (path: string) => mkdir(join(home, "boxes", path), { recursive: true });

  it("finds what was baked, with and without an architecture between", async () => {
    await add("swarmlab-VAGRANTSLASH-old/0/virtualbox");
    await add("swarmlab-VAGRANTSLASH-new/0/amd64/virtualbox");
    await add("swarmlab-VAGRANTSLASH-other/0/amd64/libvirt");
    await add("bento-VAGRANTSLASH-debian-12/1/amd64/virtualbox");
    expect([...(await findBakedBoxes(home, "virtualbox"))].sort()).toEqual(["swarmlab/new", "swarmlab/old"]);
    expect(await findBakedBoxes(home, "libvirt")).toEqual(["swarmlab/other"]);
  });

  it("finds none where Vagrant has never run", async () => {
    expect(await findBakedBoxes(join(home, "nowhere"), "virtualbox")).toEqual([]);
  });
});

describe("boxProblems", () => {
  const whats = (
    box: string | undefined,
    architecture = "x64",
    provider: "virtualbox" | "hyperv" = "virtualbox",
  ) => boxProblems({ architecture }, provider, box === undefined ? {} : { box }).map(({ what }) => what);

  it("has nothing against names and defaults", () => {
    expect(whats(undefined)).toEqual([]);
    expect(whats("bento/debian-12")).toEqual([]);
    expect(whats("me/debian-amd64")).toEqual([]);
    expect(whats("me/boxarm64ish", "x64")).toEqual([]);
    expect(whats(undefined, "x64", "hyperv")).toEqual([]);
  });

  it("refuses the path of a root tree, and says what to write", () => {
    expect(boxProblems({ architecture: "x64" }, "libvirt", { box: "/srv/tree" })).toMatchObject([
      {
        what: "/srv/tree is the path of a root tree, and libvirt takes a Vagrant box",
        remedy: "Leave box out, or write the name of a box: box: debian/bookworm64",
      },
    ]);
  });

  it("refuses a box whose name tells another architecture", () => {
    expect(whats("me/debian-arm64")).toEqual([
      "me/debian-arm64 is a box for arm64, and this computer is amd64",
    ]);
    expect(whats("me/debian-12-x86_64", "arm64")).toHaveLength(1);
    expect(whats("jharoian3/ubuntu-22.04-aarch64", "x64")).toHaveLength(1);
  });

  it("asks for a box where it knows none", () => {
    expect(whats(undefined, "riscv64")).toEqual(["swarmlab knows no box for virtualbox on riscv64"]);
  });
});
