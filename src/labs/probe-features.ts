import type { Remote } from "../remote/remote.ts";
import type { Feature } from "./check-kind.ts";

/** Exit code 0 where the machine has it; each looks only, at most loading a module that Docker would load as well. */
const probes: Readonly<Record<Feature, string>> = {
  ip_vs: "test -e /proc/net/ip_vs || { modprobe ip_vs && test -e /proc/net/ip_vs; }",
  // An association between two addresses that are nobody's, made and removed.
  esp: `set -- src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x5a1ab
ip xfrm state add "$@" mode transport enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff && ip xfrm state delete "$@"`,
  internet: "getent ahosts example.com",
};

/** Whether a machine has a feature. */
export async function hasFeature(remote: Remote, feature: Feature): Promise<boolean> {
  const { exitCode } = await remote.tryRun({
    argv: ["sh", "-c", probes[feature]],
    sudo: true,
    timeoutMs: 15_000,
  });
  return exitCode === 0;
}
