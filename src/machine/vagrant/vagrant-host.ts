import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import type { ToolAnswer } from "./ask-tool.ts";

/** What Vagrant's providers need of their host. */
export interface VagrantHost {
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  /** Where clusters live. */
  readonly home: string;
  /** Directory of the shipped templates. */
  readonly templates: string;
  readonly facts: ComputerFacts;
  /** `VAGRANT_HOME` and `VBOX_MSI_INSTALL_PATH` are read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The content of a file; undefined for one that does not exist. */
  readonly readText: (path: string) => Promise<string | undefined>;
  /** The answer to `vagrant --version`, from `rememberVagrantVersion`. */
  readonly vagrantVersion: () => Promise<ToolAnswer>;
  /** Tells the person something that belongs to no step. */
  readonly warn: (text: string) => void;
  readonly isRoot: boolean;
}

/** Where Vagrant keeps boxes and plug-ins. https://developer.hashicorp.com/vagrant/docs/other/environmental-variables */
export function vagrantHome({ environment, facts }: Pick<VagrantHost, "environment" | "facts">): string {
  return environment["VAGRANT_HOME"] ?? join(facts.userHome, ".vagrant.d");
}
