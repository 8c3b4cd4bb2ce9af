import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { utils } from "./ssh2.ts";

export interface SshKeyPair {
  /** OpenSSH private key file, not encrypted. */
  readonly privateKey: string;
  /** One line: `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
}

/**
 * A new ed25519 key pair, for a person or for a machine's host key. Encoded here, because about one private key
 * in 300 from ssh2's own generator is malformed.
 * Format: https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.key
 */
export function generateSshKeyPair(comment: string): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  });
  // Both end with the 32 bytes that count (RFC 8410).
  const [publicPart, seed] = [publicKey.subarray(-32), privateKey.subarray(-32)];
  const publicBlob = Buffer.concat([sshString("ssh-ed25519"), sshString(publicPart)]);
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(sshString),
    uint32(1),
    sshString(publicBlob),
    sshString(privateSection(publicBlob, Buffer.concat([seed, publicPart]), comment)),
  ]);
  return {
    privateKey: pem(file),
    publicKey: `ssh-ed25519 ${publicBlob.toString("base64")} ${comment}`.trim(),
  };
}

function privateSection(publicBlob: Buffer, secret: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const parts = [check, check, publicBlob, sshString(secret), sshString(comment)];
  const unpadded = Buffer.concat(parts);
  const padding = Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, index) => index + 1);
  return Buffer.concat([unpadded, Buffer.from(padding)]);
}

function sshString(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function pem(file: Buffer): string {
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

/** `SHA256:…` of a public key line, as `ssh-keygen -l` prints it. */
export const fingerprintOf = (publicKeyLine: string): string =>
  fingerprintOfBlob(parsePublicKey(publicKeyLine).blob);

/** `SHA256:…` of a public key as it goes over the wire. */
export function fingerprintOfBlob(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** A public key line of a public key as it goes over the wire. */
export function hostKeyLine(blob: Buffer): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1");
  return `${type} ${blob.toString("base64")}`;
}

/** Algorithm name and wire form of a public key line. */
export function parsePublicKey(line: string): { readonly type: string; readonly blob: Buffer } {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  return { type, blob: Buffer.from(base64, "base64") };
}

/** The public key line, without a comment, that belongs to a private key. The key can be used: see `privateKeyProblem`. */
export function publicKeyOf(privateKey: string): string {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

/** Why this private key cannot be used (not a key, encrypted); `undefined`: it can. */
export function privateKeyProblem(privateKey: string): string | undefined {
  const parsed = utils.parseKey(privateKey);
  return parsed instanceof Error ? parsed.message : undefined;
}
