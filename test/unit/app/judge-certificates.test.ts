import { describe, expect, it } from "vitest";
import { judgeApiCertificates } from "../../../src/app/judge-certificates.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");
const dayMs = 86_400_000;
const judge = (endMs: number): readonly string[] =>
  judgeApiCertificates([{ where: "node1", what: "certificate for the Docker API", endMs }], nowMs).map(
    ({ severity, where, what, remedy }) => `${severity} ${where ?? ""}: ${what} | ${remedy}`,
  );

describe("judgeApiCertificates", () => {
  it("leaves alone what up leaves alone", () => {
    expect(judge(nowMs + 31 * dayMs)).toEqual([]);
  });

  it("warns of one that up would renew", () => {
    expect(judge(nowMs + 30 * dayMs)).toEqual([
      "warning node1: its certificate for the Docker API ends within 30 days (2026-01-31T00:00:00.000Z) | swarmlab up",
    ]);
  });

  it("takes one that has ended for an error", () => {
    expect(judge(nowMs)).toEqual([
      "error node1: its certificate for the Docker API has ended (2026-01-01T00:00:00.000Z) | swarmlab up",
    ]);
  });
});
