import { X509Certificate } from "node:crypto";
import { endMsOf } from "./keyed-certificate.ts";
import { parseSections, shellPrelude } from "./shell-sections.ts";
import { serverPath } from "./tcp-access.ts";

/** What is compared between the machines of a cluster. */
export interface MachineFacts {
  readonly hostName: string;
  /** The machine's clock when it answered. */
  readonly clockMs: number;
  /** Largest packet, in bytes, of the link that has the machine's address; undefined: no link has it. */
  readonly mtu?: number;
  readonly hasIpVs: boolean;
  /** Space that is left for images, containers and volumes; undefined: the machine does not tell. */
  readonly freeBytes?: number;
  /** Addresses on which dockerd's API can be reached by TCP: `192.168.56.17:2376`, `*:2375`. */
  readonly apiListeners: readonly string[];
  /** When the certificate ends with which the machine is in the swarm; undefined: it is in none. `unreadable`: the file holds no certificate. */
  readonly nodeCertificateEndMs?: number | "unreadable";
  /** When the certificate ends that its Docker API shows to clients; undefined: it has none that can be read. */
  readonly apiCertificateEndMs?: number;
}

/** Looks at everything in one go. Run as root by `sh -s`; $1: the address that the machine should have. */
export const machineFactsScript = `${shellPrelude}
root=
complete_path
hostname | section hostname
date +%s%3N | section clock
ip -o -4 address show | awk -v address="$1" '{ split($4, a, "/"); if (a[1] == address) print $2 }' | while read -r link; do
  cat "/sys/class/net/\${link%%@*}/mtu"
done | section mtu
# Docker loads it as well.
if [ -e /proc/net/ip_vs ] || { modprobe --quiet ip_vs && [ -e /proc/net/ip_vs ]; }; then echo yes | section ipvs; fi
df --output=avail --block-size=1 /var/lib/docker 2>/dev/null | tail -n 1 | section free
ss -Hltn 2>/dev/null | awk '{ print $4 }' | grep -E ':237[56]$' | section api
if [ -e /var/lib/docker/swarm/certificates/swarm-node.crt ]; then
  section certificate </var/lib/docker/swarm/certificates/swarm-node.crt
fi
# Its key stays there.
if [ -e ${serverPath} ]; then
  sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' ${serverPath} | section server
fi
`;

/** Reads what the script printed; `undefined` where it did not run at all. */
export function parseMachineFacts(stdout: string): MachineFacts | undefined {
  const sections = parseSections(stdout);
  const text = (name: string): string => sections.get(name)?.trim() ?? "";
  const [clockMs, mtu, freeBytes] = ["clock", "mtu", "free"].map((name) => firstNumber(text(name)));
  if (clockMs === undefined) return undefined;
  const certificate = sections.get("certificate");
  const apiCertificateEndMs = endMsOf(sections.get("server"));
  return {
    hostName: text("hostname"),
    clockMs,
    hasIpVs: sections.has("ipvs"),
    ...(freeBytes !== undefined && { freeBytes }),
    apiListeners: text("api").split("\n").filter(Boolean),
    ...(mtu !== undefined && { mtu }),
    ...(certificate !== undefined && { nodeCertificateEndMs: endOf(certificate) }),
    ...(apiCertificateEndMs !== undefined && { apiCertificateEndMs }),
  };
}

/** The first line, where it is a whole number. */
function firstNumber(text: string): number | undefined {
  const digits = /^\d{1,15}$/.exec(text.split("\n")[0] ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** The first certificate of the chain is the machine's own. */
function endOf(pem: string): number | "unreadable" {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    // Cut short by a full disk, for example.
    return "unreadable";
  }
}
