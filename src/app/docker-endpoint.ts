import { tcpEndpoint } from "../docker/tcp-access.ts";
import { FailureError } from "../failure.ts";
import { certificatesDirectory } from "./cluster-certificates.ts";
import type { Lab } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

/** Where clients reach a machine's Docker API. */
export interface DockerEndpoint {
  /** `tcp://192.168.56.17:2376`. */
  readonly host: string;
  /** Directory with `ca.pem`, `cert.pem` and `key.pem`; undefined: without TLS. */
  readonly certificates?: string;
}

/** @throws FailureError `unknown-machine`, `not-running`; `usage` where the API is not on the network. */
export function dockerEndpoint(lab: Lab, machine: string): DockerEndpoint {
  const { tcp } = lab.cluster;
  const host = tcpEndpoint(tcp, requireRunning(lab, machine).address);
  if (host === undefined) throw notOnNetwork();
  return { host, ...(tcp === "tls" && { certificates: certificatesDirectory(lab) }) };
}

function notOnNetwork(): FailureError {
  return new FailureError({
    kind: "usage",
    message: "the Docker API of this cluster is not on the network: docker.tcp is off",
    remedy: "Set docker.tcp: tls in swarmlab.yaml and run swarmlab up, or go over SSH: swarmlab ssh-config",
  });
}
