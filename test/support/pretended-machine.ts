import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { RemoteCommand, RemoteResult } from "../../src/remote/remote.ts";
import { ScriptedRemote } from "./scripted-remote.ts";

const fixtures = join(import.meta.dirname, "../fixtures/docker-machine");

/** All that scripts may use of this host; it may have an engine and a package manager of its own. */
const tools =
  "awk base64 cat chmod cp cut date env grep head ln ls mkdir mv perl readlink rm rmdir sed sh sleep sort stat tail timeout tr wc".split(
    " ",
  );

/** The part of Docker's own unit that counts. */
const packagedUnit = `[Service]
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
`;

interface PretendedOptions {
  /** Of dockerd. */
  readonly version?: string;
  /** Of `docker`. */
  readonly client?: string;
  readonly service?: string;
  readonly init?: "systemd" | "upstart" | "sysv";
  /** Directory of other fixture executables. */
  readonly bin?: string;
}

/**
 * A machine in a temporary directory: commands really run, on this host, with fixture executables and plain tools alone on PATH
 * and the directory as their last argument, which the scripts take as the root.
 */
export class PretendedMachine extends ScriptedRemote {
  readonly root: string;
  readonly #env: NodeJS.ProcessEnv;

  static async create(options: PretendedOptions = {}) {
    const root = await mkdtemp(join(tmpdir(), "swarmlab-machine-"));
    const machine = new PretendedMachine(root, options);
    await mkdir(join(root, "tools"));
    await Promise.all(tools.map((name) => symlink(`/usr/bin/${name}`, join(root, "tools", name))));
    const { init = "systemd" } = options;
    if (init === "systemd") {
      await mkdir(join(root, "run/systemd/system"), { recursive: true });
      await machine.write("lib/systemd/system/docker.service", packagedUnit);
    }
    if (init === "upstart") await machine.write("upstart", "");
    await machine.write("service", `${options.service ?? "inactive"}\n`);
    return machine;
  }

  private constructor(root: string, options: PretendedOptions) {
    super();
    this.root = root;
    const bin = options.bin ?? fixtures;
    this.#env = {
      PATH: `${bin}:${join(root, "tools")}`,
      FAKE_ROOT: root,
      FAKE_VERSION: options.version ?? "20.10.24+dfsg1",
      FAKE_CLIENT: options.client,
    };
  }

  override async tryRun(command: RemoteCommand): Promise<RemoteResult> {
    this.calls.push(command);
    const [file, ...args] = command.argv;
    const child = spawn(file, [...args, this.root], { env: this.#env });
    child.stdin.end(command.stdin);
    const exit = new Promise<number | undefined>((resolve) =>
      child.on("close", (code) => resolve(code ?? undefined)),
    );
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    command.onOutput?.("stdout", stdout);
    command.onOutput?.("stderr", stderr);
    return { exitCode, stdout, stderr, truncated: false };
  }

  async write(path: string, content: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), content, { mode });
  }

  /** The content of a file on the machine; undefined: no such file. */
  async read(path: string): Promise<string | undefined> {
    return await readFile(join(this.root, path), "utf8").catch(() => undefined);
  }

  /** What was asked of the fixture executables, one call a line. */
  async fixtureCalls(): Promise<readonly string[]> {
    return (await this.read("calls"))?.trimEnd().split("\n") ?? [];
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}
