import type { HostsHost } from "./hosts-host.ts";
import { type ConnectHostOptions, connectHost, type HostConnection } from "./connect-host.ts";

/** Connects so that sudo works: without a password where it asks for none, else with the person's, which is asked for once. */
export class SudoConnections {
  readonly #host: HostsHost;
  /** Machines where sudo wants a password, and those where it does not. */
  readonly #asking = new Set<string>();
  readonly #free = new Set<string>();
  #password: Promise<string | undefined> | undefined;

  constructor(host: HostsHost) {
    this.#host = host;
  }

  /** @throws FailureError as `connectHost`; `prerequisite` for a password that is refused. */
  async connect(options: Omit<ConnectHostOptions, "host" | "sudoPassword">): Promise<HostConnection> {
    const host = this.#host;
    if (!this.#asking.has(options.name)) {
      const connection = await connectHost({ host, ...options });
      if (this.#free.has(options.name)) return connection;
      if (await this.#isSudoFree(connection, options.signal)) {
        this.#free.add(options.name);
        return connection;
      }
      await connection[Symbol.asyncDispose]();
      this.#asking.add(options.name);
    }
    const sudoPassword = await this.#ask(options.name);
    return connectHost({ host, ...options, ...(sudoPassword !== undefined && { sudoPassword }) });
  }

  async #isSudoFree({ remote }: HostConnection, signal: AbortSignal): Promise<boolean> {
    return (await remote.tryRun({ argv: ["true"], sudo: true, signal })).exitCode === 0;
  }

  #ask(name: string): Promise<string | undefined> {
    this.#password ??= this.#host.sudoPassword(
      `Password for sudo on ${name} and the other machines that ask for one`,
    );
    return this.#password;
  }
}
