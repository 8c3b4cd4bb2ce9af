import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { Remote } from "../../remote/remote.ts";
import { publicKeyOf } from "../../remote/ssh-keys.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists } from "../../system/files.ts";
import { waitUntil } from "../../system/wait-until.ts";
import { bakedBoxName, defaultBox, type Box } from "./boxes.ts";
import { findVms } from "./inspect-cluster.ts";
import { vagrantIdFile, vagrantLayout } from "./layout.ts";
import { messageOf } from "./machine-readable.ts";
import { callVagrant } from "./vagrant-cli.ts";
import { vagrantHome, type VagrantHost } from "./vagrant-host.ts";

const powerOffMs = 60_000;

export interface Baking {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly cluster: Cluster;
  readonly name: string;
  readonly remote: Remote;
  readonly strip: () => Promise<void>;
  readonly progress: StepProgress;
}

/** The cluster with the box that a baked one is made from; undefined where there is none to begin with. */
export function baseOf(host: VagrantHost, provider: VagrantProviderName, cluster: Cluster) {
  const preferred = cluster.box === undefined;
  const base = preferred ? defaultBox(provider, host.facts.architecture) : undefined;
  if (base === undefined) return { cluster, preferred };
  const version = base.version === undefined ? {} : { boxVersion: base.version };
  return { cluster: { ...cluster, box: base.name, ...version }, preferred };
}

/** Makes a box of a running machine, which ends with it; the box replaces one of the same name. */
export async function bakeMachine(baking: Baking): Promise<string> {
  const { host, provider, cluster, name, strip, progress } = baking;
  const layout = vagrantLayout(host.home, provider, cluster.name);
  const call = (...args: [string, ...string[]]) => {
    const onEvent = (event: Parameters<typeof messageOf>[0]): void =>
      progress.report(messageOf(event) ?? args[0]);
    return callVagrant({ host, provider, layout, args, signal: progress.signal, onEvent });
  };
  await openToVagrant(baking);
  await strip();
  await powerOff(baking);
  // Without it Vagrant would put the machine's own key into the box, and every clone would have it.
  await rm(join(vagrantIdFile(layout, provider, name), "..", "private_key"), { force: true });
  const box = bakedBoxName(boxOf(cluster));
  const file = join(layout.directory, "package.box");
  await call("package", name, "--output", file);
  await call("box", "add", "--force", "--name", box, file);
  return box;
}

function boxOf({ box, boxVersion }: Cluster): Box {
  return { name: box ?? "", ...(boxVersion !== undefined && { version: boxVersion }) };
}

/** Boxes let Vagrant's well-known key in, which it replaces at the first boot of each machine. */
async function openToVagrant({ host, remote }: Baking): Promise<void> {
  const home = vagrantHome(host);
  const candidates = ["insecure_private_key", "insecure_private_keys/vagrant.key.rsa"].map((file) =>
    join(home, file),
  );
  const present = await Promise.all(candidates.map(pathExists));
  const file = candidates.find((_, index) => present[index]);
  if (file === undefined) throw noInsecureKey(home);
  await remote.writeFile(
    ".ssh/authorized_keys",
    `${publicKeyOf(await readFile(file, "utf8"))} vagrant insecure public key\n`,
    {
      mode: 0o600,
    },
  );
}

async function powerOff({ host, provider, cluster, name, remote, progress }: Baking): Promise<void> {
  // The connection may end before the answer comes.
  await remote.tryRun({ argv: ["poweroff"], sudo: true }).catch((error: unknown) => {
    if (!(error instanceof FailureError) || error.failure.kind !== "unreachable") throw error;
  });
  const wait = {
    clock: host.clock,
    title: `${name} to power off`,
    timeoutMs: powerOffMs,
    intervalMs: 500,
    hint: () => "Look at its screen in the hypervisor's window.",
    signal: progress.signal,
  };
  await waitUntil(wait, async () => {
    const { known } = await findVms(host, provider, cluster.name);
    return known.get(name)?.running === true ? undefined : "off";
  });
}

function noInsecureKey(home: string): FailureError {
  const what = "Vagrant's well-known private key is not there";
  const remedy = "vagrant ssh-config in any directory with a Vagrantfile makes it anew.";
  return new FailureError({
    kind: "prerequisite",
    problems: [{ severity: "error", what, where: home, remedy }],
  });
}
