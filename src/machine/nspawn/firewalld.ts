import { writeFile } from "node:fs/promises";
import { hasCode } from "../../system/files.ts";
import type { ProcessCommand, ProcessRunner } from "../../system/process-runner.ts";

/** The built-in zone that everything may leave to everywhere. What else lets frames pass within a bridge depends on firewalld's version and settings (firewalld#1236). */
const passing = "trusted";

/** The zone that the bridge is in, empty for none of its own; undefined: firewalld does not run. */
export async function findZone(processes: ProcessRunner, bridge: string): Promise<string | undefined> {
  if ((await processes.which("firewall-cmd")) === undefined) return undefined;
  const { exitCode, stdout } = await processes.tryRun(zoneCall("getZoneOfInterface", bridge));
  return exitCode === 0 ? /^s "(.*)"/.exec(stdout)?.[1] : undefined;
}

/**
 * Puts the bridge into a zone that lets pass what machines send to each other and outside, until firewalld reads its configuration again. An ACCEPT of
 * iptables is not enough: each of the two has a word in it. The host itself is open from there then, so close it before.
 */
export async function enterPassingZone(
  processes: ProcessRunner,
  bridge: string,
  zone: string,
): Promise<void> {
  if (zone === passing) return;
  // A cluster needs no IPv6, and the host's rules against its machines are for IPv4.
  await writeFile(`/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`, "1").catch(unlessWithoutIpv6);
  await processes.run(zoneCall("changeZoneOfInterface", passing, bridge));
}

/** Takes the bridge out of the zone that it is in. */
export async function leaveZone(processes: ProcessRunner, bridge: string, zone: string): Promise<void> {
  await processes.run(zoneCall("removeInterface", zone, bridge));
}

/** As in firewalld.dbus(5): firewall-cmd asks the same, and takes a quarter of a second to start. */
function zoneCall(method: string, ...its: readonly string[]): ProcessCommand {
  const service = ["org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1"];
  const signature = "s".repeat(its.length);
  return {
    argv: [
      ...(["busctl", "call", "--auto-start=no", ...service] as const),
      ...["org.fedoraproject.FirewallD1.zone", method, signature, ...its],
    ],
  };
}

function unlessWithoutIpv6(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
