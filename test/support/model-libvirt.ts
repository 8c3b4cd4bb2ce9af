import type { ProcessCommand, ProcessResult, ProcessRunner } from "../../src/system/process-runner.ts";

interface Domain {
  readonly name: string;
  state: "running" | "paused" | "shut off";
}

/** A libvirt that `virsh` talks to: domains and networks that come and go as they are told. It fails on all else. */
export class ModelLibvirt implements ProcessRunner {
  /** By ID. */
  readonly domains = new Map<string, Domain>();
  /** Names; the value tells whether it is active. */
  readonly networks = new Map<string, boolean>();
  readonly ran: string[] = [];

  tryRun({ argv }: ProcessCommand): Promise<ProcessResult> {
    const [program, connect, uri, verb = "", ...args] = argv;
    if (program !== "virsh" || connect !== "--connect" || uri !== "qemu:///system")
      return Promise.reject(new Error(`unscripted: ${argv.join(" ")}`));
    this.ran.push([verb, ...args].join(" "));
    try {
      return Promise.resolve({ exitCode: 0, stdout: this.#answer(verb, args), stderr: "" });
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  run(command: ProcessCommand): Promise<ProcessResult> {
    return this.tryRun(command);
  }

  kill(pid: number): void {
    throw new Error(`unscripted: kill ${pid}`);
  }

  which(name: string): Promise<string | undefined> {
    return Promise.resolve(name === "virsh" ? "/usr/bin/virsh" : undefined);
  }

  #answer(verb: string, args: readonly string[]): string {
    const [subject = ""] = args;
    switch (verb) {
      case "list":
        return this.#list(subject === "--state-running");
      case "domstate":
        return `${this.#domain(subject).state}\n\n`;
      case "destroy":
        this.#domain(subject).state = "shut off";
        return "";
      case "undefine":
        if (this.#domain(subject).state !== "shut off") throw new Error("its disks are in use");
        if (!args.includes("--remove-all-storage")) throw new Error("its disks stay");
        this.domains.delete(subject);
        return "";
      case "net-list":
        return [...this.networks]
          .flatMap(([name, on]) => (on || args.includes("--all") ? [` ${name} `] : []))
          .join("\n");
      case "net-destroy":
        if (this.networks.get(subject) !== true) throw new Error(`network ${subject} is not active`);
        this.networks.set(subject, false);
        return "";
      case "net-undefine":
        if (!this.networks.delete(subject)) throw new Error(`no network ${subject}`);
        return "";
      default:
        throw new Error(`unscripted: virsh ${verb}`);
    }
  }

  #list(runningOnly: boolean): string {
    const shown = [...this.domains].filter(([, { state }]) => !runningOnly || state === "running");
    return `${shown.map(([id, { name }]) => `${id} ${name}  `).join("\n")}\n\n`;
  }

  #domain(id: string): Domain {
    const domain = this.domains.get(id);
    if (domain === undefined) throw new Error(`no domain ${id}`);
    return domain;
  }
}
