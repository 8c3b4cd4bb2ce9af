import { join } from "node:path";
import { expect, it } from "vitest";
import { ensurePrograms } from "../../../src/labs/ensure-programs.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const aptMachine = join(import.meta.dirname, "../../fixtures/package-machine");
const all = ["busybox", "python3", "nginx", "curl", "dig", "tcpdump"];

it("installs what is missing, and lets no service of it start, now or later", async () => {
  await using machine = await machineWith(["python3", "curl"]);
  const said: string[] = [];
  const installed = await ensurePrograms({ ...call(machine), report: (text) => said.push(text) });
  expect(installed).toEqual(["busybox", "nginx-light", "dnsutils", "tcpdump"]);
  expect(await machine.fixtureCalls()).toEqual([
    "dpkg --configure -a",
    "apt-get update",
    "apt-get install busybox nginx-light dnsutils tcpdump",
    "update-rc.d nginx disable",
  ]);
  expect(said).toContain("labs: installing busybox nginx-light dnsutils tcpdump");
  expect(await machine.read("usr/sbin/policy-rc.d")).toBeUndefined();
});

it("asks no package source where nothing is missing, and leaves no trace", async () => {
  await using machine = await machineWith(all);
  expect(await ensure(machine)).toEqual([]);
  expect(await machine.fixtureCalls()).toEqual([]);
  expect(await machine.read("var/log/swarmlab-install.log")).toBeUndefined();
});

it("leaves an nginx that was there as it is", async () => {
  await using machine = await machineWith(["nginx"]);
  await ensure(machine);
  expect(await machine.fixtureCalls()).not.toContain("update-rc.d nginx disable");
});

it("waits until others have installed their packages", async () => {
  await using machine = await machineWith([]);
  await machine.write("lock", "1\n2\n");
  const said: string[] = [];
  await ensurePrograms({ ...call(machine), report: (text) => said.push(text) });
  expect(said).toContain("labs: waiting until others on the machine have installed their packages");
});

it("says which command failed, and how all machines get what is missing", async () => {
  await using machine = await machineWith(["busybox", "python3", "curl", "dig"]);
  await machine.write("offline", "");
  expect(await failureOf(ensure(machine))).toMatchObject({
    kind: "prerequisite",
    problems: [
      {
        where: "node1",
        what: "what labs need could not be installed: apt-get update failed",
        why: "E: Failed to fetch http://packages.example/InRelease  Could not connect",
        remedy: expect.stringContaining("swarmlab exec -- sudo apt-get update") as string,
      },
    ],
  });
});

it("names the packages and the way to all machines where there is no apt-get", async () => {
  await using machine = await machineWith(["curl"], "/nowhere");
  expect(await failureOf(ensure(machine))).toMatchObject({
    kind: "prerequisite",
    problems: [
      {
        where: "node1",
        what: "labs need programs that this machine lacks, and it has no apt-get to install them",
        why: "They are what Debian has in the packages busybox python3-minimal nginx-light dnsutils tcpdump",
        remedy: expect.stringContaining("swarmlab exec -- sudo ") as string,
      },
    ],
  });
});

async function machineWith(programs: readonly string[], bin = aptMachine): Promise<PretendedMachine> {
  const machine = await PretendedMachine.create({ bin });
  for (const name of programs) await machine.write(`usr/bin/${name}`, "#!/bin/sh\n", 0o755);
  return machine;
}

function call(remote: PretendedMachine) {
  return { remote, signal: new AbortController().signal, report: () => undefined };
}

const ensure = (machine: PretendedMachine) => ensurePrograms(call(machine));
