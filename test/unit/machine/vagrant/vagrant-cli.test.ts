import { mkdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { vagrantLayout } from "../../../../src/machine/vagrant/layout.ts";
import { callVagrant } from "../../../../src/machine/vagrant/vagrant-cli.ts";
import type { VagrantHost } from "../../../../src/machine/vagrant/vagrant-host.ts";
import type { ProcessCommand } from "../../../../src/system/process-runner.ts";
import { systemClock } from "../../../../src/system/system-clock.ts";
import { temporaryDirectory } from "../../../support/program.ts";
import { vagrantHost } from "../../../support/vagrant-hosts.ts";

async function call(host: VagrantHost, options: { silenceMs?: number; signal?: AbortSignal } = {}) {
  const layout = vagrantLayout(await temporaryDirectory(), "virtualbox", "lab");
  await mkdir(layout.directory, { recursive: true });
  const { signal = new AbortController().signal, ...rest } = options;
  const args = ["up", "manager"] as const;
  const running = callVagrant({ host, provider: "virtualbox", layout, args, signal, ...rest });
  return { running, layout };
}

/** A Vagrant that says one line and then nothing, until it is told to end. */
function silentVagrant(): VagrantHost {
  const tryRun = ({ signal, onLine }: ProcessCommand): Promise<never> => {
    onLine?.("1,manager,action,up,start");
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () =>
        reject(signal.reason instanceof Error ? signal.reason : new Error()),
      );
    });
  };
  const processes = { tryRun, run: tryRun, kill: () => undefined, which: () => Promise.resolve(undefined) };
  return { ...vagrantHost({}), clock: systemClock, processes };
}

describe("callVagrant", () => {
  it("calls Vagrant in the cluster's directory, in a group of its own, and keeps all that it says", async () => {
    const host = vagrantHost({ commands: { "vagrant up": "1,manager,action,up,start\na warning\n" } });
    const { running, layout } = await call(host);
    expect(await running).toEqual([{ target: "manager", type: "action", data: ["up", "start"] }]);
    expect(host.processes.ran[0]).toMatchObject({
      argv: ["vagrant", "up", "manager", "--machine-readable"],
      cwd: layout.directory,
      ownGroup: true,
      env: { VAGRANT_CWD: layout.directory, VAGRANT_DEFAULT_PROVIDER: "virtualbox" },
    });
    const log = await readFile(layout.log, "utf8");
    expect(log).toMatch(/^# \S+ vagrant up manager\n1,manager,action,up,start\na warning\n$/);
  });

  it("fails with Vagrant's own words", async () => {
    const stdout = "1,,error-exit,Vagrant::Errors::MachineLocked,An action is running\n";
    const { running, layout } = await call(vagrantHost({ commands: { vagrant: { exitCode: 1, stdout } } }));
    await expect(running).rejects.toMatchObject({
      failure: { kind: "vagrant", why: "An action is running", log: layout.log },
    });
  });

  it("gives a Vagrant up that says nothing more", async () => {
    const { running, layout } = await call(silentVagrant(), { silenceMs: 50 });
    await expect(running).rejects.toMatchObject({
      failure: {
        kind: "timeout",
        waitedFor: "vagrant up manager, which said nothing more",
        afterMs: 50,
        hint: expect.stringContaining(layout.log) as string,
      },
    });
  });

  it("ends with the reason of whoever cancels", async () => {
    const cancel = new AbortController();
    const { running } = await call(silentVagrant(), { signal: cancel.signal });
    cancel.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });
});
