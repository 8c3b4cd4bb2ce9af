import { describe, expect, it } from "vitest";
import { afterHearing, parseHeard } from "../../../src/docker/heard.ts";
import { ScriptedEngine } from "../../support/scripted-engine.ts";

describe("afterHearing", () => {
  it("asks once less for what was heard, and for all else at once", async () => {
    const engine = new ScriptedEngine("node1", {
      "GET /info": [{ ID: "now" }],
      "GET /version": [{}],
      "POST /info": [undefined],
    });
    const listened = afterHearing(engine, new Map([["/info", { ID: "before" }]]));
    await listened.request("POST", "/info");
    await listened.request("GET", "/version");
    expect(await listened.request("GET", "/info")).toEqual({ ID: "before" });
    expect(engine.calls.map(({ request }) => request)).toEqual(["POST /info", "GET /version"]);
    expect(await listened.request("GET", "/info")).toEqual({ ID: "now" });
  });
});

describe("parseHeard", () => {
  it("takes whole answers only", () => {
    const heard = parseHeard('/info {"a":[1]}\n/networks/ingress {"b":\n');
    expect([...heard]).toEqual([["/info", { a: [1] }]]);
    expect(parseHeard("").size).toBe(0);
  });
});
