import type { Readable } from "node:stream";

/** The Docker Engine API of one machine, over whatever reaches it. Paths carry no version: the daemon answers in its newest. */
export interface Engine extends AsyncDisposable {
  readonly machine: string;
  /**
   * One request with a JSON body and a JSON answer (`undefined` for an empty one). Bodies may hold secrets; they never reach a log or an argv.
   * @throws FailureError `engine-api` for a status of 400 or more, `unreachable` when the connection is lost, `timeout`.
   */
  request(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options?: { readonly body?: unknown; readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<unknown>;
  /**
   * One POST of a stream, such as an archive of images. Aborted, the engine drops what it had of it.
   * @throws FailureError as `request`, and `engine-api` where an error is among the messages of the answer; what the stream fails with.
   */
  upload(path: string, upload: Upload): Promise<void>;
}

/** A body that is sent as it is read, and an answer that comes one message after another. */
export interface Upload {
  /** Makes the body anew for each attempt. */
  readonly open: () => Readable;
  readonly onSent: (bytes: number) => void;
  readonly onMessage: (message: unknown) => void;
  /** Gives up when for so long neither side has moved. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/** The parts of `GET /info` that this program reads. */
export interface EngineInfo {
  /** Engine ID; cloned machines may share one. */
  readonly id: string;
  /** `20.10.24`. */
  readonly version: string;
  /** Where it keeps its data: `/var/lib/docker`. */
  readonly rootDirectory: string;
  readonly labels: readonly string[];
  readonly swarm: EngineSwarmInfo;
}

/** `Swarm` of `GET /info`. Strings are empty where the engine leaves them out. */
export interface EngineSwarmInfo {
  readonly state: "inactive" | "pending" | "active" | "error" | "locked";
  readonly nodeId: string;
  readonly nodeAddr: string;
  readonly controlAvailable: boolean;
  readonly error: string;
  /** Only managers know it. */
  readonly clusterId: string;
  /** Only managers know it. Addresses with port. */
  readonly remoteManagers: readonly { readonly nodeId: string; readonly addr: string }[];
}
