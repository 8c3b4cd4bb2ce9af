import type { HostSpec } from "../../cluster/cluster.ts";
import { parseJump } from "../../cluster/jump.ts";
import { fingerprintOf } from "../../remote/ssh-keys.ts";
import { scanHostKey } from "../../remote/scan-host-key.ts";
import { dialThrough } from "../../remote/dial-through.ts";
import type { Login } from "../provider.ts";
import {
  acceptedKeys,
  type ConnectHostOptions,
  connectJump,
  keyFileOf,
  otherHostKey,
} from "./connect-host.ts";

/** How other SSH clients reach a machine. @throws FailureError as `connectHost`: the key that it shows must be an accepted one */
export async function hostLogin(options: ConnectHostOptions & { readonly cluster: string }): Promise<Login> {
  const { host, specs, name, cluster } = options;
  const spec = specs.get(name);
  if (spec === undefined) throw new Error(`no host ${name}`);
  const { address, port, user = host.user, jump } = spec;
  const identityFile = await keyFileOf(host, spec);
  const through = jump === undefined ? undefined : parseJump(jump);
  const jumpText = through?.kind === "host" ? `${cluster}-${through.name}` : jump;
  return {
    address,
    port,
    user,
    ...(identityFile !== undefined && { identityFile }),
    ...(jumpText !== undefined && { jump: jumpText }),
    hostKey:
      spec.fingerprint === undefined ? await acceptedKeys(host, name, spec) : await shownKey(options, spec),
  };
}

/** Other clients know no fingerprints: they need the key itself. */
async function shownKey(options: ConnectHostOptions, spec: HostSpec): Promise<string> {
  const { host, name, timeoutMs, signal } = options;
  const { address, port, fingerprint = "", jump } = spec;
  const target = { address, port };
  await using carrier = jump === undefined ? undefined : await connectJump(options, jump);
  const dial = carrier && { dial: dialThrough(carrier.remote, target) };
  const key = await scanHostKey({ machine: name, ...target, timeoutMs, signal, clock: host.clock, ...dial });
  const actual = fingerprintOf(key);
  if (actual === fingerprint) return key;
  throw otherHostKey({ machine: name, address, expected: fingerprint, actual }, port);
}
