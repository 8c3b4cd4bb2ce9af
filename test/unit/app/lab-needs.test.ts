import { describe, expect, it } from "vitest";
import { unfitMachines } from "../../../src/app/lab-needs.ts";

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
