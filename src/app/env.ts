import type { Context } from "../context.ts";
import { dockerEndpoint } from "./docker-endpoint.ts";
import { openLab, type LabOptions } from "./open-lab.ts";

export interface EnvOptions extends LabOptions {
  /** Default: the first manager. */
  readonly machine?: string | undefined;
  /** What takes the variables away again. */
  readonly unset: boolean;
}

/** What `env --json` prints. */
export interface DockerEnvironment {
  readonly schemaVersion: 1;
  /** Null: to be taken away. */
  readonly variables: Readonly<Record<string, string | null>>;
}

const none = { DOCKER_HOST: null, DOCKER_TLS_VERIFY: null, DOCKER_CERT_PATH: null };

/** The variables with which Docker clients talk to a machine, https://docs.docker.com/engine/reference/commandline/cli/#environment-variables */
export async function env(context: Context, options: EnvOptions): Promise<DockerEnvironment> {
  if (options.unset) return { schemaVersion: 1, variables: none };
  const lab = await openLab(context, options, ["read the keys of the cluster"]);
  const first = lab.cluster.machines.find(({ role }) => role === "manager")?.name ?? "";
  const { host, certificates } = dockerEndpoint(lab, options.machine ?? first);
  const variables =
    certificates === undefined
      ? { ...none, DOCKER_HOST: host }
      : { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates };
  return { schemaVersion: 1, variables };
}
