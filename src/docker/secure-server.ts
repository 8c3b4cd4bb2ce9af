import type { ObservedEngine } from "./await-engine.ts";
import { isCertificateGood, type KeyedCertificate } from "./keyed-certificate.ts";
import type { TcpAccess } from "./tcp-access.ts";

/** How a machine shall be reached by TCP, before it was looked at. */
export type TcpWish =
  | Exclude<TcpAccess, { readonly mode: "tls" }>
  | { readonly mode: "tls"; readonly address: string; readonly authority: () => Promise<KeyedCertificate> };

/** What has to become of the machine's certificates: one that is not there, not by this authority, or about to end is replaced. */
export async function resolveTcp(
  wish: TcpWish,
  engine: Pick<ObservedEngine, "authority" | "certificate">,
  machine: string,
): Promise<TcpAccess> {
  if (wish.mode !== "tls") return wish;
  const { mode, address } = wish;
  const authority = await wish.authority();
  const alternatives = { names: [machine, "localhost"], addresses: [address, "127.0.0.1"] };
  const isGood = isCertificateGood(engine.certificate, {
    authority: authority.certificate,
    nowMs: Date.now(),
    alternatives,
  });
  const isKnown = engine.authority === authority.certificate;
  return {
    mode,
    address,
    authority: isKnown ? "keep" : { content: authority.certificate },
    server: isGood ? "keep" : { content: await issueServer(authority, machine, alternatives) },
  };
}

async function issueServer(
  authority: KeyedCertificate,
  name: string,
  alternatives: { readonly names: readonly string[]; readonly addresses: readonly string[] },
): Promise<string> {
  const { issueCertificate } = await import("./certificates.ts");
  const { certificate, key } = await issueCertificate(authority, { purpose: "server", name, alternatives });
  return `${certificate}${key}`;
}
