import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../failure.ts";
import { readText } from "../system/files.ts";
import { writePrivate } from "./lab-files.ts";

/** A Docker context that belongs to a cluster. */
export interface DockerContext {
  readonly name: string;
  readonly cluster: string;
  readonly description: string;
  /** `tcp://192.168.56.17:2376`. */
  readonly host: string;
  /** PEM texts; undefined: without TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/**
 * The contexts of the docker CLI, in files as its context store has them, so that they can be made where there is no CLI yet:
 * https://github.com/docker/cli/blob/v28.3.3/cli/context/store/doc.go
 */
export class DockerContexts {
  readonly #directory: string;

  /** `directory`: the CLI's own, such as `~/.docker`. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the context, or changes it to be so. @throws FailureError `usage` where a context of this name is not the cluster's. */
  async ensure(context: DockerContext): Promise<"created" | "changed" | "unchanged"> {
    const { meta, tls } = this.#paths(context.name);
    const before = await readText(join(meta, "meta.json"));
    if (before !== undefined && clusterOf(before) !== context.cluster) throw nameTaken(context.name);
    const files = filesOf(context);
    const texts = { "meta.json": before, ...(await readFiles(tls, Object.keys(pems))) };
    const isSame = Object.entries(texts).every(([file, text]) => text === files.get(file));
    if (isSame) return "unchanged";
    await rm(tls, { recursive: true, force: true });
    for (const [file, text] of files) {
      const directory = file === "meta.json" ? meta : join(tls, "docker");
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writePrivate(join(directory, file), text);
    }
    return before === undefined ? "created" : "changed";
  }

  /** The names of the cluster's contexts. */
  async list(cluster: string): Promise<readonly string[]> {
    const root = join(this.#directory, "contexts", "meta");
    const entries = await readdir(root).catch((): string[] => []);
    const texts = await Promise.all(entries.map((entry) => readText(join(root, entry, "meta.json"))));
    return texts.flatMap((text) => (text !== undefined && clusterOf(text) === cluster ? [nameOf(text)] : []));
  }

  /** Takes a context away. The CLI, if it used it, uses its default again. */
  async remove(name: string): Promise<void> {
    const { meta, tls } = this.#paths(name);
    await this.#forget(name);
    await rm(tls, { recursive: true, force: true });
    await rm(meta, { recursive: true, force: true });
  }

  /** A CLI whose current context is gone refuses every command. */
  async #forget(name: string): Promise<void> {
    const file = join(this.#directory, "config.json");
    const text = await readText(file);
    const config = text === undefined ? undefined : parse(text);
    if (config?.["currentContext"] !== name) return;
    const rest = Object.entries(config).filter(([key]) => key !== "currentContext");
    await writePrivate(file, `${JSON.stringify(Object.fromEntries(rest), null, "\t")}\n`);
  }

  #paths(name: string): { readonly meta: string; readonly tls: string } {
    const id = createHash("sha256").update(name).digest("hex");
    const contexts = join(this.#directory, "contexts");
    return { meta: join(contexts, "meta", id), tls: join(contexts, "tls", id) };
  }
}

const pems = { "ca.pem": "ca", "cert.pem": "cert", "key.pem": "key" } as const;

function filesOf({ name, cluster, description, host, tls }: DockerContext): ReadonlyMap<string, string> {
  const meta = {
    Name: name,
    Metadata: { Description: description, swarmlab: cluster },
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
  };
  const keys = tls === undefined ? [] : Object.entries(pems).map(([file, key]) => [file, tls[key]] as const);
  // The keys first: a context that is there is whole.
  return new Map([...keys, ["meta.json", JSON.stringify(meta)]]);
}

async function readFiles(
  tls: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string | undefined>>> {
  const texts = await Promise.all(names.map((name) => readText(join(tls, "docker", name))));
  return Object.fromEntries(names.map((name, index) => [name, texts[index]]));
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const data: unknown = JSON.parse(text);
    return isRecord(data) ? data : undefined;
  } catch {
    // A file that the CLI cannot read either is not touched.
    return undefined;
  }
}

function clusterOf(meta: string): unknown {
  const metadata = parse(meta)?.["Metadata"];
  return isRecord(metadata) ? metadata["swarmlab"] : undefined;
}

const nameOf = (meta: string): string => String(parse(meta)?.["Name"]);

const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === "object" && data !== null && !Array.isArray(data);

function nameTaken(name: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `there is a Docker context ${name} that swarmlab did not make for this cluster`,
    remedy: `docker context rm ${name}, or give the cluster another name in swarmlab.yaml`,
  });
}
