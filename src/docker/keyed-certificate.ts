import { createPrivateKey, X509Certificate } from "node:crypto";

/** Both as PEM. The key is secret: for a file that only its owner reads, never for an event or an argv. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is good for, besides its subject. */
export interface CertificateNames {
  readonly names: readonly string[];
  /** IPv4. */
  readonly addresses: readonly string[];
}

const dayMs = 86_400_000;
/** A certificate that ends within this time is renewed: a cluster that is brought up once a month never meets an expired one. */
export const renewalDays = 30;

/** Whether this is a certificate by that authority (itself, for an authority) with all of these names, and does not end within 30 days of `nowMs`. */
export function isCertificateGood(
  certificate: string | undefined,
  wanted: { readonly authority: string; readonly nowMs: number; readonly alternatives?: CertificateNames },
): boolean {
  const [own, authority] = [parse(certificate), parse(wanted.authority)];
  if (own === undefined || authority === undefined) return false;
  const { names, addresses } = wanted.alternatives ?? { names: [], addresses: [] };
  return (
    Date.parse(own.validFrom) <= wanted.nowMs &&
    Date.parse(own.validTo) - wanted.nowMs > renewalDays * dayMs &&
    own.verify(authority.publicKey) &&
    names.every((name) => own.checkHost(name, { subject: "never" }) !== undefined) &&
    addresses.every((address) => own.checkIP(address) !== undefined)
  );
}

/** Whether certificate and key can be read and belong together. */
export function isPair({ certificate, key }: KeyedCertificate): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The last day (`2027-11-25`) of a certificate; undefined where there is none that can be read. */
export function lastDayOf(certificate: string | undefined): string | undefined {
  const endMs = endMsOf(certificate);
  return endMs === undefined ? undefined : new Date(endMs).toISOString().slice(0, 10);
}

/** When a certificate ends; undefined where there is none that can be read. */
export function endMsOf(certificate: string | undefined): number | undefined {
  const until = parse(certificate)?.validTo;
  return until === undefined ? undefined : Date.parse(until);
}

/** What cannot be read is replaced, as what has expired is. */
function parse(certificate: string | undefined): X509Certificate | undefined {
  try {
    return certificate === undefined ? undefined : new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}
