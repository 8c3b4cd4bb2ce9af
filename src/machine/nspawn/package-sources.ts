import type { DockerSpec } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";

/** Where a box's packages come from. */
export interface PackageSources {
  /** `bookworm`, `noble`. */
  readonly suite: string;
  /** In the form of sources.list; empty: mmdebstrap's own choice for the suite. */
  readonly lines: readonly string[];
  /** Packages of the engine. */
  readonly engine: readonly string[];
}

interface IndexTarget {
  readonly uri: string;
  readonly release: string;
  readonly component: string;
  readonly signedBy: string;
  readonly origin: string;
}

const fields = ["$(REPO_URI)", "$(RELEASE)", "$(COMPONENT)", "$(SIGNED_BY)", "$(ORIGIN)"];
const distributions = new Set(["Debian", "Ubuntu"]);
/** What a host that is neither Debian nor Ubuntu builds its box from. */
const fallbackSuite = "stable";

/** The distribution's and, where asked for, Docker's own package sources as this host has them configured. */
export async function findPackageSources(
  processes: ProcessRunner,
  docker: DockerSpec,
): Promise<PackageSources> {
  const targets = await readIndexTargets(processes);
  const own = targets.filter(({ origin }) => distributions.has(origin));
  const dockers = docker.channel === "docker" ? targets.filter(({ origin }) => origin === "Docker") : [];
  if (docker.channel === "docker" && dockers.length === 0) throw noDockerSource();
  const suites = own.map(({ release }) => release).filter((release) => !release.includes("-"));
  return {
    suite: suites[0] ?? fallbackSuite,
    lines: [...own, ...dockers].map(sourceLine),
    engine: enginePackages(docker),
  };
}

/** Reads `apt-get indextargets` in the format of `fields`, tab-separated. */
export function parseIndexTargets(output: string): readonly IndexTarget[] {
  const rows = output
    .split("\n")
    .map((line) => line.split("\t").map((field) => (field.startsWith("$(") ? "" : field)));
  return rows.flatMap(([uri = "", release = "", component = "", signedBy = "", origin = ""]) =>
    uri === "" ? [] : [{ uri, release, component, signedBy, origin }],
  );
}

async function readIndexTargets(processes: ProcessRunner): Promise<readonly IndexTarget[]> {
  if ((await processes.which("apt-get")) === undefined) return [];
  const format = fields.join("\t");
  const { stdout } = await processes.run({
    argv: ["apt-get", "indextargets", "--format", format, "Created-By: Packages"],
  });
  return parseIndexTargets(stdout);
}

function sourceLine({ uri, release, component, signedBy }: IndexTarget): string {
  const options = signedBy === "" ? "" : `[signed-by=${signedBy}] `;
  return `deb ${options}${uri} ${release} ${component}`;
}

/** apt understands `package=20.10*`; Docker's own packages carry an epoch before the version. */
function enginePackages({ channel, version }: DockerSpec): readonly string[] {
  if (channel === "distribution") return [version === undefined ? "docker.io" : `docker.io=${version}*`];
  const pinned = (name: string) => (version === undefined ? name : `${name}=5:${version}*`);
  return [pinned("docker-ce"), pinned("docker-ce-cli"), "containerd.io"];
}

function noDockerSource(): FailureError {
  return new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: "docker.channel is docker, and this host has no package source of Docker's own",
        why: "The box is built from the package sources that this host has configured.",
        remedy:
          "Add Docker's apt repository as its installation guide says and run apt-get update, or use docker.channel: distribution.",
      },
    ],
  });
}
