import { expect, it } from "vitest";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const machineMade = '"id":"machines/manager/create","state":"done"';
const swarmStarts = '"id":"swarm/init/manager","state":"started"';

describeOnRealMachines("up that is broken off", () => {
  it("ends in an orderly way after Ctrl-C, and the next up goes on", async () => {
    await using lab = await makeLab({ label: "int" });
    const up = lab.start(["up", "--json"]);
    await up.sees(machineMade);
    up.kill("SIGINT");
    const { stderr } = expectExit(await up.done, 130);
    expect(stderr).toContain("swarmlab up   (goes on where it stopped");
    await expectNextUpIsHealthy(lab);
  });

  it.each([
    ["while machines are made", machineMade],
    ["while the swarm is formed", swarmStarts],
  ])("killed %s, the next up goes on", async (_, moment) => {
    await using lab = await makeLab({ label: "kill" });
    await killUp(lab, moment);
    await expectNextUpIsHealthy(lab);
  });

  it("killed while machines are made, destroy leaves nothing", async () => {
    await using lab = await makeLab({ label: "gone" });
    await killUp(lab, machineMade);
    expect(await findTraces(lab.name)).not.toEqual([]);
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
  });
});

async function killUp(lab: E2eLab, moment: string): Promise<void> {
  const up = lab.start(["up", "--json"]);
  await up.sees(moment);
  up.kill("SIGKILL");
  expectExit(await up.done, null);
}

async function expectNextUpIsHealthy(lab: E2eLab): Promise<void> {
  await lab.succeed(["up"]);
  expect((await lab.status()).swarm).toMatchObject({ ready: 3, healthy: true });
}
