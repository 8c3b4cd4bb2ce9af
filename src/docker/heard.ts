import type { Engine } from "./engine.ts";

/** What a daemon has answered to GET requests, in JSON, by path as in `Engine.request`. */
export type Heard = ReadonlyMap<string, string>;

/** The engine, not asked again for what was just heard from it: each answer stands for one request. */
export function afterHearing(engine: Engine, heard: Heard): Engine {
  const answers = new Map(heard);
  return {
    machine: engine.machine,
    request: (method, path, options) => {
      const answer = method === "GET" ? answers.get(path) : undefined;
      if (answer === undefined) return engine.request(method, path, options);
      answers.delete(path);
      return Promise.resolve<unknown>(JSON.parse(answer));
    },
    upload: (path, upload) => engine.upload(path, upload),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
