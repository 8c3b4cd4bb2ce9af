import { describe, expect, it } from "vitest";
import { profileOf } from "../../../src/app/step-profile.ts";
import { formatProfile } from "../../../src/ui/profile-text.ts";

const profile = profileOf({
  totalMs: 4812,
  steps: [
    { kind: "prepare", machine: null, startMs: 403, elapsedMs: 96.4 },
    { kind: "machines/create", machine: "manager", startMs: 500, elapsedMs: 700 },
    { kind: "machines/create", machine: "node1", startMs: 500, elapsedMs: 812 },
    { kind: "machines/ssh", machine: "manager", startMs: 1200, elapsedMs: 600 },
    { kind: "machines/ssh", machine: "node1", startMs: 1312, elapsedMs: 400 },
    { kind: "swarm/init", machine: "manager", startMs: 2000, elapsedMs: 1004 },
    { kind: "swarm/join", machine: "node1", startMs: 3004, elapsedMs: 1200 },
    { kind: "verify/overlay", machine: null, startMs: 4300, elapsedMs: 3.2 },
  ],
});
const golden = (name: string): string =>
  new URL(`../../golden/profile/${name}.txt`, import.meta.url).pathname;

describe("formatProfile", () => {
  it("shows each step, then where the time went", async () => {
    await expect(formatProfile(profile, { columns: 100, color: false })).toMatchFileSnapshot(golden("wide"));
  });

  it("stays within a narrow terminal", () => {
    const text = formatProfile(profile, { columns: 40, color: false });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});
