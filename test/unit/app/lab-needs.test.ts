import { describe, expect, it } from "vitest";
import { unfitMachines } from "../../../src/app/lab-needs.ts";
import type { Role } from "../../../src/cluster/cluster.ts";

const lab = {
  needs: { managers: 1, workers: 2, ip_vs: false, esp: false, internet: false },
};

const unfit = (...roles: readonly Role[]): string | undefined =>
  unfitMachines(
    lab,
    roles.map((role) => ({ role })),
  );

describe("unfitMachines", () => {
  it("takes as many managers as the text knows of, and enough workers", () => {
    expect(unfit("manager", "worker", "worker")).toBeUndefined();
    expect(unfit("manager", "worker", "worker", "worker")).toBeUndefined();
  });

  it("says what is missing and what is too much", () => {
    expect(unfit("manager", "worker")).toBe("2 workers, and there is 1");
    expect(unfit("manager", "manager", "manager", "worker")).toBe(
      "exactly 1 manager, and there are 3; 2 workers, and there is 1",
    );
  });
});
