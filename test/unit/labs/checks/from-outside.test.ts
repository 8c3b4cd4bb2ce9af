import { describe, expect, it } from "vitest";
import { Refusal } from "../../../support/scripted-engine.ts";
import { lookLine } from "./look.ts";

const answer = { status: 200, body: "version: 1\ncontainer: a\n" };

describe("http", () => {
  const http = (check: object, seen: Parameters<typeof lookLine>[1]) =>
    lookLine({ kind: "http", url: "http://{{manager.address}}:8080/", ...check }, seen);

  it("judges status and words of what this computer is answered", async () => {
    expect(await http({ contains: ["version: 1"] }, { http: answer })).toBe("pass");
    expect(await http({ contains: ["version: 2"] }, { http: answer })).toMatch(
      /^converging: http:.* answers with: version: 2 \| version: 1 \/ container: a$/,
    );
    expect(await http({ status: 500 }, { http: answer })).toMatch(/answers with 500 \| it answers with 200$/);
    expect(await http({}, { http: { refused: "ECONNREFUSED" } })).toMatch(/\| ECONNREFUSED$/);
    expect(await http({ refused: true }, { http: { refused: "ECONNREFUSED" } })).toBe("pass");
    expect(await http({ refused: true }, { http: answer })).toMatch(/^fail: no answer/);
  });

  it("counts different lines over many answers", async () => {
    expect(await http({ times: 2, line: "container:", distinct: 2 }, { http: answer })).toBe(
      'converging: 2 different lines "container:…" in 2 answers | 1: container: a',
    );
    const answers = ["a", "b"].map((name) => ({
      match: "curl",
      result: { stdout: `container: ${name}\n\n200` },
    }));
    expect(
      await http(
        { from: "node1", times: 2, line: "container:", distinct: 2 },
        { commands: { node1: answers } },
      ),
    ).toBe("pass");
  });

  it("asks from a machine with curl", async () => {
    const refused = [{ match: "curl", result: { exitCode: 7, stderr: "curl: (7) refused\n" } }];
    expect(await http({ from: "node1" }, { commands: { node1: refused } })).toMatch(
      /\| curl: \(7\) refused$/,
    );
  });
});

describe("image", () => {
  const images = {
    "/images/own:1/json": { RootFS: { Layers: ["a", "b"] }, Config: { Cmd: ["x"] } },
    "/images/base:1/json": { RootFS: { Layers: ["a"] } },
    "/images/other:1/json": new Refusal(404, "no such image"),
  };
  const image = (check: object) => lookLine({ kind: "image", ...check }, { manager: images });

  it("has layers and settings", async () => {
    expect(await image({ name: "own:1", "built-on": "base:1", match: { Config: { Cmd: ["x"] } } })).toBe(
      "pass",
    );
    expect(await image({ name: "base:1", "built-on": "own:1" })).toBe(
      "fail: base:1 begins with the layers of own:1 | it has other layers",
    );
    expect(await image({ name: "other:1" })).toBe("fail: an image other:1 on manager | there is none");
    expect(await image({ name: "other:1", exists: false })).toBe("pass");
  });
});

describe("file", () => {
  const file = (check: object, result: object) =>
    lookLine(
      { kind: "file", on: "node1", path: "/etc/motd", ...check },
      { commands: { node1: [{ match: "cat -- /etc/motd", result }] } },
    );

  it("is there, and holds words", async () => {
    expect(await file({ contains: ["{{nonce}}"] }, { stdout: "hello xyzxyz" })).toBe("pass");
    expect(await file({ contains: ["bye"] }, { stdout: "hello" })).toBe(
      "fail: /etc/motd contains bye | hello",
    );
    expect(await file({}, { exitCode: 1 })).toBe("fail: a file /etc/motd on node1 | there is none");
    expect(await file({ exists: false }, { exitCode: 1 })).toBe("pass");
  });
});

describe("command", () => {
  const command = (check: object, result: object) =>
    lookLine(
      { kind: "command", on: "node1", run: ["ip", "xfrm"], ...check },
      { commands: { node1: [{ match: "ip xfrm", result }] } },
    );

  it("ends and prints as wanted", async () => {
    expect(await command({ output: ["esp"], "output-lacks": ["none"] }, { stdout: "proto esp" })).toBe(
      "pass",
    );
    expect(await command({ output: ["esp"] }, { stdout: "nothing" })).toBe(
      "converging: ip xfrm prints esp | nothing",
    );
    expect(await command({}, { exitCode: 1, stderr: "no" })).toBe(
      "converging: ip xfrm ends with 0 | it ends with 1: no",
    );
    expect(await command({ "output-lacks": ["esp"] }, { stdout: "esp" })).toBe(
      "converging: ip xfrm does not print esp | esp",
    );
  });
});
