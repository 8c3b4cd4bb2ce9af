/** One line of `vagrant --machine-readable`: https://developer.hashicorp.com/vagrant/docs/cli/machine-readable */
export interface VagrantEvent {
  /** The machine it is about; undefined: none, or all. */
  readonly target?: string;
  /** `ui`, `action`, `state`, `ssh-config`, `error-exit`, … */
  readonly type: string;
  readonly data: readonly string[];
}

/**
 * Reads one line; undefined for one of another form, such as a warning of Ruby. Vagrant writes a comma as `%!(VAGRANT_COMMA)` and line
 * breaks as `\n` and `\r`; it leaves backslashes as they are, so a real backslash before an n reads as a line break too.
 */
export function parseMachineReadable(line: string): VagrantEvent | undefined {
  const match = /^\d+,(?<target>[^,]*),(?<type>[a-z][a-z0-9_-]*)(?:,(?<data>.*))?$/s.exec(line.trimEnd());
  if (match === null) return undefined;
  const { target = "", type = "", data } = match.groups ?? {};
  return {
    type,
    data: data === undefined ? [] : data.split(",").map(unescape),
    ...(target !== "" && { target }),
  };
}

function unescape(text: string): string {
  return text.replaceAll("%!(VAGRANT_COMMA)", ",").replaceAll("\\n", "\n").replaceAll("\\r", "\r");
}

/** What Vagrant says to people as one line, without its `==> machine:` in front; undefined for other events and where it says nothing. */
export function messageOf({ type, data }: VagrantEvent): string | undefined {
  if (type !== "ui") return undefined;
  const lines = (data[1] ?? "")
    .split("\n")
    .map((line) => line.replace(/^(?:==>|\s{3})\s*[a-z]+\d*: ?/, "").trim());
  return lines.filter(Boolean).join(" ") || undefined;
}

/** Whether an action on a machine came to its good end. */
export function endsAction({ type, data }: VagrantEvent, action: string): boolean {
  return type === "action" && data[0] === action && data[1] === "end";
}
