import { listAt } from "../docker/json-fields.ts";
import type { Engine } from "../docker/engine.ts";
import { isServerError } from "../swarm/server-error.ts";

interface Kind {
  readonly one: string;
  readonly path: string;
  /** Where the list stands in the answer. */
  readonly keys: readonly string[];
}

const ofSwarm: readonly Kind[] = [
  { one: "service", path: "/services", keys: [] },
  { one: "secret", path: "/secrets", keys: [] },
  { one: "config", path: "/configs", keys: [] },
];

const ofMachine: readonly Kind[] = [
  { one: "container", path: "/containers/json?all=true", keys: [] },
  { one: "volume", path: "/volumes", keys: ["Volumes"] },
];

/** What is on the machines, and of `all` what is in their swarm: `3 services, 5 containers`. Undefined: nothing. */
export async function describeLoss(
  engines: readonly Engine[],
  signal: AbortSignal,
  of: "all" | "machines" = "all",
): Promise<string | undefined> {
  const counts = await Promise.all([
    ...(of === "all" ? ofSwarm : []).map(async (kind) => {
      const seen = engines.map((engine) => countInSwarm(engine, kind, signal));
      return said(kind, Math.max(0, ...(await Promise.all(seen))));
    }),
    ...ofMachine.map(async (kind) => {
      const seen = await Promise.all(engines.map((engine) => count(engine, kind, signal)));
      return said(
        kind,
        seen.reduce((sum, each) => sum + each, 0),
      );
    }),
  ]);
  const losses = counts.filter((text) => text !== undefined);
  return losses.length === 0 ? undefined : losses.join(", ");
}

const said = ({ one }: Kind, number: number): string | undefined =>
  number === 0 ? undefined : `${number} ${one}${number === 1 ? "" : "s"}`;

/** A machine that is no manager, or whose swarm has lost its leader, cannot tell. */
async function countInSwarm(engine: Engine, kind: Kind, signal: AbortSignal): Promise<number> {
  try {
    return await count(engine, kind, signal);
  } catch (error) {
    if (isServerError(error)) return 0;
    throw error;
  }
}

async function count(engine: Engine, { path, keys }: Kind, signal: AbortSignal): Promise<number> {
  return listAt({ answer: await engine.request("GET", path, { signal }) }, "answer", ...keys).length;
}
