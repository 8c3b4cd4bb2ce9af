import { join } from "node:path";
import { formatSize } from "../cluster/format-size.ts";
import { selectMachines } from "../cluster/select.ts";
import type { Context } from "../context.ts";
import { listImages } from "../docker/held-images.ts";
import { ensureArchive, type ImageChange } from "../docker/load-archive.ts";
import { unwrap } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import { makeStateDirectory } from "../state/lab-files.ts";
import { withScratchDirectory } from "../state/scratch-directory.ts";
import type { LeafStep, Step } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { Connections } from "./connections.ts";
import { readImageSource, type ImageSource } from "./image-source.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

export interface ImageLoadOptions extends LabOptions {
  /** Names of this computer's images, and paths of archives; one at least. */
  readonly sources: readonly string[];
  /** Names, `managers`, `workers`, `all`, globs; comma-separated. */
  readonly on: string;
}

/** What `image load --json` prints. */
export interface ImageLoadReport {
  readonly schemaVersion: 1;
  readonly loaded: readonly {
    /** As it was given. */
    readonly source: string;
    readonly images: readonly { readonly id: string; readonly tags: readonly string[] }[];
    readonly machines: readonly { readonly name: string; readonly change: ImageChange }[];
  }[];
}

interface Loading {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Connections;
  readonly sources: readonly string[];
  readonly machines: readonly string[];
  /** For images of this computer's engine on their way. */
  readonly directory: string;
  readonly read: Map<string, ImageSource>;
  /** By machine, then by source. */
  readonly changes: Map<string, ReadonlyMap<string, ImageChange>>;
}

/** Brings images to machines without a registry. Sends nothing before all sources are read and found good. */
export async function imageLoad(usual: Context, options: ImageLoadOptions): Promise<ImageLoadReport> {
  const lab = await openLab(usual, options, ["read the key that opens the machines"]);
  const context = patientContext(usual, lab);
  const chosen = unwrap(selectMachines(lab.cluster.machines, options.on));
  const machines = chosen.map(({ name }) => requireRunning(lab, name).name);
  const sources = [...new Set(options.sources)];
  return withClusterLock(context, lab.cluster.name, async () => {
    // Not in /tmp, which may be in memory.
    const directory = join(await makeStateDirectory(lab.directory), "image-load");
    return await withScratchDirectory(directory, async () => {
      await using connections = new Connections(context);
      const results = { read: new Map(), changes: new Map() };
      const loading = { context, lab, connections, sources, machines, directory, ...results };
      const maxWorkers = Math.max(sources.length, machines.length);
      await runSteps(stepsOf(loading), { ...context, maxWorkers });
      return reportOf(loading);
    });
  });
}

function stepsOf(loading: Loading): readonly Step[] {
  const { sources, machines } = loading;
  return [
    {
      id: "image/read",
      title: "Read",
      mode: "concurrent",
      steps: sources.map((source, index) => readStep(loading, { source, number: index + 1 })),
    },
    {
      id: "image/load",
      title: "Load",
      mode: "concurrent",
      steps: machines.map((machine) => loadStep(loading, machine)),
    },
  ];
}

function readStep(loading: Loading, its: { readonly source: string; readonly number: number }): LeafStep {
  const { context, directory, read } = loading;
  const { source, number } = its;
  return {
    id: `image/read/${number}`,
    title: source,
    run: async (progress) => {
      const found = await readImageSource({
        context,
        source,
        file: join(directory, String(number), "image.tar"),
        progress,
        isEverywhere: (id, tag) => isEverywhere(loading, { id, tag }),
      });
      read.set(source, found);
      return found.archive === undefined ? "there already" : formatSize(found.archive.sizeBytes);
    },
  };
}

async function isEverywhere(
  { context, lab, connections, machines }: Loading,
  image: { readonly id: string; readonly tag: string },
): Promise<boolean> {
  const lists = await Promise.all(
    machines.map(async (name) => listImages(await connections.engine(lab, name), context.signal)),
  );
  return lists.every((held) => held.some(({ id, tags }) => id === image.id && tags.includes(image.tag)));
}

/** One after another: they would only share the machine's connection and disk. */
function loadStep({ context, lab, connections, read, changes }: Loading, machine: string): LeafStep {
  return {
    id: `image/load/${machine}`,
    title: machine,
    run: async ({ signal, report }) => {
      const engine = await connections.engine(lab, machine);
      const done = new Map<string, ImageChange>();
      for (const [name, { archive }] of read) {
        const { clock } = context;
        const change = archive && (await ensureArchive({ engine, archive, name, clock, signal, report }));
        done.set(name, change ?? "unchanged");
      }
      changes.set(machine, done);
      return outcomeOf(done);
    },
  };
}

function outcomeOf(done: ReadonlyMap<string, ImageChange>): string {
  const changed = [...done].filter(([, change]) => change !== "unchanged");
  if (changed.length === 0) return "there already";
  return changed
    .map(([source, change]) => (change === "loaded" ? source : `${source} (name only)`))
    .join(", ");
}

function reportOf({ sources, machines, read, changes }: Loading): ImageLoadReport {
  const loaded = sources.map((source) => ({
    source,
    images: (read.get(source)?.images ?? []).map(({ ids, tags }) => ({ id: ids[0], tags })),
    machines: machines.map((name) => ({ name, change: changes.get(name)?.get(source) ?? "unchanged" })),
  }));
  return { schemaVersion: 1, loaded };
}
