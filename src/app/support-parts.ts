import { FailureError, type Failure } from "../failure.ts";
import { dataWithoutSecrets, withoutSecrets } from "./support-secrets.ts";

/** Something that could not be had, and why. */
export interface MissingPart {
  readonly part: string;
  /** As data; an error that nobody expected is its stack. */
  readonly why: Failure | string;
}

/** Files for an archive, by path. Nothing gets in with a secret in it. What cannot be had is noted, so that one thing that is broken does not hide the others. */
export class SupportParts {
  readonly #signal: AbortSignal;
  readonly #files = new Map<string, string>();
  readonly #missing: MissingPart[] = [];

  /** Aborted, it ends the collecting. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  get missing(): readonly MissingPart[] {
    return this.#missing;
  }

  /** Adds what `read` gives: a text as it is, data as JSON; undefined: there is nothing. Returns the same, undefined also where it could not be had. */
  async add<T>(path: string, read: () => T | Promise<T>): Promise<T | undefined> {
    const value = await this.attempt(path, read);
    if (value !== undefined) this.#files.set(path, contentOf(value));
    return value;
  }

  /** Notes what is not there, without an error. */
  miss(part: string, why: Failure | string): void {
    this.#missing.push({ part, why });
  }

  /** As `add`, without keeping what was read. */
  async attempt<T>(part: string, read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#signal.throwIfAborted();
      this.miss(part, reasonOf(error));
      return undefined;
    }
  }
}

function contentOf(value: unknown): string {
  return typeof value === "string"
    ? withoutSecrets(value)
    : `${JSON.stringify(dataWithoutSecrets(value), null, 2)}\n`;
}

/** A bug is all the more a reason to go on: this is what it will be told with. */
function reasonOf(error: unknown): Failure | string {
  if (error instanceof FailureError) return error.failure;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
