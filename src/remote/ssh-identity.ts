import type { ConnectConfig } from "ssh2";
import { privateKeyProblem } from "./ssh-keys.ts";

/** What a user logs in with: a private key, the keys of an ssh-agent, or the one and then the other. */
export interface SshIdentity {
  /** OpenSSH private key text. An encrypted one is left to the agent. */
  readonly privateKey?: string;
  /** Path of the agent's socket (`SSH_AUTH_SOCK`). */
  readonly agentSocket?: string;
}

/** Why nobody can log in with this, and what to do about it; `undefined`: it can be tried. */
export function identityProblem({
  privateKey,
  agentSocket,
}: SshIdentity): { readonly reason: string; readonly hint: string } | undefined {
  const problem = privateKey === undefined ? undefined : privateKeyProblem(privateKey);
  if (problem !== undefined && !isEncrypted(problem))
    return { reason: problem, hint: "Give a private key in OpenSSH's format, or load the key: ssh-add" };
  if (agentSocket !== undefined || (privateKey !== undefined && problem === undefined)) return undefined;
  const reason =
    problem === undefined
      ? "there is neither a private key nor an SSH agent (SSH_AUTH_SOCK)"
      : "the private key is protected by a passphrase, and there is no SSH agent (SSH_AUTH_SOCK) that has it";
  return { reason, hint: 'Load the key into an agent: eval "$(ssh-agent)" && ssh-add' };
}

/** The identity as ssh2 takes it. */
export function authenticationOf({ privateKey, agentSocket }: SshIdentity): ConnectConfig {
  const key = privateKey !== undefined && privateKeyProblem(privateKey) === undefined ? { privateKey } : {};
  const agent = agentSocket === undefined ? {} : { agent: agentSocket };
  // Without a list, ssh2 tries `none` first, which costs a round trip and a line in the machine's log.
  const authHandler = [
    ...("privateKey" in key ? ["publickey" as const] : []),
    ...("agent" in agent ? ["agent" as const] : []),
  ];
  return { ...key, ...agent, authHandler };
}

/** What ssh2 says of each format that can be encrypted. */
const isEncrypted = (problem: string): boolean => /^Encrypted .* no passphrase given/.test(problem);
