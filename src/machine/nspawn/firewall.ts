import type { ProcessRunner } from "../../system/process-runner.ts";
import { enterPassingZone, findZone } from "./firewalld.ts";
import type { ClusterLayout } from "./layout.ts";

/** The rules of this cluster that are there, as `TABLE RULE` in the form of `iptables-save`. */
export async function findRules(processes: ProcessRunner, comment: string): Promise<readonly string[]> {
  if ((await processes.which("iptables-save")) === undefined) return [];
  const { stdout } = await processes.run({ argv: ["iptables-save"] });
  return rulesWithComment(stdout, comment);
}

/** Reads `iptables-save`: the rules with exactly this comment. */
export function rulesWithComment(saved: string, comment: string): readonly string[] {
  const own = new RegExp(`--comment "?${comment}"?( |$)`);
  let table = "";
  return saved.split("\n").flatMap((line) => {
    if (line.startsWith("*")) table = line.slice(1);
    return line.startsWith("-A ") && own.test(line) ? [`${table} ${line}`] : [];
  });
}

/**
 * Lets machines reach the outside with the host's address, and nobody reach them from there: neither other clusters, whose links begin with
 * `sl` too, nor computers that send to the machines' addresses through this host, which forwards. Where firewalld runs it is told to let that pass.
 */
export async function ensureRules(
  processes: ProcessRunner,
  { bridge, ruleComment }: ClusterLayout,
  subnet: string,
): Promise<void> {
  const [zone, there] = await Promise.all([findZone(processes, bridge), findRules(processes, ruleComment)]);
  const tag = `-m comment --comment ${ruleComment}`;
  const forwarding = [
    `nat -A POSTROUTING -s ${subnet} ! -d ${subnet} ${tag} -j MASQUERADE`,
    // Inserted at the top one after the other: the last is asked first.
    `filter -I FORWARD -o ${bridge} ${tag} -j DROP`,
    `filter -I FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED ${tag} -j ACCEPT`,
    // Frames from one machine to another come here where br_netfilter is loaded.
    `filter -I FORWARD -i ${bridge} -o ${bridge} ${tag} -j ACCEPT`,
    `filter -I FORWARD -i ${bridge} ! -o sl+ ${tag} -j ACCEPT`,
  ];
  const closing = `filter -I INPUT -i ${bridge} ! -p icmp -m conntrack ! --ctstate RELATED,ESTABLISHED ${tag} -j REJECT`;
  const isClosed = there.some((rule) => rule.startsWith("filter -A INPUT "));
  await restore(processes, [
    ...(there.length > 0 ? [] : forwarding),
    ...(zone === undefined || isClosed ? [] : [closing]),
  ]);
  if (zone !== undefined) await enterPassingZone(processes, bridge, zone);
}

export async function removeRules(processes: ProcessRunner, rules: readonly string[]): Promise<void> {
  await restore(
    processes,
    rules.map((rule) => rule.replace(" -A ", " -D ")),
  );
}

/** All or none: iptables-restore commits a table as a whole. */
async function restore(processes: ProcessRunner, rules: readonly string[]): Promise<void> {
  if (rules.length === 0) return;
  const text = ["nat", "filter"].map((table) => {
    const own = rules.filter((rule) => rule.startsWith(`${table} `));
    return [`*${table}`, ...own.map((rule) => rule.slice(table.length + 1)), "COMMIT", ""].join("\n");
  });
  await processes.run({ argv: ["iptables-restore", "--noflush", "--wait"], stdin: text.join("") });
}
