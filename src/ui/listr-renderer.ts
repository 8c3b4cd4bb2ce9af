import {
  createWritable,
  type DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels as Level,
  ListrLogger,
  type ListrTask,
  type ListrTaskObject,
  ListrTaskEventType as EventType,
  ListrTaskState as State,
  ProcessOutput,
} from "listr2";
import type { StepEvent, StepOutline } from "../steps.ts";
import { formatElapsed } from "./elapsed.ts";
import { describeFailure } from "./failure-text.ts";
import { formatNote } from "./note-text.ts";
import { createPaint, type Paint } from "./paint.ts";
import type { Renderer } from "./renderer.ts";
import type { TextSink } from "./text-sink.ts";

type StepChange = Extract<StepEvent, { readonly type: "step" }>;
type Task = ListrTaskObject<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

/** Draws each step tree on a terminal as it changes. Notes stand below the tree that is being drawn. */
export function createListrRenderer(sink: TextSink): Renderer {
  const paint = createPaint(sink.color);
  let tree: Tree | undefined;
  let drawn = Promise.resolve();
  return {
    emit: (event) => {
      if (event.type === "steps") {
        tree?.release();
        const next = new Tree(event.steps);
        tree = next;
        drawn = drawn.then(() => next.draw(sink, paint));
      } else if (event.type === "step") tree?.apply(event);
      else if (tree?.isOpen) tree.note(formatNote(event, { paint, columns: sink.columns }));
      else drawn = drawn.then(() => sink.write(`${formatNote(event, { paint, columns: sink.columns })}\n`));
    },
    finish: () => {
      tree?.release();
      return drawn;
    },
  };
}

/** A step on the screen: `task` is there once listr2 has begun with it, `ended` lets listr2 end it. */
interface Node {
  readonly task: Deferred<Task>;
  readonly ended: Deferred<undefined>;
}

/**
 * listr2 wants to run the work itself. Here its tasks only wait for `ended`, all of them side by side from the beginning, while the
 * events set their states.
 */
class Tree {
  readonly #steps: readonly StepOutline[];
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #running: Set<string>;
  readonly #notes = createNode();

  constructor(steps: readonly StepOutline[]) {
    this.#steps = steps;
    this.#nodes = new Map(idsOf(steps).map((id) => [id, createNode()]));
    this.#running = new Set(this.#nodes.keys());
  }

  get isOpen(): boolean {
    return this.#running.size > 0;
  }

  async draw(sink: TextSink, paint: Paint): Promise<void> {
    const rendererOptions = rendererOptionsFor(sink, paint);
    const tasks = [...this.#steps.map((step) => this.#taskOf(step)), this.#notesTask()];
    const list = new Listr(tasks, {
      ...sideBySide,
      registerSignalListeners: false,
      renderer: "default",
      rendererOptions,
      // listr2 falls back when stdout is no terminal, but the drawing goes elsewhere.
      fallbackRenderer: "default",
      fallbackRendererOptions: rendererOptions,
    });
    showAsWaiting(list.tasks);
    await list.run();
  }

  apply(change: StepChange): void {
    const node = this.#nodes.get(change.id);
    if (node === undefined) return;
    void node.task.promise.then((task) => applyTo(task, change));
    if (change.state === "started" || change.state === "progress") return;
    this.#running.delete(change.id);
    // After the state is set: listr2 takes a task that ends while it is started for completed.
    void node.task.promise.then(() => node.ended.resolve(undefined));
    if (!this.isOpen) this.release();
  }

  note(text: string): void {
    void this.#notes.task.promise.then((task) => (task.output$ = text));
  }

  /** Ends the drawing. Steps without an end, which a crash leaves behind, would keep the process waiting for ever. */
  release(): void {
    for (const id of this.#running) this.apply({ type: "step", id, state: "skipped" });
    void this.#notes.task.promise.then(() => this.#notes.ended.resolve(undefined));
  }

  #taskOf(step: StepOutline): ListrTask {
    const node = this.#nodes.get(step.id) ?? createNode();
    const wait = waitingTask(node);
    return {
      title: step.title,
      task: (context: unknown, wrapper) => {
        const ended = wait(context, wrapper);
        if (step.steps.length === 0) return ended;
        // The child without a title is not drawn; it keeps the group from ending before its own event.
        const children = [...step.steps.map((child) => this.#taskOf(child)), { task: () => ended }];
        const list = wrapper.newListr(children, sideBySide);
        showAsWaiting(list.tasks);
        return list;
      },
    };
  }

  /** A task without a title has no line of its own; its output stands below the tree. */
  #notesTask(): ListrTask {
    return {
      task: waitingTask(this.#notes),
      rendererOptions: { bottomBar: Infinity, persistentOutput: true },
    };
  }
}

const sideBySide = { concurrent: true, exitOnError: false } as const;

function waitingTask({ task, ended }: Node) {
  return (_context: unknown, wrapper: { readonly task: Task }): Promise<undefined> => {
    task.resolve(wrapper.task);
    return ended.promise;
  };
}

/** Takes back the state `started` that listr2 gives each task at once, before it is drawn. */
function showAsWaiting(tasks: readonly Task[]): void {
  for (const task of tasks) task.once(EventType.STATE, () => (task.state = State.WAITING));
}

function applyTo(task: Task, change: StepChange): void {
  switch (change.state) {
    case "started":
      task.state$ = State.STARTED;
      return;
    case "progress":
      task.output$ = change.text;
      return;
    case "done":
      if (change.text !== undefined) task.title$ = `${task.title ?? ""} (${change.text})`;
      task.message$ = { duration: change.elapsedMs };
      task.state$ = State.COMPLETED;
      return;
    case "failed":
      if (change.failure) task.message$ = { error: describeFailure(change.failure).what };
      task.state$ = State.FAILED;
      return;
    case "skipped":
      task.state$ = State.SKIPPED;
  }
}

function rendererOptionsFor(sink: TextSink, paint: Paint) {
  return {
    collapseSubtasks: false,
    collapseErrors: false,
    formatOutput: "truncate",
    timer: {
      condition: true,
      field: formatElapsed,
      format:
        () =>
        (text = "") =>
          paint("dim", text),
    },
    icon: { [Level.SKIPPED_WITH_COLLAPSE]: "-", [Level.OUTPUT_WITH_BOTTOMBAR]: "" },
    color: colorsFor(paint),
    logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput: outputTo(sink) }),
  } as const;
}

/** listr2's own colors look at stdout and the environment; these at the sink. */
function colorsFor(paint: Paint) {
  const dim = (text = ""): string => paint("dim", text);
  const red = (text = ""): string => paint("red", text);
  const yellow = (text = ""): string => paint("yellow", text);
  return {
    [Level.SKIPPED_WITH_COLLAPSE]: dim,
    [Level.PENDING]: yellow,
    [Level.COMPLETED]: (text = ""): string => paint("green", text),
    [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: dim,
    [Level.FAILED]: red,
    [Level.FAILED_WITH_FAILED_SUBTASKS]: red,
    [Level.WAITING]: dim,
  };
}

/** listr2 swallows what others write to its streams while it draws, so it gets streams of its own. */
function outputTo(sink: TextSink): ProcessOutput {
  const stream = streamTo(sink);
  return new (class extends ProcessOutput {
    // The inherited one is a copy that keeps the size of the beginning.
    override get stdout(): NodeJS.WriteStream {
      return stream;
    }
  })(streamTo(sink), streamTo(sink));
}

/** What listr2 and log-update use of a terminal's stream. */
function streamTo(sink: TextSink): NodeJS.WriteStream {
  const stream: unknown = Object.defineProperties(
    createWritable((text) => sink.write(text)),
    { columns: { get: () => sink.columns }, rows: { get: () => sink.rows } },
  );
  return stream as NodeJS.WriteStream;
}

function idsOf(steps: readonly StepOutline[]): readonly string[] {
  return steps.flatMap((step) => [step.id, ...idsOf(step.steps)]);
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function createNode(): Node {
  return { task: deferred(), ended: deferred() };
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
