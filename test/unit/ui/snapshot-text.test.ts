import { expect, it } from "vitest";
import { formatSaved, formatSnapshots } from "../../../src/ui/snapshot-text.ts";

const saved = {
  name: "before",
  savedAt: "2026-01-31T12:34:56.789Z",
  bytes: 1_234_567,
  machines: ["manager", "manager2", "node1"],
  managers: ["manager", "manager2"],
};
const wide = { color: false, columns: Infinity };

it("a list has what there is, and a dash for what only the hypervisor knows", () => {
  const text = formatSnapshots(
    { schemaVersion: 1, snapshots: [saved, { ...saved, name: "b", bytes: null }] },
    wide,
  );
  expect(text).toBe(
    [
      "SNAPSHOT  SAVED                 SIZE     MACHINES                  MANAGERS",
      "before    2026-01-31 12:34 UTC  1.23 MB  manager, manager2, node1  manager, manager2",
      "b         2026-01-31 12:34 UTC  -        manager, manager2, node1  manager, manager2",
      "",
    ].join("\n"),
  );
});

it("an empty list says so", () => {
  expect(formatSnapshots({ schemaVersion: 1, snapshots: [] }, wide)).toBe(
    "There is no snapshot of this cluster.\n",
  );
});

it.each([
  [true, "the machines are as before and run again"],
  [false, "the machines are as before.\n"],
])("what was saved, and how to go back; machines ran: %j", (running, says) => {
  const text = formatSaved({ schemaVersion: 1, saved, running });
  expect(text).toContain("Saved before (manager, manager2, node1, 1.23 MB)");
  expect(text).toContain(says);
  expect(text).toContain("swarmlab snapshot restore before");
});
