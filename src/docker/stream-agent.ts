import { Agent, type ClientRequest, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";

type Connected = (error: Error | null, stream: Duplex) => void;

/** An HTTP agent over streams that are no sockets. Idle streams stay open for the next request. */
export class StreamAgent extends Agent {
  readonly #openStream: () => Promise<Duplex>;

  constructor(openStream: () => Promise<Duplex>) {
    super({ keepAlive: true });
    this.#openStream = openStream;
  }

  override createConnection(_options: ClientRequestArgs, done?: Connected): undefined {
    this.#openStream().then(
      (stream) => done?.(null, stream),
      // Node calls back with the error alone, whatever the type says.
      (error: unknown) => (done as ((error: unknown) => void) | undefined)?.(error),
    );
  }

  /** The inherited one calls methods that only sockets have. */
  override keepSocketAlive(): boolean {
    return true;
  }

  /** The inherited one also takes back the listeners of the idle time; it expects a socket's `ref`. */
  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    super.reuseSocket(Object.assign(stream, { ref: () => stream }), request);
  }
}
