/** Where text for the person goes. */
export interface TextSink {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width in characters; `Infinity` where there is none, as in a pipe or on a serial line. */
  readonly columns: number;
  /** Height in lines; `Infinity` where there is none. */
  readonly rows: number;
  /** Escape sequences for colors are welcome. */
  readonly color: boolean;
}
