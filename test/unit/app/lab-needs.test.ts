import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { unfitMachines, unfitSettings } from "../../../src/app/lab-needs.ts";
import { loadLabs } from "../../../src/labs/load-labs.ts";

const lab = {
  needs: { managers: 1, workers: 2, ip_vs: false, esp: false, internet: false },
};

const unfit = (...names: readonly string[]): string | undefined =>
  unfitMachines(
    lab,
    names.map((name) => ({ name, role: name.startsWith("manager") ? "manager" : "worker" })),
  );

describe("unfitMachines", () => {
  it("takes as many managers as the text knows of, and enough workers", () => {
    expect(unfit("manager", "node1", "node2")).toBeUndefined();
    expect(unfit("manager", "node1", "node2", "node4")).toBeUndefined();
  });

  it("says what is missing and what is too much", () => {
    expect(unfit("manager", "node1")).toBe("2 workers, and there is 1");
    expect(unfit("manager", "manager2", "manager3", "node1")).toBe(
      "exactly 1 manager, and there are 3; 2 workers, and there is 1",
    );
  });

  it("wants the machines that the text names, not only as many", () => {
    expect(unfit("manager", "node2", "node3")).toBe("machines by these names too: node1");
  });
});

describe("unfitSettings", () => {
  const swarm = { addressPools: [], autolock: false };
  const usual = { tcp: "tls", swarm } as const;
  const others = { tcp: "off", swarm: { ...swarm, autolock: true, dataPathPort: 4790 } } as const;
  const needs = { ...lab.needs, tcp: "tls", "data-path-port": 4789, autolock: false } as const;

  it("takes the settings that a lab counts on, and any where it counts on none", () => {
    expect(unfitSettings({ needs }, usual)).toEqual([]);
    expect(unfitSettings(lab, others)).toEqual([]);
  });

  it("says what is set otherwise, and the way back", () => {
    expect(unfitSettings({ needs }, others)).toEqual([
      {
        what: "needs docker.tcp: tls, and it is off",
        remedy: "Set docker.tcp: tls in swarmlab.yaml, then: swarmlab up",
      },
      {
        what: "needs swarm.data-path-port: 4789, and it is 4790",
        remedy: "Set swarm.data-path-port: 4789 in swarmlab.yaml, then: swarmlab reset",
      },
      {
        what: "needs swarm.autolock: false, and it is true",
        remedy: "Set swarm.autolock: false in swarmlab.yaml, then: swarmlab up",
      },
    ]);
  });
});

it.each([
  ["02", { tcp: "tls" }],
  ["21", { autolock: false }],
  ["25", { "data-path-port": 4789 }],
])("lab %s says which settings its text takes for granted", async (number, needs) => {
  const { labs } = await loadLabs(resolve("labs"), [number]);
  expect(labs[0]?.needs).toMatchObject(needs);
});
