import {
  lastWords,
  type PackageOutcome,
  packagePrelude,
  packagesLocked,
  readPackageOutcome,
  runPackageScript,
} from "../docker/package-script.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { labPrograms } from "./lab-programs.ts";

/**
 * Installs the programs of `labPrograms` that a machine lacks, from the package sources that it has; no service of theirs is started. Returns the packages.
 * @throws FailureError `prerequisite` where that cannot be done; `timeout`, `unreachable`
 */
export async function ensurePrograms(its: {
  readonly remote: Remote;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}): Promise<readonly string[]> {
  const { remote, signal, report } = its;
  const wanted = Object.entries(labPrograms).map(([program, from]) => `${program}=${from}`);
  const args = [wanted.join(" ")];
  const stdout = await runPackageScript({ remote, script, args, signal, report, about: "labs" });
  const { outcome, said, log } = readPackageOutcome(stdout);
  const packages = said.split(" ").filter(Boolean);
  if (outcome === "installed") return packages;
  throw new FailureError(explain({ machine: remote.machine, outcome, said, log }));
}

/** $2: `PROGRAM=PACKAGE …`; $3: the root directory, left out on a machine. */
const script = `${packagePrelude}
main() {
  root=$3 missing=
  complete_path
  for each in $2; do
    if ! command -v "\${each%%=*}" >/dev/null; then missing="$missing \${each#*=}"; fi
  done
  if [ -z "$missing" ]; then log=/dev/null; finish installed; fi
  begin "$1"
  if ! command -v apt-get >/dev/null; then finish unknown "$missing"; fi
  hold_services
  apt_complete
  apt_update
  apt_install $missing
  # It would take port 80 of the machine the next time that this boots.
  case $missing in
    *nginx*) update-rc.d nginx disable >"$log" 2>&1 || finish failed "update-rc.d nginx disable" ;;
  esac
  finish installed "$missing"
}
main "$@"
`;

function explain({ machine, outcome, said, log }: PackageOutcome & { readonly machine: string }): Failure {
  if (outcome === "locked") return packagesLocked(machine, said);
  if (outcome === "unknown") {
    return problem({
      machine,
      what: "labs need programs that this machine lacks, and it has no apt-get to install them",
      why: `They are what Debian has in the packages${said}`,
      remedy:
        "Install them on all machines: swarmlab exec -- sudo …, or take a box with Debian or Ubuntu: box in swarmlab.yaml",
    });
  }
  return problem({
    machine,
    what: `what labs need could not be installed: ${said || "the installation"} failed`,
    why: lastWords(log),
    remedy:
      "See that all machines reach their package sources: swarmlab exec -- sudo apt-get update. Then begin the lab again, it installs the rest.",
  });
}

function problem(its: { machine: string; what: string; why: string; remedy: string }): Failure {
  const { machine: where, what, why, remedy } = its;
  return { kind: "prerequisite", problems: [{ severity: "error", where, what, why, remedy }] };
}
