import { lookup } from "node:dns/promises";
import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import type { Call } from "./call.ts";
import { vagrantProviderNames } from "./cluster/cluster.ts";
import type { Context, HostFacts, Terminal } from "./context.ts";
import type { Provider } from "./machine/provider.ts";
import { typedArgv } from "./remote/shell-quote.ts";
import { readComputerFacts } from "./system/computer-facts.ts";
import { readText } from "./system/files.ts";
import { systemClock } from "./system/system-clock.ts";
import type { Renderer } from "./ui/renderer.ts";

/** The ports, with the adapters behind them, for one call. */
export async function createContext(its: {
  readonly call: Call;
  /** Of this program. */
  readonly version: string;
  readonly renderer: Renderer;
  readonly signal: AbortSignal;
}): Promise<Context> {
  const { call, version, renderer, signal } = its;
  const { ExecaProcessRunner } = await import("./system/execa-process-runner.ts");
  const { emit } = renderer;
  const onRun = (text: string): void => emit({ type: "debug", text });
  const processes = new ExecaProcessRunner({ env: call.env, onRun });
  const host = hostFacts(call, version);
  return {
    emit,
    signal,
    processes,
    clock: systemClock,
    terminal: terminal(call),
    settleOutput: () => renderer.finish(),
    host,
    providers: () => createProviders({ call, host, processes, renderer }),
  };
}

function hostFacts({ argv, programFile, env, userHome, ...call }: Call, version: string): HostFacts {
  const [interpreter = ""] = argv;
  return {
    isRoot: call.isRoot,
    workingDirectory: call.workingDirectory,
    version,
    packageDirectory: dirname(dirname(programFile)),
    dockerDirectory: env["DOCKER_CONFIG"] ?? resolve(userHome, ".docker"),
    shell: env["SHELL"],
    ownCommand: [interpreter, programFile],
    sudoCommand: typedArgv(["sudo", ...argv]),
  };
}

/** In the order in which `auto` tries them. */
async function createProviders(
  its: Pick<Context, "processes" | "host"> & { readonly call: Call; readonly renderer: Renderer },
): Promise<readonly Provider[]> {
  const { call, processes, host, renderer } = its;
  const [{ HostsProvider }, { NspawnProvider }, { VagrantProvider }, { rememberVagrantVersion }] =
    await Promise.all([
      import("./machine/hosts/hosts-provider.ts"),
      import("./machine/nspawn/nspawn-provider.ts"),
      import("./machine/vagrant/vagrant-provider.ts"),
      import("./machine/vagrant/ask-tool.ts"),
    ]);
  const { env, userHome } = call;
  const facts = { ...readComputerFacts(), userHome };
  const shared = {
    processes,
    clock: systemClock,
    templates: resolve(host.packageDirectory, "templates"),
    warn: once((text) => renderer.emit({ type: "note", level: "info", text })),
  };
  const homeOr = (other: string): string => resolve(call.workingDirectory, env["SWARMLAB_HOME"] ?? other);
  const vagrant = {
    ...shared,
    facts,
    home: homeOr(resolve(userHome, ".swarmlab")),
    environment: env,
    readText,
    vagrantVersion: rememberVagrantVersion(processes),
    isRoot: host.isRoot,
  };
  return [
    ...vagrantProviderNames.map((name) => new VagrantProvider(name, vagrant)),
    new NspawnProvider({ ...shared, home: homeOr("/var/lib/swarmlab"), platform: facts.platform }),
    new HostsProvider({
      processes,
      clock: systemClock,
      warn: shared.warn,
      home: vagrant.home,
      userHome,
      user: userInfo().username,
      agentSocket: env["SSH_AUTH_SOCK"],
      lookUp,
      sudoPassword: (question) => sudoPassword(question, call, renderer),
    }),
  ];
}

async function lookUp(name: string): Promise<string | undefined> {
  // Why a name leads nowhere is of no use to anyone here.
  const found = await lookup(name, { family: 4 }).catch(() => undefined);
  return found?.address;
}

/** Undefined: there is none in the environment, and nobody to ask. */
async function sudoPassword(question: string, call: Call, renderer: Renderer): Promise<string | undefined> {
  const given = call.env["SWARMLAB_SUDO_PASSWORD"];
  const { interactive, input, errors } = terminal(call);
  if (given !== undefined || !interactive) return given;
  const { askSecret } = await import("./ui/ask.ts");
  await renderer.finish();
  return askSecret({ question, input, output: errors });
}

/** Machines that are made side by side meet the same fact; the person reads it once. */
function once(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) say(text);
    said.add(text);
  };
}

function terminal({ stdin: input, stdout: output, stderr: errors, env }: Call): Terminal {
  return {
    input,
    output,
    errors,
    takesKeys: input.isTTY === true,
    interactive: input.isTTY === true && errors.isTTY === true,
    type: env["TERM"] ?? "xterm",
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    onResize: (listener) => {
      output.on("resize", listener);
      return () => output.off("resize", listener);
    },
    setRaw: (raw) => {
      if (input.isTTY === true) input.setRawMode?.(raw);
    },
  };
}
