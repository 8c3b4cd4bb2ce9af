import type { Duplex } from "node:stream";
import type { Client as SshClient, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";
import { onAbort } from "./abort.ts";
import { Client } from "./ssh2.ts";
import { fingerprintsOf, type AcceptedHostKeys } from "./ssh-host-key.ts";
import { authenticationOf, type SshIdentity } from "./ssh-identity.ts";
import { fingerprintOfBlob } from "./ssh-keys.ts";

export interface SshLogin extends SshIdentity {
  readonly machine: string;
  readonly address: string;
  readonly user: string;
  readonly hostKey: AcceptedHostKeys;
  /** Three of these in a row without an answer, and the connection counts as lost. Default 10 000. */
  readonly keepaliveMs?: number;
}

/** The machine speaks SSH and does not let us in. `booting`: it says itself that this will pass. */
export class AccessDenied extends Error {
  readonly booting: boolean;

  constructor(message: string, booting: boolean) {
    super(message);
    this.booting = booting;
  }
}

/** The machine has shown a host key that is not accepted, or none of the kind it was asked for: then there is no fingerprint. */
export class OtherHostKey extends Error {
  readonly shown: string | undefined;

  constructor(shown: string | undefined, cause: Error) {
    super("another host key", { cause });
    this.shown = shown;
  }
}

const handshakeTimeoutMs = 15_000;

/** A login over one socket. `offer`: signature algorithms of the host keys that are asked for. */
export interface Handshake extends SshLogin {
  readonly offer: readonly ServerHostKeyAlgorithm[];
}

/**
 * Logs in over a connected socket. Rejects with `OtherHostKey`, `AccessDenied`, or whatever error ended the
 * connection, a destroyed one after an abort; the socket is then destroyed.
 */
export function sshHandshake(login: Handshake, socket: Duplex, signal: AbortSignal): Promise<SshClient> {
  const client = new Client();
  return new Promise<SshClient>((resolve, reject) => {
    let notice = "";
    let presented: string | undefined;
    const stop = onAbort(signal, () => void socket.destroy());
    const giveUp = (error: Error): void => {
      stop();
      socket.destroy();
      reject(error);
    };
    const config = connectConfig(login, (key) => {
      presented = fingerprintOfBlob(key);
      return fingerprintsOf(login.hostKey).includes(presented);
    });
    client.on("banner", (text) => (notice = text.trim()));
    client.on("error", (error) => giveUp(explain(error, { login, notice, presented })));
    client.once("close", () => giveUp(new Error(notice || "connection closed during the SSH handshake")));
    client.once("ready", () => {
      stop();
      resolve(client);
    });
    client.connect({ ...config, sock: socket });
  });
}

/** AES-GCM runs in OpenSSL and measures faster than ChaCha20 here; compression costs more than these networks gain. */
function connectConfig(login: Handshake, hostVerifier: (key: Buffer) => boolean): ConnectConfig {
  return {
    username: login.user,
    ...authenticationOf(login),
    readyTimeout: handshakeTimeoutMs,
    keepaliveInterval: login.keepaliveMs ?? 10_000,
    keepaliveCountMax: 3,
    hostVerifier,
    // A server that does not know OpenSSH's connections to sockets says so itself.
    strictVendor: false,
    algorithms: {
      kex: ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
      cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"],
      compress: ["none"],
      serverHostKey: [...login.offer],
    },
  };
}

interface Circumstances {
  readonly login: SshLogin;
  readonly notice: string;
  /** Fingerprint of the key that the machine showed, if it came that far. */
  readonly presented: string | undefined;
}

function explain(
  error: Error & { readonly level?: string },
  { login, notice, presented }: Circumstances,
): Error {
  const otherKey = presented !== undefined && !fingerprintsOf(login.hostKey).includes(presented);
  const noSuchKey = error.message.includes("no matching host key format");
  if (otherKey || noSuchKey) return new OtherHostKey(presented, error);
  if (error.level === "agent") return new AccessDenied(`the SSH agent: ${error.message}`, false);
  if (error.level !== "client-authentication") return error;
  const what = login.agentSocket === undefined ? "this key" : "the keys of the SSH agent";
  return new AccessDenied(notice || `${login.user} is not let in with ${what}`, /boot|nologin/i.test(notice));
}
