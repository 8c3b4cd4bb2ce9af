import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isCertificateGood, isPair, type KeyedCertificate } from "../docker/keyed-certificate.ts";
import { writePrivate } from "../state/lab-files.ts";
import { readText } from "../system/files.ts";
import type { Lab } from "./open-lab.ts";

/** The directory with a cluster's certificates, as Docker's clients want it: `ca.pem`, `cert.pem`, `key.pem`; and `ca-key.pem`. */
export const certificatesDirectory = ({ provider, cluster }: Pick<Lab, "provider" | "cluster">): string =>
  join(provider.stateDirectory(cluster), "tls");

/** The cluster's own authority and its client's certificate: made when first asked for, and anew before they end. */
export class ClusterCertificates {
  readonly #directory: string;
  readonly #cluster: string;
  #authority: Promise<KeyedCertificate> | undefined;

  /** `cluster`: its name, which the authority bears. */
  constructor(directory: string, cluster: string) {
    this.#directory = directory;
    this.#cluster = cluster;
  }

  /** Whoever asks for the authority learns how that went. */
  begin(): void {
    this.authority().catch(() => undefined);
  }

  /** The authority as it is, or as it would be; nothing is written. */
  async preview(): Promise<KeyedCertificate> {
    const files = filesIn(this.#directory);
    return (await readGood(files.authority)) ?? (await makers()).createAuthority("preview");
  }

  authority(): Promise<KeyedCertificate> {
    this.#authority ??= ensureCertificates(this.#directory, this.#cluster);
    return this.#authority;
  }
}

async function ensureCertificates(directory: string, cluster: string): Promise<KeyedCertificate> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pairs = filesIn(directory);
  const authority =
    (await readGood(pairs.authority)) ??
    (await keep(pairs.authority, async () => (await makers()).createAuthority(`swarmlab ${cluster}`)));
  if ((await readGood(pairs.client, authority.certificate)) === undefined)
    await keep(pairs.client, async () => {
      const { issueCertificate } = await makers();
      const alternatives = { names: [], addresses: [] };
      return issueCertificate(authority, { purpose: "client", name: "swarmlab client", alternatives });
    });
  return authority;
}

function filesIn(directory: string): { readonly authority: Files; readonly client: Files } {
  return {
    authority: { certificate: join(directory, "ca.pem"), key: join(directory, "ca-key.pem") },
    client: { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") },
  };
}

/** Most calls need no new certificate, and then not the library that makes them. */
const makers = () => import("../docker/certificates.ts");

/** Paths of certificate and key. */
type Files = KeyedCertificate;

async function readGood(files: Files, issuer?: string): Promise<KeyedCertificate | undefined> {
  const [certificate, key] = await Promise.all([readText(files.certificate), readText(files.key)]);
  if (certificate === undefined || key === undefined) return undefined;
  const isGood = isCertificateGood(certificate, { authority: issuer ?? certificate, nowMs: Date.now() });
  return isGood && isPair({ certificate, key }) ? { certificate, key } : undefined;
}

async function keep(files: Files, make: () => Promise<KeyedCertificate>): Promise<KeyedCertificate> {
  const made = await make();
  await writePrivate(files.key, made.key);
  await writePrivate(files.certificate, made.certificate);
  return made;
}
