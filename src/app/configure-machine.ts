import type { MachineSpec, TcpMode } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { wantedDaemonOptions } from "../docker/daemon-config.ts";
import { versionBeginsWith } from "../docker/engine-version.ts";
import { type DockerLook, observeDocker } from "../docker/await-engine.ts";
import { type EnsuredDaemon, ensureDaemon } from "../docker/ensure-daemon.ts";
import { ensureImageCache, type ImageCacheChange } from "../docker/ensure-image-cache.ts";
import { keepContainers } from "../docker/keep-containers.ts";
import type { Heard } from "../docker/heard.ts";
import type { KeyedCertificate } from "../docker/keyed-certificate.ts";
import type { TcpWish } from "../docker/secure-server.ts";
import { FailureError } from "../failure.ts";
import { ensureHostNames } from "../remote/ensure-host-names.ts";
import type { Remote } from "../remote/remote.ts";
import type { StepProgress } from "../steps.ts";
import type { Connections } from "./connections.ts";
import type { ClusterCertificates } from "./cluster-certificates.ts";
import type { Lab } from "./open-lab.ts";

/** What machines are configured with. */
export interface MachineWork {
  readonly lab: Lab;
  readonly connections: Connections;
  readonly context: Context;
  readonly certificates: ClusterCertificates;
}

/** What was done, in words, and whether the daemon has yet to be restarted or reloaded. */
export interface ConfiguredMachine {
  readonly text: string;
  readonly service: EnsuredDaemon["service"];
  readonly toRestart: boolean;
  /** What the daemon told, where it was left as it was. */
  readonly heard: Heard | undefined;
}

/** Names that resolve, and a daemon that runs as wanted; with `later`, one that runs and has to be restarted or reloaded for it is left as it is. */
export async function configureMachine(
  its: MachineWork & {
    readonly name: string;
    readonly restart: "now" | "later";
    /** The first look at its Docker, where that has begun already. */
    readonly look?: Promise<DockerLook> | undefined;
    readonly progress: StepProgress;
  },
): Promise<ConfiguredMachine> {
  const { lab, connections, context, name, progress } = its;
  const machine = lab.cluster.machines.find((candidate) => candidate.name === name);
  if (machine === undefined) throw new Error(`no machine ${name} in the cluster`);
  const remote = await connections.remote(lab, name);
  const { signal, report } = progress;
  const cache = await ensureImageCache({ remote, cluster: lab.cluster, signal });
  const work = (look = its.look): Promise<EnsuredDaemon> =>
    ensureDaemon({
      remote,
      wanted: wantedDaemonOptions(lab.cluster, machine),
      tcp: wishedTcp(lab.cluster.tcp, machine, () => its.certificates.authority()),
      look,
      restart: its.restart,
      docker: lab.cluster.docker,
      clock: context.clock,
      signal,
      report,
    });
  const withNames = async (): Promise<EnsuredDaemon> => {
    const look = its.look ?? observeDocker(remote, { clock: context.clock, signal });
    const names = async (): Promise<boolean> =>
      ensureHostNames(remote, lab.cluster.machines, (await look).observation?.hosts);
    return (await Promise.all([work(look), names()]))[0];
  };
  const daemon = lab.provider.capabilities.ownsMachines
    ? await withNames()
    : await withContainersKept(its, { remote, signal, work });
  const wanted = lab.cluster.docker.version;
  if (wanted !== undefined && !versionBeginsWith(daemon.version, wanted))
    throw wrongVersion(name, daemon.version, wanted);
  const done = [daemon.configured ? "configured" : "", daemon.service === "kept" ? "" : daemon.service];
  const text = `${daemon.version}, ${done.filter(Boolean).join(" and ") || "as it was"}${cacheTexts[cache]}`;
  return {
    text,
    service: daemon.service,
    toRestart: daemon.service.startsWith("to be "),
    heard: daemon.heard,
  };
}

const cacheTexts: Readonly<Record<ImageCacheChange, string>> = {
  kept: "",
  started: "; image cache started",
  waiting: "; image cache started, waiting for docker.cache to answer",
  removed: "; image cache removed",
};

/** Work on a machine, after which the containers of one that others use too run as before; says which do not. */
export async function withContainersKept<T>(
  { context, lab }: { readonly context: Context; readonly lab: Lab },
  its: { readonly remote: Remote; readonly signal: AbortSignal; readonly work: () => Promise<T> },
): Promise<T> {
  if (lab.provider.capabilities.ownsMachines) return its.work();
  const tellLost = (lost: readonly string[] | "unknown"): void =>
    context.emit({ type: "note", level: "warning", text: `${its.remote.machine}: ${lostText(lost)}` });
  return keepContainers({ ...its, tellLost });
}

const lostText = (lost: readonly string[] | "unknown"): string =>
  lost === "unknown"
    ? "its Docker daemon did not answer, so that nobody knows which containers ran. Look whether all are there: docker ps --all"
    : `its Docker daemon was restarted, and these containers did not start again: ${lost.join(", ")}.`;

/** How a machine shall be reached by TCP; `authority` is asked only where certificates are wanted. */
export function wishedTcp(
  mode: TcpMode,
  { address }: MachineSpec,
  authority: () => Promise<KeyedCertificate>,
): TcpWish {
  return mode === "tls" ? { mode, address, authority } : { mode, address };
}

function wrongVersion(machine: string, version: string, wanted: string): FailureError {
  const what = `the Docker engine is ${version}, and docker.version asks for ${wanted}`;
  const remedy =
    "Change docker.version in swarmlab.yaml, or run swarmlab destroy and swarmlab up to build the machines anew.";
  return new FailureError({
    kind: "verify",
    problems: [{ severity: "error", what, where: machine, remedy }],
  });
}
