import { describe, expect, it } from "vitest";
import { formatImages, formatLoadedImages } from "../../../src/ui/image-text.ts";

const options = { color: false, columns: 100 };
const id = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("formatImages", () => {
  it("names the machines, or says all", () => {
    const images = [
      { name: null, id, sizeBytes: 999, machines: ["node1"] },
      { name: "app:1", id, sizeBytes: 15_300_000, machines: ["manager", "node1"] },
    ];
    expect(formatImages({ schemaVersion: 1, machines: ["manager", "node1"], images }, options)).toBe(
      [
        "IMAGE   ID            SIZE     MACHINES",
        "<none>  0123456789ab  999 B    node1",
        "app:1   0123456789ab  15.3 MB  all",
        "",
      ].join("\n"),
    );
  });

  it("says so where there is none", () => {
    const none = { schemaVersion: 1, images: [] } as const;
    expect(formatImages({ ...none, machines: ["manager"] }, options)).toBe(
      "There is no image on the machines that run.\n",
    );
    expect(formatImages({ ...none, machines: [] }, options)).toBe("No machine is running.\n");
  });
});

describe("formatLoadedImages", () => {
  it("says what was done where", () => {
    const machines = [
      { name: "manager", change: "unchanged" },
      { name: "node1", change: "loaded" },
      { name: "node2", change: "tagged" },
    ] as const;
    const loaded = [{ source: "app.tar", images: [{ id, tags: ["app:1", "app:2"] }], machines }];
    expect(formatLoadedImages({ schemaVersion: 1, loaded }, options)).toBe(
      [
        "IMAGE         ID            LOADED  NAME GIVEN  THERE BEFORE",
        "app:1, app:2  0123456789ab  node1   node2       manager",
        "",
      ].join("\n"),
    );
  });
});
