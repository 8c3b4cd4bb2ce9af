import type { ServerHostKeyAlgorithm } from "ssh2";
import { fingerprintOf, parsePublicKey } from "./ssh-keys.ts";

/** The host keys that are accepted: one or several, each a public key line, or a fingerprint as `ssh-keygen -l` prints it (`SHA256:…`). */
export type AcceptedHostKeys = string | readonly string[];

/** Signature algorithms for each type of host key, the preferred first. */
export const hostKeyAlgorithms: Readonly<Record<string, ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** The fingerprints of accepted keys. */
export const fingerprintsOf = (hostKeys: AcceptedHostKeys): readonly string[] =>
  [hostKeys].flat().map((key) => (isFingerprint(key) ? key : fingerprintOf(key)));

/**
 * What to ask the machine for: signature algorithms, one connection after another. It shows one key to a connection,
 * so that for a fingerprint, which does not tell its type, each type has to be asked for by itself.
 */
export function hostKeyOffers(hostKeys: AcceptedHostKeys): readonly (readonly ServerHostKeyAlgorithm[])[] {
  const accepted = [hostKeys].flat();
  if (accepted.some(isFingerprint)) return Object.values(hostKeyAlgorithms);
  return [accepted.flatMap((line) => hostKeyAlgorithms[parsePublicKey(line).type] ?? [])];
}

const isFingerprint = (key: string): boolean => key.startsWith("SHA256:");
