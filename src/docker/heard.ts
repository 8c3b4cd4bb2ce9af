import type { Engine } from "./engine.ts";
import { jsonErrorPlace } from "./json-place.ts";

/** What a daemon has answered to GET requests, by path as in `Engine.request`. */
export type Heard = ReadonlyMap<string, unknown>;

/** Lines of a path and JSON, with a blank between them; an answer that was cut off is not heard. */
export function parseHeard(text: string): Heard {
  const lines = text.matchAll(/^(?<path>\S+) (?<json>.*)$/gm);
  return new Map(
    Array.from(lines).flatMap(({ groups: { path = "", json = "" } = {} }) =>
      jsonErrorPlace(json) ? [] : [[path, JSON.parse(json) as unknown] as const],
    ),
  );
}

/** The engine, not asked again for what was just heard from it: each answer stands for one request. */
export function afterHearing(engine: Engine, heard: Heard): Engine {
  const answers = new Map(heard);
  return {
    machine: engine.machine,
    request: (method, path, options) => {
      if (method !== "GET" || !answers.has(path)) return engine.request(method, path, options);
      const answer = answers.get(path);
      answers.delete(path);
      return Promise.resolve(answer);
    },
    upload: (path, upload) => engine.upload(path, upload),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** By machine name, as `afterHearing`. */
export function allAfterHearing(
  engines: ReadonlyMap<string, Engine>,
  heard: ReadonlyMap<string, Heard>,
): ReadonlyMap<string, Engine> {
  return new Map(
    [...engines].map(([name, engine]) => [name, afterHearing(engine, heard.get(name) ?? new Map())]),
  );
}
