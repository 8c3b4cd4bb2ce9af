import { deedPrelude, type Deed } from "./deed.ts";
import type { Fault } from "./fault.ts";

/** What a fault of the links needs to know of the cluster. */
export interface LinkFacts {
  /** IPv4 address by machine; of all machines. */
  readonly addresses: ReadonlyMap<string, string>;
  /** TCP ports that stay open between machines, because one of them may be the way to another. */
  readonly openPorts: readonly number[];
}

/** How one of the fault's machines is broken where its links are. */
export function linkDeed(
  fault: Fault,
  its: { readonly id: string; readonly machine: string; readonly facts: LinkFacts },
): Deed {
  if (fault.kind === "slow") return slowDeed(fault, peersOf(its.machine, its.facts));
  const chain = `SWARMLAB-${its.id}`;
  const rules = rulesOf(fault, its.machine, its.facts).map((rule) => `-A ${chain} ${rule}`);
  return {
    inject: { script: dropScript, args: [chain, rules.join("\n")] },
    heal: { script: undropScript, args: [chain] },
  };
}

function rulesOf(fault: Fault, machine: string, facts: LinkFacts): readonly string[] {
  if (fault.kind === "block") {
    const drops = fault.protocols.map((protocol) => `-p ${protocol} --dport ${fault.port} -j DROP`);
    return ["-i lo -j RETURN", "-o lo -j RETURN", ...drops];
  }
  const open = facts.openPorts.flatMap((port) =>
    ["--dport", "--sport"].map((end) => `-p tcp ${end} ${port} -j RETURN`),
  );
  const cut = strangersOf(fault, machine, facts);
  return [...open, ...cut.flatMap((address) => [`-s ${address} -j DROP`, `-d ${address} -j DROP`])];
}

/** Addresses of the machines that this one shall not reach. */
function strangersOf(fault: Fault, machine: string, facts: LinkFacts): readonly string[] {
  if (fault.kind !== "partition") return peersOf(machine, facts);
  const others = fault.groups.filter((group) => !group.includes(machine)).flat();
  return others.flatMap((name) => facts.addresses.get(name) ?? []);
}

function peersOf(machine: string, { addresses }: LinkFacts): readonly string[] {
  return [...addresses].flatMap(([name, address]) => (name === machine ? [] : [address]));
}

/**
 * $1: chain; $2: its rules. In the table `raw`, where ports are still those that packets were sent to, and where what containers send and
 * what is forwarded to them passes too. All rules come at once or not at all.
 */
const dropScript = `root=\${3:-}${deedPrelude}
said=$(iptables --wait -t raw -S 2>&1 >/dev/null) || refuse "iptables has no table raw here ($said)"
printf '*raw\\n:%s - [0:0]\\n%s\\n-I PREROUTING 1 -j %s\\n-I OUTPUT 1 -j %s\\nCOMMIT\\n' "$1" "$2" "$1" "$1" |
  iptables-restore --noflush --wait
`;

/** $1: chain. Where the table cannot even be listed, nothing has come into it. */
const undropScript = `root=\${2:-}${deedPrelude}
raw() { iptables --wait -t raw "$@"; }
if ! raw -S >/dev/null 2>&1; then exit 0; fi
for hook in PREROUTING OUTPUT; do
  while raw -C "$hook" -j "$1" 2>/dev/null; do raw -D "$hook" -j "$1" || exit; done
done
if raw -n -L "$1" >/dev/null 2>&1; then raw -F "$1" && raw -X "$1" || exit; fi
rules=$(raw -S) || exit
case $rules in *"$1"*) echo "iptables keeps $1" >&2; exit 1 ;; esac
`;

function slowDeed(
  { delayMs, rateKbit }: Extract<Fault, { readonly kind: "slow" }>,
  peers: readonly string[],
): Deed {
  return {
    inject: {
      script: slowScript,
      args: [String(delayMs ?? ""), String(rateKbit ?? ""), peers.join(" ")],
    },
    heal: { script: unslowScript, args: [] },
  };
}

/** Marks what is ours among the queueing disciplines of a link. */
const handle = "51ab:";

/**
 * $1: delay in ms, or empty; $2: rate in kbit, or empty; $3: addresses of the other machines. All that goes elsewhere, such as answers to the
 * computer that will heal this, passes by the class. Delays need a class with a rate, which is then more than any link has.
 */
const slowScript = `root=\${4:-}${deedPrelude}
command -v tc >/dev/null || refuse "tc (iproute2) is not installed"
slow_down() {
  said=$(tc qdisc add dev "$1" root handle ${handle} htb 2>&1) ||
    refuse "tc cannot take over $1: the kernel lacks HTB (sch_htb), or the link has traffic control of its own ($said)"
  if [ -n "$rate" ]; then limit="rate \${rate}kbit"; else limit="rate 10gbit burst 4mb cburst 4mb quantum 60000"; fi
  tc class add dev "$1" parent ${handle} classid ${handle}1 htb $limit || exit
  if [ -z "$delay" ]; then return; fi
  said=$(tc qdisc add dev "$1" parent ${handle}1 netem delay "\${delay}ms" 2>&1) ||
    refuse "the kernel cannot delay packets: it lacks netem (sch_netem); --rate does not need it ($said)"
}
delay=$1 rate=$2
slowed=
for peer in $3; do
  device=$(ip -4 -o route get "$peer" | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')
  if [ -z "$device" ]; then echo "no link leads to $peer" >&2; exit 1; fi
  case " $slowed " in *" $device "*) ;; *) slow_down "$device"; slowed="$slowed $device" ;; esac
  tc filter add dev "$device" parent ${handle} protocol ip u32 match ip dst "$peer/32" flowid ${handle}1 || exit
done
`;

const unslowScript = `root=\${1:-}${deedPrelude}
ours() { tc qdisc show | sed -n 's/^qdisc htb ${handle} dev \\([^ ]*\\) root.*/\\1/p'; }
if ! command -v tc >/dev/null; then exit 0; fi
for device in $(ours); do tc qdisc del dev "$device" root || exit; done
if [ -n "$(ours)" ]; then echo "tc keeps ${handle}" >&2; exit 1; fi
`;
