import type { ClientRequest, IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import { onAbort, reasonOf } from "../remote/abort.ts";
import type { Upload } from "./engine.ts";
import { textAt } from "./json-fields.ts";

/** How an engine answered. */
export interface UploadAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Of a refusal; empty otherwise. */
  readonly body: string;
  /** What went wrong after the engine had begun to answer. */
  readonly error: string | undefined;
}

export type UploadCall = Pick<Upload, "open" | "onSent" | "onMessage"> & {
  readonly signal: AbortSignal;
  /** Called whenever a part was taken or a message came. */
  readonly moved: () => void;
};

/** Sends the body and reads the answer to its end. Where that comes before the body's end, the rest is not sent. */
export function upload(request: ClientRequest, call: UploadCall): Promise<UploadAnswer> {
  return new Promise((resolve, reject) => {
    const body = call.open();
    let answered = false;
    const stop = onAbort(call.signal, () => void request.destroy(reasonOf(call.signal)));
    const leave = (): void => {
      stop();
      body.destroy();
      request.destroy();
    };
    const fail = (error: Error): void => {
      leave();
      reject(error);
    };
    request.once("response", (response) => {
      answered = true;
      readAnswer(response, call).then((answer) => {
        leave();
        resolve(answer);
      }, fail);
    });
    // An engine that has refused reads no further; what it says counts.
    const failUnanswered = (error: Error): void => {
      if (!answered) fail(error);
    };
    // The pipe watches the request only until all is sent.
    request.on("error", failUnanswered);
    request.setHeader("Content-Type", "application/x-tar");
    pipeline(body, counted(call), request, (error) => {
      if (error) failUnanswered(error);
    });
  });
}

function counted({ onSent, moved }: UploadCall) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sentBytes = 0;
    for await (const chunk of chunks) {
      yield chunk;
      sentBytes += chunk.length;
      onSent(sentBytes);
      moved();
    }
  };
}

async function readAnswer(response: IncomingMessage, call: UploadCall): Promise<UploadAnswer> {
  const status = response.statusCode ?? 0;
  const contentType = response.headers["content-type"] ?? "";
  const lines: string[] = [];
  let error: string | undefined;
  for await (const line of linesOf(response)) {
    call.moved();
    if (status >= 400) lines.push(line);
    else error = hear(line, call) ?? error;
  }
  return { status, contentType, body: lines.join("\n"), error };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  const texts: AsyncIterable<string> = response.setEncoding("utf8");
  for await (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}

/** Passes a message on; returns the error that it tells of. */
function hear(line: string, { onMessage }: UploadCall): string | undefined {
  const message: unknown = JSON.parse(line);
  onMessage(message);
  const error = textAt(message, "errorDetail", "message") || textAt(message, "error");
  return error === "" ? undefined : error;
}
