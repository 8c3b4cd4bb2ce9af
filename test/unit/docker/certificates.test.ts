import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "../../../src/docker/certificates.ts";
import { isCertificateGood, isPair, lastDayOf } from "../../../src/docker/keyed-certificate.ts";

const authority = await createAuthority("swarmlab demo");
const alternatives = { names: ["node1", "localhost"], addresses: ["192.0.2.18", "127.0.0.1"] };
const server = await issueCertificate(authority, { purpose: "server", name: "node1", alternatives });
const dayMs = 86_400_000;
const nowMs = Date.now();

describe("createAuthority", () => {
  it("makes a key and a certificate that signs others, and only that", () => {
    const certificate = new X509Certificate(authority.certificate);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe("CN=swarmlab demo");
    expect(isPair(authority)).toBe(true);
    expect(isCertificateGood(authority.certificate, { authority: authority.certificate, nowMs })).toBe(true);
  });
});

describe("issueCertificate", () => {
  it("makes a server's certificate with its names and addresses", () => {
    const certificate = new X509Certificate(server.certificate);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.subjectAltName).toBe(
      "DNS:node1, DNS:localhost, IP Address:192.0.2.18, IP Address:127.0.0.1",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(isPair(server)).toBe(true);
  });

  it("makes a client's certificate, which is no server's", async () => {
    const none = { names: [], addresses: [] };
    const client = await issueCertificate(authority, { purpose: "client", name: "c", alternatives: none });
    const { keyUsage, subjectAltName } = new X509Certificate(client.certificate);
    expect([keyUsage, subjectAltName]).toEqual([["1.3.6.1.5.5.7.3.2"], undefined]);
  });
});

describe("isCertificateGood", () => {
  const wanted = { authority: authority.certificate, nowMs, alternatives };

  it("accepts a certificate until 30 days before its end", () => {
    const good = (days: number) =>
      isCertificateGood(server.certificate, { ...wanted, nowMs: nowMs + days * dayMs });
    expect([-2, 0, 334, 336, 400].map(good)).toEqual([false, true, true, false, false]);
  });

  it("refuses one of another authority, one without a name or an address, and what is none", async () => {
    const other = await createAuthority("swarmlab demo");
    const name = { ...alternatives, names: ["node2"] };
    const address = { ...alternatives, addresses: ["192.0.2.19"] };
    expect(isCertificateGood(server.certificate, { ...wanted, authority: other.certificate })).toBe(false);
    expect(isCertificateGood(server.certificate, { ...wanted, alternatives: name })).toBe(false);
    expect(isCertificateGood(server.certificate, { ...wanted, alternatives: address })).toBe(false);
    expect(isCertificateGood(undefined, wanted)).toBe(false);
    expect(isCertificateGood("half a file", wanted)).toBe(false);
    expect(isCertificateGood(server.certificate, { ...wanted, authority: "" })).toBe(false);
  });
});

it("isPair refuses a key of another certificate, and what is no key", () => {
  expect(isPair({ ...server, key: authority.key })).toBe(false);
  expect(isPair({ ...server, key: "" })).toBe(false);
});

it("lastDayOf says the last day, and nothing for what is no certificate", () => {
  expect(lastDayOf(server.certificate)).toBe(new Date(nowMs + 365 * dayMs).toISOString().slice(0, 10));
  expect(lastDayOf("half a file")).toBeUndefined();
});
