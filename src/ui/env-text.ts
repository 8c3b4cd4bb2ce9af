import { FailureError } from "../failure.ts";

/** Shells that `swarmlab env` writes for. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** Environment variables to be set, or taken away where the value is null. */
export type Variables = Readonly<Record<string, string | null>>;

interface Dialect {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
  /** What makes the shell take the lines over. */
  readonly use: (command: string) => string;
}

const posix: Dialect = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  unset: (name) => `unset ${name}`,
  use: (command) => `eval "$(${command})"`,
};

const dialects: Readonly<Record<Shell, Dialect>> = {
  bash: posix,
  zsh: posix,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`,
    unset: (name) => `set -e ${name}`,
    use: (command) => `${command} | source`,
  },
  powershell: {
    set: (name, value) => `$Env:${name} = '${value.replaceAll("'", "''")}'`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
    use: (command) => `${command} | Out-String | Invoke-Expression`,
  },
};

/** The shell that is asked for by name, else the person's own if it is known here. @throws FailureError `usage` */
export function shellOf(asked: string | undefined, own: string | undefined): Shell {
  const known = (name: string | undefined): Shell | undefined => shells.find((shell) => shell === name);
  const shell = known(asked);
  if (shell !== undefined) return shell;
  if (asked === undefined) return known(own?.split("/").at(-1)) ?? "bash";
  throw new FailureError({
    kind: "usage",
    message: `there is no shell ${asked} that swarmlab knows`,
    remedy: `Use one of ${shells.join(", ")}.`,
  });
}

/** Lines for a shell to take over, the last one a comment that says how. Ends with a line break. */
export function formatEnv(variables: Variables, shell: Shell): string {
  const { set, unset, use } = dialects[shell];
  const command = shell === "bash" || shell === "zsh" ? "swarmlab env" : `swarmlab env --shell ${shell}`;
  const lines = Object.entries(variables).map(([name, value]) =>
    value === null ? unset(name) : set(name, value),
  );
  return `${lines.join("\n")}\n# ${use(command)}\n`;
}
