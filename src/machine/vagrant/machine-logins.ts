import type { VagrantProviderName } from "../../cluster/cluster.ts";
import { scanHostKey } from "../../remote/scan-host-key.ts";
import { readText } from "../../system/files.ts";
import { Batch } from "./batch.ts";
import { machineRecordFile, vagrantIdFile, type VagrantLayout } from "./layout.ts";
import { readMachineRecord, writeMachineRecord, type MachineRecord } from "./machine-record.ts";
import { parseSshConfig, type SshLogin } from "./ssh-config.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";

interface Asked {
  readonly machine: string;
  readonly signal: AbortSignal;
}

/** Vagrant let itself in a moment ago. */
const hostKeyTimeoutMs = 60_000;

/** How the machines of a cluster are reached: asked of Vagrant once, then kept in each machine's record. */
export class MachineLogins {
  readonly #host: VagrantHost;
  readonly #provider: VagrantProviderName;
  readonly #layout: VagrantLayout;
  readonly #asking: Batch<Asked, SshLogin>;

  constructor(host: VagrantHost, provider: VagrantProviderName, layout: VagrantLayout) {
    this.#host = host;
    this.#provider = provider;
    this.#layout = layout;
    this.#asking = new Batch(async (items) => {
      const [first] = items;
      if (first === undefined) return;
      const machines = items.map(({ input }) => input.machine);
      const logins = await this.#askVagrant(machines, first.input.signal);
      for (const { input, resolve } of items) {
        const login = logins.get(input.machine);
        if (login !== undefined) resolve(login);
      }
    });
  }

  /**
   * The record of a machine that runs, written anew. The host key that it was made with stays pinned; a new VM's key is taken as it shows
   * itself now, over a connection that stays on this computer.
   * @throws FailureError `vagrant`, `unreachable`
   */
  async renew(machine: string, signal: AbortSignal): Promise<MachineRecord> {
    const file = machineRecordFile(this.#layout, machine);
    const [login, before, id] = await Promise.all([
      this.#asking.request({ machine, signal }),
      readMachineRecord(file),
      readText(vagrantIdFile(this.#layout, this.#provider, machine)),
    ]);
    if (id === undefined) throw new Error(`Vagrant has no ID of ${machine}`);
    const { address, port } = login;
    const scan = { machine, address, port, signal, timeoutMs: hostKeyTimeoutMs, clock: this.#host.clock };
    const hostKey = before?.id === id.trim() ? before.hostKey : await scanHostKey(scan);
    const record: MachineRecord = { schemaVersion: 1, id: id.trim(), login, hostKey };
    await writeMachineRecord(file, record);
    return record;
  }

  async #askVagrant(machines: readonly string[], signal: AbortSignal) {
    const [host, provider, layout] = [this.#host, this.#provider, this.#layout];
    const events = await callVagrant({ host, provider, layout, args: ["ssh-config", ...machines], signal });
    const configs = events.flatMap(({ type, data: [text = ""] }) => (type === "ssh-config" ? [text] : []));
    return parseSshConfig(configs.join("\n"));
  }
}
