/** How long a machine takes for what is asked of it, as it was recorded of real ones. Milliseconds. */
export interface Latencies {
  /** Until it is made and has begun to boot. */
  readonly create: number;
  /** From then on until it has answered over SSH. */
  readonly ssh: number;
  /** Until its daemon is configured and has started. */
  readonly docker: number;
  readonly init: number;
  /** Of one machine that joins alone. */
  readonly join: number;
  /** What a manager needs for each machine that joins, when many do. */
  readonly admit: number;
  /** Until a packet has crossed the overlay. */
  readonly overlay: number;
  /** Of a daemon to a question. */
  readonly answer: number;
  /** This computer's processor time for a connection, and for the command that looks at a machine. */
  readonly connection: number;
}
