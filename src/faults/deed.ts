/** A shell script with its arguments. As the last one more comes, the root directory, left out on a machine. */
export interface ShellCall {
  readonly script: string;
  readonly args: readonly string[];
}

/** How one machine is broken and healed, each as root; `heal` may be run at any time and any number of times, and fails unless it is healed then. */
export interface Deed {
  readonly inject: ShellCall;
  readonly heal: ShellCall;
}

/** Exit code of a script that will not do it; why stands on stderr. */
export const refusedExitCode = 93;

export const argvOf = ({ script, args }: ShellCall): readonly [string, ...string[]] => [
  ...(["sh", "-c", script, "sh"] as const),
  ...args,
];

/** Shell functions of the scripts, which read `$root`. Sudo and containers may leave out where administrators' programs are. */
export const deedPrelude = `
for directory in /usr/local/sbin /usr/sbin /sbin; do PATH=$PATH:$root$directory; done
refuse() { echo "$1" >&2; exit ${refusedExitCode}; }
has_systemd() { [ -d "$root/run/systemd/system" ]; }
`;

/** Has systemd heal a machine after that time, whoever else is gone by then; its timers count on when the clock is set. */
export function armArgv(id: string, seconds: number, { heal }: Deed): readonly [string, ...string[]] {
  return [
    ...(["systemd-run", "--quiet", "--collect", `--unit=${timerUnit(id)}`] as const),
    ...[`--on-active=${seconds}s`, "--timer-property=AccuracySec=100ms", "--", ...argvOf(heal)],
  ];
}

/** Takes that back; it fails where there is no such timer any more. */
export const disarmArgv = (id: string): readonly [string, ...string[]] => [
  "systemctl",
  "stop",
  `${timerUnit(id)}.timer`,
];

const timerUnit = (id: string): string => `swarmlab-heal-${id}`;
