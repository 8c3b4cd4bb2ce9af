import { join } from "node:path";
import { FailureError } from "../failure.ts";
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
  const { provider, cluster } = lab;
  const address = lab.machines.get(machine)?.address ?? requireRunning(lab, machine).address;
  requireRunning(lab, machine);
  switch (cluster.docker.tcp) {
    case "tls":
      return { host: `tcp://${address}:2376`, certificates: join(provider.directory(cluster), "tls") };
    case "insecure":
      return { host: `tcp://${address}:2375` };
    case "off":
      throw new FailureError({
        kind: "usage",
        message: "the Docker API of this cluster is not on the network: docker.tcp is off",
        remedy:
          "Set docker.tcp: tls in swarmlab.yaml and run swarmlab up, or go over SSH: swarmlab ssh-config",
      });
  }
}
