import { describe, expect, it } from "vitest";
import { refuseMountOver } from "../../../src/app/refuse-mount.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

describe("refuseMountOver", () => {
  it("says where, why and what to do", async () => {
    // On every Linux something is mounted there.
    expect(await failureOf(refuseMountOver("/proc"))).toEqual({
      kind: "prerequisite",
      problems: [
        {
          severity: "error",
          what: "something is mounted over the cluster's directory",
          where: "/proc",
          why: "It hides what the cluster has there, and what it holds would be removed instead.",
          remedy: "umount /proc, then the same again",
        },
      ],
    });
  });

  it("minds no mount above, nor that nothing is there", async () => {
    await expect(refuseMountOver("/proc/self")).resolves.toBeUndefined();
    await expect(refuseMountOver("/nonexistent/clusters/demo")).resolves.toBeUndefined();
  });
});
