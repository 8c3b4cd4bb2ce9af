import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectMachine } from "../../../src/machine/vagrant/connect-machine.ts";
import { machineRecordFile, vagrantLayout } from "../../../src/machine/vagrant/layout.ts";
import { writeMachineRecord, type MachineRecord } from "../../../src/machine/vagrant/machine-record.ts";
import { generateSshKeyPair } from "../../../src/remote/ssh-keys.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { startSshServer, type SshServer } from "../../support/ssh-server.ts";

/** Connects to node1 by a record that differs from the truth in this. */
async function connect(server: SshServer, wrong: Partial<MachineRecord>) {
  const home = await temporaryDirectory();
  const layout = vagrantLayout(home, "virtualbox", "lab");
  const identity = join(home, "private_key");
  await writeFile(identity, server.userKey);
  const login = { address: "127.0.0.1", port: server.port, user: "vagrant", identityFiles: [identity] };
  const truth: MachineRecord = { schemaVersion: 1, id: "1", login, hostKey: server.hostKey };
  await writeMachineRecord(machineRecordFile(layout, "node1"), { ...truth, ...wrong });
  const asked: string[] = [];
  const renew = (machine: string): Promise<MachineRecord> => {
    asked.push(machine);
    return Promise.resolve(truth);
  };
  const { signal } = new AbortController();
  const how = { clock: systemClock, layout, logins: { renew }, name: "node1", timeoutMs: 10_000, signal };
  await using remote = await connectMachine(how);
  return { asked, stdout: (await remote.run({ argv: ["echo", "in"] })).stdout };
}

describe("connectMachine", () => {
  it("goes the way that is recorded, without asking Vagrant", async () => {
    await using server = await startSshServer();
    expect(await connect(server, {})).toEqual({ asked: [], stdout: "in\n" });
  });

  it("asks Vagrant again where another machine answers at the recorded port", async () => {
    await using server = await startSshServer();
    const hostKey = generateSshKeyPair("other").publicKey;
    expect(await connect(server, { hostKey })).toEqual({ asked: ["node1"], stdout: "in\n" });
  });
});
