import { renewalDays } from "../docker/keyed-certificate.ts";
import type { Problem } from "../failure.ts";

/** One that clients of a Docker API or the API itself shows. */
export interface ApiCertificate {
  /** A machine, or the cluster. */
  readonly where: string;
  /** As in "its … has ended". */
  readonly what: string;
  readonly endMs: number;
}

const dayMs = 86_400_000;

/** Those that have ended, or end before `up` would leave them alone. `nowMs`: this computer's clock. */
export function judgeApiCertificates(
  certificates: readonly ApiCertificate[],
  nowMs: number,
): readonly Problem[] {
  return certificates.flatMap(({ where, what, endMs }): readonly Problem[] => {
    if (endMs - nowMs > renewalDays * dayMs) return [];
    const isOver = endMs <= nowMs;
    return [
      {
        severity: isOver ? "error" : "warning",
        where,
        what: `its ${what} ${isOver ? "has ended" : `ends within ${renewalDays} days`} (${new Date(endMs).toISOString()})`,
        why: "Without certificates that count, no client outside the machines reaches the Docker API.",
        remedy: "swarmlab up",
      },
    ];
  });
}
