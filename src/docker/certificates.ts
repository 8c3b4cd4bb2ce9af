// The other package asks for it when it is loaded: the order counts.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import type { CertificateNames, KeyedCertificate } from "./keyed-certificate.ts";

/** P-256 is known to every engine with Swarm mode, and a key takes a millisecond to make. */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
const authorityDays = 3650;
const leafDays = 365;
/** Clocks of machines may be behind. */
const backdatedDays = 1;

/** A new certificate authority with a key of its own, for ten years. */
export async function createAuthority(name: string): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      ...during(authorityDays),
      name: commonName(name),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return keyed(certificate, keys);
}

/** A new key with a certificate by this authority, for a year. */
export async function issueCertificate(
  authority: KeyedCertificate,
  its: {
    readonly purpose: "server" | "client";
    readonly name: string;
    readonly alternatives: CertificateNames;
  },
): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create(
    {
      ...during(leafDays),
      subject: commonName(its.name),
      issuer: issuer.subject,
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage[`${its.purpose}Auth`]]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
        ...alternativeNames(its.alternatives),
      ],
    },
    webcrypto,
  );
  return keyed(certificate, keys);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function during(days: number) {
  const nowMs = Date.now();
  return {
    // The first bit clear: a serial number is above zero.
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    notBefore: new Date(nowMs - backdatedDays * dayMs),
    notAfter: new Date(nowMs + days * dayMs),
  };
}

function commonName(name: string) {
  return [{ CN: [name] }];
}

function alternativeNames({ names, addresses }: CertificateNames): readonly Extension[] {
  const all = [
    ...names.map((value) => ({ type: "dns" as const, value })),
    ...addresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return all.length === 0 ? [] : [new SubjectAlternativeNameExtension(all)];
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
}

function keyed(certificate: X509Certificate, { privateKey }: webcrypto.CryptoKeyPair): KeyedCertificate {
  const key = KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" });
  return { certificate: `${certificate.toString("pem")}\n`, key: key.toString() };
}
