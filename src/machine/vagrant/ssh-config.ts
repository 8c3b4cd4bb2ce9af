/** How a machine is reached by SSH. */
export interface SshLogin {
  /** Host name or IPv4 address, as seen from this computer. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Paths of private keys, the first that exists counts. */
  readonly identityFiles: readonly string[];
}

/** Reads what `vagrant ssh-config` prints, by host; hosts without an address or a user are left out. Keywords: ssh_config(5). */
export function parseSshConfig(text: string): ReadonlyMap<string, SshLogin> {
  const blocks = text.split(/^(?=\s*Host\s)/im).map(parseBlock);
  return new Map(blocks.flatMap((block) => (block === undefined ? [] : [block])));
}

function parseBlock(text: string): readonly [string, SshLogin] | undefined {
  const lines = text.split("\n").flatMap(parseLine);
  const first = (key: string): string | undefined => lines.find(([name]) => name === key)?.[1];
  const [host, address, user] = [first("host"), first("hostname"), first("user")];
  const port = Number(first("port") ?? 22);
  if (host === undefined || address === undefined || user === undefined) return undefined;
  if (!Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  const identityFiles = lines.flatMap(([key, value]) => (key === "identityfile" ? [value] : []));
  return [host, { address, port, user, identityFiles }];
}

/** A keyword in small letters and its value without quotes. */
function parseLine(line: string): readonly (readonly [string, string])[] {
  const match = /^\s*(?<key>[A-Za-z]+)\s+(?<value>.*\S)/.exec(line);
  if (match === null) return [];
  const { key = "", value = "" } = match.groups ?? {};
  return [[key.toLowerCase(), value.replace(/^"(.*)"$/, "$1")]];
}
