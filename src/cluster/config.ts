import type { Finding, PlacedProblem } from "./finding.ts";
import type { ConfigValues } from "./schema.ts";
import type { YamlSource } from "./yaml-source.ts";

/** A readable `swarmlab.yaml`: each value by itself is possible. */
export interface Config {
  readonly values: ConfigValues;
  /** How problems name the file. */
  readonly fileName: string;
  readonly position: YamlSource["position"];
}

/** A finding with its place, or that of the nearest key around it. */
export function placeFinding({ path, at, ...problem }: Finding, position: Config["position"]): PlacedProblem {
  const exact = position(path, at);
  const ancestors = path.map((_, index) => path.slice(0, path.length - 1 - index));
  const place =
    exact ?? ancestors.map((ancestor) => position(ancestor, "key")).find((found) => found !== undefined);
  return { problem, ...(place && { position: place }) };
}
