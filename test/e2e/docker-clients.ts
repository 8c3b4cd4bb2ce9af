import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages, output } from "../support/debian.ts";

/** A directory with the distribution's docker CLI in `usr/bin`, unpacked beside the system: installed, the package would start a daemon. */
export async function unpackDockerCli(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-docker-cli-"));
  const script = 'cd "$1"; apt-get download docker.io; dpkg-deb -x docker.io_*.deb .; rm docker.io_*.deb';
  output("sh", ["-e", "-c", script, "sh", directory]);
  return directory;
}

/** The clients that are installed as anybody would. Fetches the lists of packages if one is missing. */
export function installClients(): void {
  installPackages(["ansible", "python3-docker", "openssh-client"]);
}
