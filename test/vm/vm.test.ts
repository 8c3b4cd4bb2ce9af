import { describe, expect, inject, it } from "vitest";

const { success, testResults } = inject("insideReport");

describe("inside an emulated computer", () => {
  it("all that was to be tested was tested", () => {
    expect(testResults.map(({ message }) => message).filter((message) => message !== "")).toEqual([]);
    expect(testResults.length).toBeGreaterThan(1);
    expect(success).toBe(true);
  });

  for (const { assertionResults } of testResults)
    for (const { fullName, status, failureMessages } of assertionResults)
      it(fullName, (test) => {
        test.skip(status !== "passed" && status !== "failed", `inside it was ${status}`);
        expect(failureMessages ?? []).toEqual([]);
        expect(status).toBe("passed");
      });
});
