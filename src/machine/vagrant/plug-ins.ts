import { join } from "node:path";
import { type VagrantHost, vagrantHome } from "./vagrant-host.ts";

/** Directories in which packages of a distribution register plug-ins, one JSON file each: Debian's and Fedora's vagrant. */
const packaged = ["/usr/share/vagrant-plugins/plugins.d", "/usr/share/vagrant/plugins.d"];

/** Whether Vagrant has this plug-in, from the files that Vagrant itself reads: `vagrant plugin list` takes seconds. */
export async function hasPlugIn(
  host: Pick<VagrantHost, "readText" | "environment" | "facts">,
  name: string,
): Promise<boolean> {
  const own = await host.readText(join(vagrantHome(host), "plugins.json"));
  if (own !== undefined && installedPlugIns(own).includes(name)) return true;
  const files = await Promise.all(packaged.map((directory) => host.readText(`${directory}/${name}.json`)));
  return files.some((file) => file !== undefined);
}

/** Names in the text of Vagrant's `plugins.json`; none in a text that is none. */
export function installedPlugIns(text: string): readonly string[] {
  const data = parseJson(text);
  const installed = isObject(data) ? data["installed"] : undefined;
  return isObject(installed) ? Object.keys(installed) : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Vagrant says better than this program what is wrong with its own file.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
