import { join } from "node:path";
import { endMsOf } from "../docker/keyed-certificate.ts";
import { readText } from "../system/files.ts";
import { certificatesDirectory } from "./cluster-certificates.ts";
import type { ApiCertificate } from "./judge-certificates.ts";
import type { ExaminedMachine } from "./judge-cluster.ts";
import type { Lab } from "./open-lab.ts";

const ours = [
  { file: "ca.pem", what: "certificate authority" },
  { file: "cert.pem", what: "client certificate for the Docker API" },
] as const;

/** The cluster's own certificates, as far as there are any that can be read: those on this computer and those of the machines. */
export async function findApiCertificates(
  { provider, cluster }: Pick<Lab, "provider" | "cluster">,
  machines: readonly ExaminedMachine[],
): Promise<readonly ApiCertificate[]> {
  if (cluster.tcp !== "tls") return [];
  const directory = certificatesDirectory({ provider, cluster });
  const here = ours.map(async ({ file, what }) => ({
    where: cluster.name,
    what,
    endMs: endMsOf(await readText(join(directory, file))),
  }));
  const there = machines.map(({ name, facts }) => ({
    where: name,
    what: "certificate for the Docker API",
    endMs: facts.apiCertificateEndMs,
  }));
  return [...(await Promise.all(here)), ...there].flatMap(({ endMs, ...rest }) =>
    endMs === undefined ? [] : [{ ...rest, endMs }],
  );
}
