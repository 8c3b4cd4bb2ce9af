import { expect, it } from "vitest";
import { ProcessFinder } from "../../../../src/machine/nspawn/machine-processes.ts";

it("looks once for all who ask at the same time, and again for who asks later", async () => {
  const finder = new ProcessFinder();
  const [first, second, other] = await Promise.all([
    finder.find("no-such-cluster"),
    finder.find("no-such-cluster"),
    finder.find("another-cluster"),
  ]);
  expect(first).toEqual(new Map());
  expect(second).toBe(first);
  expect(other).not.toBe(first);
  expect(await finder.find("no-such-cluster")).not.toBe(first);
});
