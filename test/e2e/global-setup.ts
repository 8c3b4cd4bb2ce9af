import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { startCli } from "./cli.ts";
import { makeLab } from "./lab.ts";
import { secretsInArguments } from "./secrets.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Why this host cannot run real machines; null: it can. */
    readonly whyNoMachines: string | null;
  }
}

/** Decides whether this host can run real machines. `CI_REQUIRE_E2E=1` makes a host that cannot a failure instead of a skip. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reason = hostReason() ?? (await setupReason()) ?? vagrantReason();
  if (reason !== null && process.env["CI_REQUIRE_E2E"] === "1")
    throw new Error(`CI_REQUIRE_E2E=1, and real machines cannot run here: ${reason}`);
  project.provide("whyNoMachines", reason);
  if (reason === null) await buildBox();
  return watchArguments();
}

/** Looks twice a second whether a process has secrets in its arguments; the function returned ends that and throws if one had. */
function watchArguments(): () => Promise<void> {
  const watched = new AbortController();
  const seen = new Set<string>();
  const watching = (async () => {
    while (!watched.signal.aborted) {
      const found = secretsInArguments();
      for (const place of found.filter((each) => !each.includes("on purpose"))) seen.add(place);
      await setTimeout(500);
    }
  })();
  return async () => {
    watched.abort();
    await watching;
    if (seen.size > 0) throw new Error(`secrets in the arguments of processes:\n${[...seen].join("\n")}`);
  };
}

function hostReason(): string | null {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return "this needs root";
  const { status, stderr } = spawnSync("unshare", ["--mount", "--net", "true"], { encoding: "utf8" });
  return status === 0 ? null : `no namespaces can be made: ${stderr.trim()}`;
}

/** Installs what is missing as a person would. */
async function setupReason(): Promise<string | null> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-e2e-"));
  try {
    const { exitCode, stderr } = await startCli(["setup", "--yes"], { directory, timeoutMs: 300_000 }).done;
    return exitCode === 0 ? null : `swarmlab setup failed: ${stderr.trim()}`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Vagrant and its libvirt plug-in as the distribution has them; Ruby comes along. */
function vagrantReason(): string | null {
  const packages = ["vagrant", "vagrant-libvirt", "ruby"];
  if (spawnSync("dpkg", ["--status", ...packages]).status === 0) return null;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    const { status, stderr } = spawnSync("apt-get", args, { encoding: "utf8", env });
    if (status !== 0) return `apt-get ${args.join(" ")} failed: ${stderr.trim()}`;
  }
  return null;
}

/** The first cluster builds the box, which would break the deadlines of whichever test came first. */
async function buildBox(): Promise<void> {
  await using lab = await makeLab({ label: "box", yaml: "workers: 0" });
  await lab.succeed(["up"], { timeoutMs: 300_000 });
}
