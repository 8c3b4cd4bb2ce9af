import { describe, expect, it } from "vitest";
import { chooseProvider, formatRefusals } from "../../../src/machine/choose-provider.ts";
import type { ProviderName } from "../../../src/cluster/cluster.ts";
import { FailureError, type Problem } from "../../../src/failure.ts";
import type { Provider } from "../../../src/machine/provider.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { refusingMethods } from "../../support/refusing-provider.ts";

const wrong: Problem = { severity: "error", what: "it is missing", remedy: "install it" };
const auto = clusterOf("");

function pretend(
  name: ProviderName,
  its: {
    problems?: readonly Problem[];
    machines?: number;
    embedded?: boolean;
    needsRoot?: boolean;
    ownsMachines?: boolean;
  } = {},
): Provider {
  const { problems = [], machines = 0, embedded = false, needsRoot = false, ownsMachines = true } = its;
  return {
    ...refusingMethods,
    name,
    capabilities: { embedded, needsRoot, ownsMachines },
    stateDirectory: () => "/nonexistent",
    preflight: () => Promise.resolve(problems),
    inspect: () =>
      Promise.resolve({
        machines: Array.from({ length: machines }, () => ({ name: "manager", state: "running" })),
      }),
  };
}

const choose = async (providers: readonly Provider[], isRoot = true) => {
  const { provider, refused } = await chooseProvider(auto, providers, isRoot);
  return { provider: provider.name, refused: refused.map((refusal) => refusal.provider) };
};

describe("chooseProvider", () => {
  it("takes the one that is named, healthy or not", async () => {
    const named = { ...auto, provider: "libvirt" as const };
    const providers = [pretend("virtualbox"), pretend("libvirt", { problems: [wrong] })];
    expect((await chooseProvider(named, providers, true)).provider.name).toBe("libvirt");
    await expect(chooseProvider(named, [pretend("nspawn")], true)).rejects.toMatchObject({
      failure: { kind: "usage", remedy: "Providers: auto, nspawn." },
    });
  });

  it("auto takes the one that has machines already", async () => {
    const providers = [pretend("virtualbox"), pretend("nspawn", { machines: 2, problems: [wrong] })];
    expect(await choose(providers)).toEqual({ provider: "nspawn", refused: [] });
  });

  it("what an embedded one has is looked for first, once, and told; then no other starts a program for that", async () => {
    const asked = () => Promise.reject(new Error("asked"));
    const providers = [
      { ...pretend("virtualbox"), inspect: asked },
      pretend("nspawn", { machines: 2, embedded: true }),
    ];
    const { provider, seen } = await chooseProvider(auto, providers, true);
    expect([provider.name, seen?.machines.length]).toEqual(["nspawn", 2]);
  });

  it("auto takes one that has machines and cannot look at them, unless another one is seen to have some", async () => {
    const failure = { kind: "timeout", waitedFor: "", afterMs: 1, hint: "" } as const;
    const silent = {
      ...pretend("virtualbox"),
      inspect: () => Promise.reject(new FailureError(failure)),
    };
    const providers = [silent, pretend("libvirt"), pretend("nspawn")];
    expect(await choose(providers)).toEqual({ provider: "virtualbox", refused: [] });
    expect((await chooseProvider(auto, providers, true)).seen).toBeUndefined();
    expect((await choose([silent, pretend("libvirt", { machines: 2 })])).provider).toBe("libvirt");
    const bug = { ...silent, inspect: () => Promise.reject(new Error("a bug")) };
    await expect(choose([bug, pretend("nspawn")])).rejects.toThrow("a bug");
  });

  it("auto never takes machines of others, and does not look at them", async () => {
    const others = { ...pretend("hosts", { ownsMachines: false, machines: 3 }) };
    const asked = () => Promise.reject(new Error("asked"));
    const hosts = { ...others, inspect: asked, preflight: asked };
    expect(await choose([hosts, pretend("nspawn", { problems: [wrong] })])).toEqual({
      provider: "nspawn",
      refused: [],
    });
  });

  it("auto does not ask a provider that needs root for machines without root", async () => {
    const providers = [pretend("virtualbox"), pretend("nspawn", { machines: 2, needsRoot: true })];
    expect(await choose(providers, false)).toEqual({ provider: "virtualbox", refused: [] });
  });

  it("auto takes the first healthy one; warnings refuse nobody", async () => {
    const warned = { problems: [{ ...wrong, severity: "warning" as const }] };
    const providers = [
      pretend("virtualbox", { problems: [wrong] }),
      pretend("libvirt", warned),
      pretend("nspawn"),
    ];
    expect(await choose(providers)).toEqual({ provider: "libvirt", refused: ["virtualbox"] });
  });

  it("auto falls back to the one that setup can bring, else to the first", async () => {
    const ill = { problems: [wrong] };
    const providers = (embedded: boolean) => [
      pretend("virtualbox", ill),
      pretend("nspawn", { ...ill, embedded }),
    ];
    expect(await choose(providers(true))).toEqual({ provider: "nspawn", refused: ["virtualbox"] });
    expect(await choose(providers(false))).toEqual({ provider: "virtualbox", refused: ["nspawn"] });
  });
});

describe("formatRefusals", () => {
  it("names each reason once", () => {
    const other = { ...wrong, what: "it is off" };
    expect(
      formatRefusals([
        { provider: "virtualbox", problems: [wrong, other] },
        { provider: "libvirt", problems: [wrong] },
        { provider: "hyperv", problems: [other] },
      ]),
    ).toEqual(["Not virtualbox, libvirt: it is missing.", "Not hyperv: it is off."]);
  });
});
