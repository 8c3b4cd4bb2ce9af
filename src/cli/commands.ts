import type { StepProfile } from "../app/step-profile.ts";
import type { UpOutcome } from "../app/up.ts";
import { shells } from "../ui/env-text.ts";
import type { TextOptions } from "../ui/failure-text.ts";
import type { CommandOutcome, CommandSpec, OptionSpec } from "./command.ts";
import { faultCommands } from "./fault-commands.ts";
import { imageCommands } from "./image-commands.ts";
import { labCommands } from "./lab-commands.ts";
import { nodeCommands } from "./node-commands.ts";
import { defaultMaxWorkers, labOptionsOf, listOf, maxWorkersOf, numberOf } from "./options.ts";
import { resetCommands } from "./reset-commands.ts";
import { snapshotCommands } from "./snapshot-commands.ts";

const provider: OptionSpec = {
  flags: "--provider <name>",
  summary:
    "auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, nspawn or hosts; in place of the file's",
};
const on: OptionSpec = {
  flags: "--on <filter>",
  summary: "names, managers, workers or globs, comma-separated (default: all)",
};
const yes: OptionSpec = { flags: "--yes", summary: "do not ask" };
const maxWorkers: OptionSpec = {
  flags: "--max-workers <n>",
  summary: `steps at the same time (default: ${defaultMaxWorkers})`,
  atLeast: 1,
};
/** Of a command that goes on until it is interrupted. */
const interruptedExitCode = 130;

/** Every command. The names are a contract: labs, tests and scripts use them. */
export const commands: readonly CommandSpec[] = [
  {
    name: "init",
    summary: "write a commented swarmlab.yaml",
    options: [
      {
        flags: "--provider <name>",
        summary: "hosts writes one for machines that exist already; others the same",
      },
    ],
    run: async (context, input) => {
      const { init } = await import("../app/init.ts");
      const file = await init(context, labOptionsOf(input));
      return { text: () => `Wrote ${file}\n`, json: { schemaVersion: 1, file } };
    },
  },
  {
    name: "up",
    summary: "bring the machines up, configure their daemons and form the swarm",
    goOn: (typed) => `${typed}   (goes on where it stopped; swarmlab destroy takes all away)`,
    options: [
      provider,
      { flags: "--managers <n>", summary: "number of managers; in place of the file's", atLeast: 0 },
      { flags: "--workers <n>", summary: "number of workers; in place of the file's", atLeast: 0 },
      { flags: "--setup", summary: "install what this host lacks, without asking" },
      { flags: "--bundle <file>", summary: "take from this file what would be fetched; needs no network" },
      { flags: "--dry-run", summary: "print what would be done, and why; change nothing" },
      { flags: "--yes", summary: "do not ask before machines go that swarmlab.yaml no longer asks for" },
      {
        flags: "--force",
        summary: "leave swarms that this cluster did not make; start one again that lost its quorum",
      },
      {
        flags: "--recreate",
        summary: "make machines anew that cannot be brought back; all that they hold is lost",
      },
      { flags: "--profile", summary: "also print how long each step took, and where the time went" },
      maxWorkers,
    ],
    run: async (context, input) => {
      const { recordSteps } = await import("../app/step-recorder.ts");
      const recorder = recordSteps(context);
      const { up } = await import("../app/up.ts");
      const flag = (name: string): boolean => input.options[name] === true;
      const { bundle } = input.options;
      const outcome = await up(recorder.context, {
        ...labOptionsOf(input),
        setup: flag("setup"),
        ...(typeof bundle === "string" && { bundle }),
        dryRun: flag("dryRun"),
        force: flag("force"),
        recreate: flag("recreate"),
        unasked: flag("yes") ? "remove" : "ask",
        maxWorkers: maxWorkersOf(input),
      });
      const result = await resultOfUp(outcome);
      if (!flag("profile")) return result;
      const machines = outcome.kind === "done" ? outcome.status.machines : [];
      return await withProfile(result, recorder.finish(machines.map(({ name }) => name)));
    },
  },
  {
    name: "status",
    summary: "machines, daemons and swarm nodes in one table",
    options: [provider],
    run: async (context, input) => {
      const { status } = await import("../app/status.ts");
      const { formatSummary } = await import("../ui/summary-text.ts");
      const report = await status(context, labOptionsOf(input));
      return { text: (options) => formatSummary(report, options), json: report };
    },
  },
  {
    name: "ssh",
    arguments: ["<machine>", "[command...]"],
    summary: "a shell on a machine, or one command with its exit code",
    options: [provider],
    run: async (context, input) => {
      const { ssh } = await import("../app/ssh.ts");
      const machine = String(input.arguments["machine"]);
      return {
        exitCode: await ssh(context, { ...labOptionsOf(input), machine, command: listOf(input, "command") }),
      };
    },
  },
  {
    name: "exec",
    arguments: ["<command...>"],
    summary: "one command on several machines at once",
    options: [provider, on],
    run: async (context, input) => {
      const { exec } = await import("../app/exec.ts");
      const { on: chosen = "all", json } = input.options;
      const command = listOf(input, "command");
      const outcome = await exec(context, {
        ...labOptionsOf(input),
        on: String(chosen),
        command,
        print: json !== true,
      });
      const succeeded =
        outcome.results.every(({ exitCode }) => exitCode === 0) && outcome.missing.length === 0;
      return { json: outcome, exitCode: succeeded ? 0 : 1 };
    },
  },
  {
    name: "logs",
    arguments: ["[machine]"],
    summary: "follow what the Docker daemons say, in one order of time (default: of all machines)",
    options: [
      provider,
      { flags: "--no-follow", summary: "print what was said up to now, and end" },
      {
        flags: "--tail <n>",
        summary: "last lines of each machine to begin with (default: 10; with --no-follow all)",
        atLeast: 0,
      },
    ],
    run: async (context, input) => {
      const { logs } = await import("../app/logs.ts");
      const { json, follow } = input.options;
      const tail = numberOf(input, "tail");
      const outcome = await logs(context, {
        ...labOptionsOf(input),
        on: input.arguments["machine"]?.toString() ?? "all",
        // One JSON result has an end.
        follow: follow !== false && json !== true,
        ...(tail === undefined ? {} : { tail }),
        print: json !== true,
      });
      return { json: outcome, exitCode: context.signal.aborted ? interruptedExitCode : 0 };
    },
  },
  {
    name: "ssh-config",
    summary: "an SSH configuration for ssh, scp and docker -H ssh://, also kept in a file",
    options: [provider],
    run: async (context, input) => {
      const { sshConfig } = await import("../app/ssh-config.ts");
      const config = await sshConfig(context, labOptionsOf(input));
      return { text: () => config.text, json: config };
    },
  },
  {
    name: "env",
    arguments: ["[machine]"],
    summary:
      "environment variables for Docker clients, for a shell to take over (default: of the first manager)",
    options: [
      provider,
      { flags: "--shell <name>", summary: `${shells.join(", ")} (default: the one in use, else bash)` },
      { flags: "--unset", summary: "take the variables away" },
    ],
    run: async (context, input) => {
      const { env } = await import("../app/env.ts");
      const { formatEnv, shellOf } = await import("../ui/env-text.ts");
      const { machine } = input.arguments;
      const unset = input.options["unset"] === true;
      const shell = shellOf(input.options["shell"]?.toString(), context.host.shell);
      const report = await env(context, { ...labOptionsOf(input), machine: machine?.toString(), unset });
      return { text: () => formatEnv(report.variables, shell), json: report };
    },
  },
  {
    name: "context",
    summary: "make or update a Docker context for each machine and one for the cluster",
    options: [provider, { flags: "--remove", summary: "take them away" }],
    run: async (context, input) => {
      const { dockerContexts } = await import("../app/docker-contexts.ts");
      const { formatContexts } = await import("../ui/contexts-text.ts");
      const remove = input.options["remove"] === true;
      const report = await dockerContexts(context, { ...labOptionsOf(input), remove });
      return { text: (options) => formatContexts(report, options), json: report };
    },
  },
  {
    name: "render",
    summary: "print the Vagrantfile",
    options: [provider],
    run: async (context, input) => {
      const { render } = await import("../app/render.ts");
      const rendering = await render(context, labOptionsOf(input));
      return { text: () => rendering.vagrantfile, json: rendering };
    },
  },
  {
    name: "box bake",
    summary: "make a box with the Docker Engine in it, so that the next machines install nothing",
    options: [provider],
    run: async (context, input) => {
      const { bakeBox } = await import("../app/bake-box.ts");
      const baked = await bakeBox(context, labOptionsOf(input));
      const next = baked.preferred
        ? "New machines start from it."
        : `For new machines to start from it, set in swarmlab.yaml: box: ${baked.box}`;
      return {
        text: () => `Baked ${baked.box}, with Docker ${baked.docker}. ${next}\n`,
        json: { schemaVersion: 1, ...baked },
      };
    },
  },
  ...nodeCommands({ provider, yes, maxWorkers }),
  ...faultCommands({ provider, on }),
  ...imageCommands({ provider, on }),
  ...snapshotCommands({ provider, yes }),
  {
    name: "bundle",
    arguments: ["<file>"],
    summary: "write one file that makes up and the labs work on a computer without a network",
    options: [provider],
    run: async (context, input) => {
      const { bundle } = await import("../app/bundle.ts");
      const { formatBundle } = await import("../ui/bundle-text.ts");
      const written = await bundle(context, {
        ...labOptionsOf(input),
        file: String(input.arguments["file"]),
      });
      return { text: () => formatBundle(written), json: written };
    },
  },
  {
    name: "doctor",
    summary: "what stands in the way on this host and what is wrong with the machines, and the cure",
    options: [provider, { flags: "--fix", summary: "repair what can be repaired without losing anything" }],
    run: async (context, input) => {
      const { doctor } = await import("../app/doctor.ts");
      const { formatDoctor } = await import("../ui/doctor-text.ts");
      const report = await doctor(context, { ...labOptionsOf(input), fix: input.options["fix"] === true });
      const prerequisiteMissing = 3;
      return {
        text: (options) => formatDoctor(report, options),
        json: report,
        exitCode: report.healthy ? 0 : prerequisiteMissing,
      };
    },
  },
  {
    name: "support",
    arguments: ["[file]"],
    summary: "write an archive with all that helps others to find what is wrong, secrets taken out",
    options: [provider],
    run: async (context, input) => {
      const { support } = await import("../app/support.ts");
      const { formatSupport } = await import("../ui/support-text.ts");
      const { file } = input.arguments;
      const report = await support(context, {
        ...labOptionsOf(input),
        ...(typeof file === "string" ? { file } : {}),
      });
      return { text: () => formatSupport(report), json: report };
    },
  },
  {
    name: "setup",
    summary: "install what this host lacks",
    options: [provider, yes],
    run: async (context, input) => {
      const { setup } = await import("../app/setup.ts");
      const ran = await setup(context, { ...labOptionsOf(input), yes: input.options["yes"] === true });
      const text =
        ran.length === 0 ? "Nothing is missing.\n" : "This host has all it needs. Next: swarmlab up\n";
      return { text: () => text, json: { schemaVersion: 1, commands: ran } };
    },
  },
  {
    name: "halt",
    summary: "stop the machines; up starts them again as they were",
    options: [provider],
    run: async (context, input) => {
      const { halt } = await import("../app/halt.ts");
      const stopped = await halt(context, labOptionsOf(input));
      const text =
        stopped.length === 0
          ? "No machine was running.\n"
          : `Stopped ${stopped.join(", ")}. Next: swarmlab up\n`;
      return { text: () => text, json: { schemaVersion: 1, stopped } };
    },
  },
  ...resetCommands({ provider, yes, maxWorkers }),
  {
    name: "destroy",
    summary: "take everything away and verify that nothing is left",
    options: [provider, yes],
    run: async (context, input) => {
      const { destroy } = await import("../app/destroy.ts");
      const destroyed = await destroy(context, {
        ...labOptionsOf(input),
        yes: input.options["yes"] === true,
      });
      const text =
        destroyed.length === 0
          ? "There was no machine; nothing is left.\n"
          : `Destroyed ${destroyed.join(", ")}; nothing is left.\n`;
      return { text: () => text, json: { schemaVersion: 1, destroyed } };
    },
  },
  ...labCommands({ provider, yes }),
];

type Result = Required<Pick<CommandOutcome, "text" | "json">>;

async function resultOfUp(outcome: UpOutcome): Promise<Result> {
  if (outcome.kind === "planned") {
    const { formatPlan } = await import("../ui/plan-text.ts");
    return { text: (options) => formatPlan(outcome.plan, options), json: outcome.plan };
  }
  const { formatNextCommands, formatSummary } = await import("../ui/summary-text.ts");
  const { status } = outcome;
  return {
    text: (options) => `${gap(options)}${formatSummary(status, options)}\n${formatNextCommands()}`,
    json: status,
  };
}

async function withProfile({ text, json }: Result, profile: StepProfile): Promise<Result> {
  const { formatProfile } = await import("../ui/profile-text.ts");
  return {
    text: (options) => `${text(options)}\n${formatProfile(profile, options)}`,
    json: { ...json, profile },
  };
}

/** On a terminal the result stands below the progress. */
function gap({ columns }: TextOptions): string {
  return columns === Infinity ? "" : "\n";
}
