import { join } from "node:path";
import { pathExists } from "../../system/files.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** VirtualBox's command line: a name on PATH, or a path, since on Windows its installer does not put it on PATH. Undefined: it is not installed. */
export async function findVBoxManage({
  processes,
  facts,
  environment,
}: VagrantHost): Promise<string | undefined> {
  const windows = facts.platform === "win32";
  const name = windows ? "VBoxManage.exe" : "VBoxManage";
  const directories = [environment["VBOX_MSI_INSTALL_PATH"] ?? "", "C:\\Program Files\\Oracle\\VirtualBox"];
  const elsewhere = windows ? directories.filter(Boolean).map((directory) => join(directory, name)) : [];
  return (await processes.which(name)) === undefined ? firstExisting(elsewhere) : name;
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  const found = await Promise.all(paths.map(pathExists));
  return paths.find((_, index) => found[index]);
}
