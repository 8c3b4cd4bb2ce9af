interface Stamped {
  /** Undefined: before all others. */
  readonly atMs: number | undefined;
}

/**
 * Brings lines of several sources, each in an order of its own, into the order of their times. A line goes out when no source can come up with an earlier one, or when it
 * has waited for long enough: a source that is silent must not hold back the others for ever.
 */
export class TimeOrder<Line extends Stamped> {
  readonly #holdMs: number;
  readonly #queues: ReadonlyMap<string, Queue<Line>>;

  constructor(options: { readonly sources: readonly string[]; readonly holdMs: number }) {
    this.#holdMs = options.holdMs;
    this.#queues = new Map(options.sources.map((source) => [source, new Queue<Line>()]));
  }

  /** `nowMs`: by the clock that `take` is asked with. */
  add(source: string, lines: readonly Line[], nowMs: number): void {
    for (const line of lines) this.#queueOf(source).push({ line, arrivedMs: nowMs });
  }

  /** Nothing more will come from there. */
  end(source: string): void {
    this.#queueOf(source).ended = true;
  }

  /** The lines whose turn it is. */
  take(nowMs: number): readonly (readonly [string, Line])[] {
    const taken: (readonly [string, Line])[] = [];
    for (;;) {
      const heads = this.#heads();
      const first = heads.reduce(earlier, heads[0]);
      if (first === undefined) return taken;
      const isSure = [...this.#queues.values()].every(({ ended, head }) => ended || head !== undefined);
      const isDue = heads.some(({ held }) => nowMs - held.arrivedMs >= this.#holdMs);
      if (!isSure && !isDue) return taken;
      taken.push([first.source, first.held.line]);
      this.#queueOf(first.source).shift();
    }
  }

  #heads(): readonly Head<Line>[] {
    return [...this.#queues].flatMap(([source, { head }]) =>
      head === undefined ? [] : [{ source, held: head }],
    );
  }

  #queueOf(source: string): Queue<Line> {
    const queue = this.#queues.get(source);
    if (queue === undefined) throw new Error(`no source ${source}`);
    return queue;
  }
}

interface Held<Line> {
  readonly line: Line;
  readonly arrivedMs: number;
}

interface Head<Line> {
  readonly source: string;
  readonly held: Held<Line>;
}

/** Of the same time, the source that was named first. */
function earlier<Line extends Stamped>(
  first: Head<Line> | undefined,
  next: Head<Line>,
): Head<Line> | undefined {
  const isEarlier = timeOf(next) < (first === undefined ? Infinity : timeOf(first));
  return isEarlier ? next : first;
}

const timeOf = <Line extends Stamped>({ held }: Head<Line>): number => held.line.atMs ?? -Infinity;

/** `Array.shift` moves all that is left, and a log may have a hundred thousand lines. */
class Queue<Line> {
  ended = false;
  #items: Held<Line>[] = [];
  #next = 0;

  get head(): Held<Line> | undefined {
    return this.#items[this.#next];
  }

  push(item: Held<Line>): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#next++;
    if (this.#next < this.#items.length) return;
    this.#items = [];
    this.#next = 0;
  }
}
