import { createNdjsonRenderer } from "./ndjson-renderer.ts";
import { createPlainRenderer } from "./plain-renderer.ts";
import type { TextSink } from "./text-sink.ts";
import type { Emit } from "./ui-event.ts";

/** Shows events to the person. */
export interface Renderer {
  readonly emit: Emit;
  /** Resolves once all is drawn and the terminal is as it was. To be called before anything else is written there. */
  finish(): Promise<void>;
}

export interface RendererOptions {
  readonly kind: "tty" | "plain" | "json";
  /** Where progress goes: stderr. */
  readonly sink: TextSink;
  /** Shows `debug` events. */
  readonly verbose: boolean;
  /** The wall clock, for the time of NDJSON lines. */
  readonly now: () => Date;
}

/** The renderer for a kind of output. */
export function createRenderer(options: RendererOptions): Renderer {
  const renderer = createByKind(options);
  if (options.verbose) return renderer;
  return { ...renderer, emit: (event) => event.type !== "debug" && renderer.emit(event) };
}

function createByKind({ kind, sink, now }: RendererOptions): Renderer {
  switch (kind) {
    case "tty":
      // Some terminals, such as serial lines, have no size: nothing can be drawn there.
      if (sink.columns === Infinity) return createPlainRenderer(sink);
      return createLazily(async () => (await import("./listr-renderer.ts")).createListrRenderer(sink));
    case "plain":
      return createPlainRenderer(sink);
    case "json":
      return createNdjsonRenderer(sink, now);
  }
}

/** Loads a renderer at the first event: many commands have none, and listr2 is slow to load. */
function createLazily(load: () => Promise<Renderer>): Renderer {
  let loading: Promise<Renderer> | undefined;
  return {
    emit: (event) => {
      loading ??= load();
      void loading.then((renderer) => renderer.emit(event));
    },
    finish: async () => (await loading)?.finish(),
  };
}
