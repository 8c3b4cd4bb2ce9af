import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { DockerContexts, type DockerContext } from "../state/docker-contexts.ts";
import { dockerEndpoint, type DockerEndpoint } from "./docker-endpoint.ts";
import { openLab, type Lab, type LabOptions } from "./open-lab.ts";

export interface ContextsOptions extends LabOptions {
  /** Take them away in place of making them. */
  readonly remove: boolean;
}

/** What `context --json` prints. */
export interface ContextsReport {
  readonly schemaVersion: 1;
  readonly contexts: readonly {
    readonly name: string;
    /** Undefined: it was removed. */
    readonly host?: string;
    readonly change: "created" | "changed" | "unchanged" | "removed";
  }[];
  /** Whether this computer has a docker CLI to use them. */
  readonly cliFound: boolean;
}

/** Makes the Docker contexts of a cluster so as it is now: one for each machine that runs, and one with the cluster's name for its first manager. */
export async function dockerContexts(context: Context, options: ContextsOptions): Promise<ContextsReport> {
  const lab = await openLab(context, options, ["read the keys of the cluster"]);
  const store = new DockerContexts(context.host.dockerDirectory);
  const wanted = options.remove ? [] : await wantedContexts(lab);
  const made: ContextsReport["contexts"][number][] = [];
  for (const each of wanted)
    made.push({ name: each.name, host: each.host, change: await store.ensure(each) });
  const known = new Set(wanted.map(({ name }) => name));
  const removed = await removeContexts(store, lab, known);
  const cliFound = (await context.processes.which("docker")) !== undefined;
  return {
    schemaVersion: 1,
    contexts: [...made, ...removed.map((name) => ({ name, change: "removed" as const }))],
    cliFound,
  };
}

/** Takes away those of the cluster's contexts that are not to be kept. Returns their names. */
export async function removeContexts(
  store: DockerContexts,
  { cluster }: Lab,
  keep: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
  const gone = (await store.list(cluster.name)).filter((name) => !keep.has(name));
  for (const name of gone) await store.remove(name);
  return gone;
}

async function wantedContexts(lab: Lab): Promise<readonly DockerContext[]> {
  const { cluster, machines } = lab;
  const running = cluster.machines.filter(({ name }) => machines.get(name)?.state === "running");
  const manager = running.find(({ role }) => role === "manager");
  const ofMachines = running.map(({ name }) =>
    contextFor(lab, {
      name: `${cluster.name}-${name}`,
      machine: name,
      description: `${name} of the swarmlab cluster ${cluster.name}`,
    }),
  );
  const ofCluster =
    manager === undefined
      ? []
      : [
          contextFor(lab, {
            name: cluster.name,
            machine: manager.name,
            description: `The swarmlab cluster ${cluster.name}, through ${manager.name}`,
          }),
        ];
  return Promise.all([...ofCluster, ...ofMachines]);
}

async function contextFor(
  lab: Lab,
  its: { readonly name: string; readonly machine: string; readonly description: string },
): Promise<DockerContext> {
  const { name, machine, description } = its;
  const { host, certificates } = dockerEndpoint(lab, machine);
  const tls = certificates === undefined ? {} : { tls: await readCertificates(certificates) };
  return { name, cluster: lab.cluster.name, description, host, ...tls };
}

async function readCertificates(
  directory: NonNullable<DockerEndpoint["certificates"]>,
): Promise<NonNullable<DockerContext["tls"]>> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((file) => readFile(join(directory, file), "utf8")),
  );
  return { ca: ca ?? "", cert: cert ?? "", key: key ?? "" };
}
