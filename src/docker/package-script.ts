import type { Failure } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { parseSections, shellPrelude } from "./shell-sections.ts";

/** For others on the machine that install packages: cloud-init, unattended-upgrades. */
const patienceMs = 300_000;
const timeoutMs = 1_200_000;

/**
 * Shell functions for scripts that install packages; they read `$root`, empty on a machine. `begin SECONDS` comes first: so long others that install are
 * waited for. `finish OUTCOME [TEXT]` ends the script with what `runPackageScript` returns.
 */
export const packagePrelude = `${shellPrelude}
step() { echo "step $1"; }
finish() {
  printf '%s' "$2" | section said
  tail -n 20 "$log" | section log
  echo "$1" | section outcome
  exit
}

# Runs a command with its output in the log; again for as long as others hold the packages.
attempt() {
  step "$1"
  waits=
  shift
  until "$@" >"$log" 2>&1 </dev/null; do
    if ! grep -Eq 'Could not get lock|Unable to acquire the dpkg|Unable to lock|locked by another process' "$log"; then
      return 1
    fi
    if [ "$(date +%s)" -ge "$give_up_at" ]; then finish locked "$(grep -Ei 'lock' "$log" | head -n 1)"; fi
    if [ -z "$waits" ]; then step "waiting until others on the machine have installed their packages"; waits=1; fi
    sleep 1
  done
}

# Debian starts what it installs; nothing shall run before it is configured. The file ends itself where this script was killed.
hold_services() {
  policy=$root/usr/sbin/policy-rc.d
  if [ -e "$policy" ] && ! grep -q '^# swarmlab:' "$policy"; then policy=; return; fi
  mkdir -p "$root/usr/sbin"
  started=$(cut -d' ' -f22 "/proc/$$/stat")
  cat >"$policy.swarmlab-new" <<END
#!/bin/sh
# swarmlab: services wait until what is being installed is configured
if [ "\\$(cut -d' ' -f22 /proc/$$/stat 2>/dev/null)" = "$started" ]; then exit 101; fi
rm -f "\\$0"
END
  chmod 755 "$policy.swarmlab-new" && mv -f "$policy.swarmlab-new" "$policy"
}
release_services() {
  if [ -n "$policy" ]; then rm -f "$policy"; fi
}

apt_get() { apt-get -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"; }
# Where packages are not even unpacked it fails, and apt-get completes the rest.
apt_complete() {
  attempt "completing what was interrupted" dpkg --force-confdef --force-confold --configure -a
}
apt_update() { attempt "reading the package sources" apt_get update || finish failed "apt-get update"; }
apt_install() {
  attempt "installing $*" apt_get install --fix-broken --no-install-recommends \\
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" || finish failed "apt-get install $*"
}

begin() {
  policy=
  log=$root/var/log/swarmlab-install.log
  give_up_at=$(($(date +%s) + $1))
  # From here to the end it must not be cut short by a lost connection.
  trap '' HUP PIPE
  trap release_services EXIT
  trap 'exit 143' INT TERM
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C
  umask 022
  mkdir -p "$root/var/log" "$root/var/lib" && : >"$log" || exit
}
`;

/**
 * Runs a script with the functions of `packagePrelude` as root; its $1 is the seconds for `begin`. Returns what it printed, for `readPackageOutcome`.
 * Once begun the script goes on without the connection.
 */
export async function runPackageScript(its: {
  readonly remote: Remote;
  readonly script: string;
  /** $2 and so on. */
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  /** Hears each step of the script, after `about`. */
  readonly report: (text: string) => void;
  readonly about: string;
}): Promise<string> {
  const { remote, script, args, signal, report, about } = its;
  const output = new ScriptOutput((step) => report(`${about}: ${step}`));
  await remote.run({
    argv: ["sh", "-s", "--", String(patienceMs / 1000), ...args],
    stdin: script,
    sudo: true,
    timeoutMs,
    signal,
    onOutput: (source, text) => {
      if (source === "stdout") output.push(text);
    },
  });
  return output.text;
}

/** Reports `step …` lines as they come, and keeps all for the sections at the end. */
class ScriptOutput {
  readonly #report: (step: string) => void;
  #text = "";
  #reported = 0;

  constructor(report: (step: string) => void) {
    this.#report = report;
  }

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    this.#text += text;
    const whole = this.#text.lastIndexOf("\n") + 1;
    const steps = this.#text.slice(this.#reported, whole).matchAll(/^step (?<step>.*)$/gm);
    for (const { groups } of steps) this.#report(groups?.["step"] ?? "");
    this.#reported = Math.max(whole, this.#reported);
  }
}

/** How a script ended: `finish`'s own words, and the end of the package manager's output. */
export interface PackageOutcome {
  readonly outcome: string | undefined;
  readonly said: string;
  readonly log: string;
}

/** Reads what `runPackageScript` returned. */
export function readPackageOutcome(stdout: string): PackageOutcome {
  const sections = parseSections(stdout);
  return {
    outcome: sections.get("outcome")?.trim(),
    said: sections.get("said") ?? "",
    log: sections.get("log") ?? "",
  };
}

/** The failure for the outcome `locked`. */
export function packagesLocked(machine: string, said: string): Failure {
  const hint = `See what installs packages there: swarmlab ssh ${machine} -- ps ax. It said: ${said}`;
  return {
    kind: "timeout",
    waitedFor: `others on ${machine} to finish with its packages`,
    afterMs: patienceMs,
    hint,
  };
}

/** Errors and warnings of the package manager, else its last lines. */
export function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const marked = lines.filter((line) => /^(?:[EW]:|Error|error|curl:|dpkg: error)/.test(line));
  return (marked.length > 0 ? marked : lines).slice(-3).join(" ");
}
