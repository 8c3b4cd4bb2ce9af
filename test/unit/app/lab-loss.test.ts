import { describe, expect, it } from "vitest";
import { describeLoss } from "../../../src/app/lab-loss.ts";
import { Refusal, ScriptedEngine, type ScriptedAnswer } from "../../support/scripted-engine.ts";

const { signal } = new AbortController();
const noManager = [new Refusal(503, "This node is not a swarm manager.")];

function engine(name: string, its: Readonly<Record<string, readonly ScriptedAnswer[]>>): ScriptedEngine {
  return new ScriptedEngine(name, {
    "GET /services": noManager,
    "GET /secrets": noManager,
    "GET /configs": noManager,
    "GET /containers/json?all=true": [[]],
    "GET /volumes": [{ Volumes: null, Warnings: null }],
    ...its,
  });
}

describe("describeLoss", () => {
  it("counts what the swarm has once, and what the machines have together", async () => {
    const manager = { "GET /services": [[{}, {}]], "GET /secrets": [[{}]], "GET /configs": [[]] };
    const engines = [
      engine("manager", { ...manager, "GET /containers/json?all=true": [[{}]] }),
      engine("node1", { ...manager, "GET /containers/json?all=true": [[{}, {}]] }),
      engine("node2", { "GET /volumes": [{ Volumes: [{}] }] }),
    ];
    expect(await describeLoss(engines, signal)).toBe("2 services, 1 secret, 3 containers, 1 volume");
  });

  it("is nothing on machines that hold nothing", async () => {
    expect(await describeLoss([engine("manager", {}), engine("node1", {})], signal)).toBeUndefined();
  });

  it("does not take a refusal of another kind for nothing", async () => {
    const broken = engine("manager", { "GET /services": [new Refusal(400, "bad request")] });
    await expect(describeLoss([broken], signal)).rejects.toMatchObject({ failure: { status: 400 } });
  });
});
