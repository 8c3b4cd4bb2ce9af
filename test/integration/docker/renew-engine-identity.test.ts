import { describe, expect, it } from "vitest";
import { renewEngineIdentity } from "../../../src/docker/ensure-engine-identity.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

describe("renewEngineIdentity", () => {
  it("removes both identities while the daemon is down", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/key.json", "{}");
    await machine.write("data/docker/engine-id", "id");
    await renewEngineIdentity(machine);
    expect(await machine.read("etc/docker/key.json")).toBeUndefined();
    expect(await machine.read("data/docker/engine-id")).toBeUndefined();
    const calls = await machine.fixtureCalls();
    expect(calls.find((call) => !call.startsWith("systemctl show"))).toBe(
      "systemctl stop docker.socket docker.service",
    );
    expect(await machine.read("service")).toBe("active\n");
  });

  it("fails with the journal when the daemon does not come back", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("broken", "");
    expect(await failureOf(renewEngineIdentity(machine))).toMatchObject({ kind: "daemon", restored: false });
  });
});
