import type { DockerSpec } from "../cluster/cluster.ts";

/** What a bundle's first member says of the others. */
export interface BundleManifest {
  readonly schemaVersion: 1;
  /** Version of the program that made it. */
  readonly program: string;
  /** Whose box it is. */
  readonly provider: string;
  readonly box: BundledBox;
  /** In the order in which they stand in the file. */
  readonly parts: readonly BundlePart[];
}

/** A box, in what makes it fit or not. */
export interface BundledBox {
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly docker: Pick<DockerSpec, "channel" | "version">;
  /** Hash of all else that went into it and is the same on every host. */
  readonly recipe: string;
}

/** A member of the file. */
export interface BundlePart {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** `unknown`: of another form; then the form's number, where it has one, is all that can be read. */
export type ParsedManifest =
  | { readonly kind: "manifest"; readonly manifest: BundleManifest }
  | { readonly kind: "unknown"; readonly schemaVersion?: number };

export function parseManifest(text: string): ParsedManifest {
  const data = jsonOf(text);
  const schemaVersion = data["schemaVersion"];
  if (schemaVersion !== 1)
    return { kind: "unknown", ...(typeof schemaVersion === "number" && { schemaVersion }) };
  const box = parseBox(objectOf(data["box"]));
  const parts = Array.isArray(data["parts"]) ? data["parts"].map((part) => parsePart(objectOf(part))) : [];
  const known = parts.filter((part) => part !== undefined);
  if (box === undefined || known.length === 0 || known.length < parts.length) return { kind: "unknown" };
  const [program, provider] = [String(data["program"]), String(data["provider"])];
  return { kind: "manifest", manifest: { schemaVersion, program, provider, box, parts: known } };
}

function parseBox({ architecture, docker, recipe }: Fields): BundledBox | undefined {
  const { channel, version } = objectOf(docker);
  if (typeof architecture !== "string" || typeof recipe !== "string") return undefined;
  if (channel !== "distribution" && channel !== "docker") return undefined;
  return { architecture, recipe, docker: { channel, ...(typeof version === "string" && { version }) } };
}

function parsePart({ name, bytes, sha256 }: Fields): BundlePart | undefined {
  if (typeof name !== "string" || typeof bytes !== "number" || typeof sha256 !== "string") return undefined;
  return { name, bytes, sha256 };
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(data: unknown): Fields {
  return typeof data === "object" && data !== null ? Object.fromEntries(Object.entries(data)) : {};
}

function jsonOf(text: string): Fields {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}
