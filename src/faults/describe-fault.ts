import type { Fault } from "./fault.ts";
import { formatDuration, formatRate } from "./parse-amount.ts";

/** What is broken, in words that complete "now". */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
      return `${fault.machine} is off`;
    case "stop":
      return `the Docker daemon of ${fault.machine} is stopped`;
    case "pause":
      return `${fault.machine} is paused`;
    case "isolate":
      return `${fault.machine} and the others do not reach each other`;
    case "fill-disk":
      return `the disk of ${fault.machine} is full`;
    case "partition":
      return `${fault.groups.map((group) => group.join(", ")).join(" | ")} do not reach each other`;
    case "block": {
      const protocol = fault.protocols.length === 1 ? `/${fault.protocols.join("")}` : "";
      return `port ${fault.port}${protocol} is blocked on ${fault.machines.join(", ")}`;
    }
    case "slow":
      return `packets from ${fault.machines.join(", ")} to the others go ${slowness(fault)}`;
    case "skew-clock":
      return `the clock of ${fault.machine} is ${formatDuration(Math.abs(fault.bySeconds))} ${fault.bySeconds < 0 ? "behind" : "ahead"}`;
  }
}

function slowness({ delayMs, rateKbit }: Extract<Fault, { readonly kind: "slow" }>): string {
  const late = delayMs === null ? [] : [`${delayMs} ms late`];
  const limited = rateKbit === null ? [] : [`at ${formatRate(rateKbit)} a second at most`];
  return [...late, ...limited].join(", ");
}
