import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatSize } from "../cluster/format-size.ts";
import { FailureError } from "../failure.ts";
import { withDeadline } from "../remote/abort.ts";
import type { ProcessResult, ProcessRunner } from "../system/process-runner.ts";

interface Asking {
  readonly processes: ProcessRunner;
  /** As the docker CLI takes it: a name, an ID, or the beginning of one. */
  readonly image: string;
  readonly signal: AbortSignal;
}

const silenceMs = 180_000;

/**
 * The ID by which this computer's engine, as its docker CLI is set up, knows an image.
 * @throws FailureError `prerequisite` without a docker CLI, `usage` where the engine lacks the image, `process` where no engine answers.
 */
export async function hostImageId({ processes, image, signal }: Asking): Promise<string> {
  if ((await processes.which("docker")) === undefined) throw noCli(image);
  const argv = ["docker", "image", "inspect", "--format", "{{.Id}}", "--", image] as const;
  const result = await processes.tryRun({ argv, signal, timeoutMs: 60_000 });
  if (result.exitCode === 0) return result.stdout.trim();
  if (/no such image/i.test(result.stderr)) throw noImage(image);
  throw noAnswer({ argv, image, result });
}

/**
 * Has this computer's engine write an image into a file, whose directory holds nothing else.
 * @throws FailureError `disk-full`, `process`; `timeout` when the file does not grow.
 */
export async function saveHostImage(
  its: Asking & { readonly file: string; readonly report: (text: string) => void },
): Promise<void> {
  const { processes, image, signal: cancelled, file } = its;
  const argv = ["docker", "image", "save", "--output", file, "--", image] as const;
  const expired = () =>
    new FailureError({
      kind: "timeout",
      waitedFor: `this computer's Docker Engine to go on saving ${image}`,
      afterMs: silenceMs,
      hint: "docker info   (does the engine answer?)",
    });
  const result = await withDeadline(
    { timeoutMs: silenceMs, signals: [cancelled], expired },
    (signal, moved) => whileGrowing({ ...its, moved }, () => processes.tryRun({ argv, signal })),
  );
  cancelled.throwIfAborted();
  if (result.exitCode === 0) return;
  if (/no space left on device/i.test(result.stderr))
    throw new FailureError({ kind: "disk-full", path: dirname(file), doing: `saving ${image}` });
  throw noAnswer({ argv, image, result });
}

/** Looks at the file's growth for as long as the work takes. The docker CLI writes beside it and renames at the end. */
async function whileGrowing<T>(
  its: { readonly file: string; readonly report: (text: string) => void; readonly moved: () => void },
  work: () => Promise<T>,
): Promise<T> {
  let lastBytes = 0;
  const timer = setInterval(() => {
    const bytes = sizeWithin(dirname(its.file));
    if (bytes <= lastBytes) return;
    lastBytes = bytes;
    its.moved();
    its.report(`${formatSize(bytes)} saved`);
  }, 500);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function sizeWithin(directory: string): number {
  const sizes = readdirSync(directory).map(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function noCli(image: string): FailureError {
  return new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: "there is no docker CLI on this computer",
        why: `${image} is no file here, so that it would come from this computer's Docker Engine.`,
        remedy: "Give an archive in its place: swarmlab image load FILE.tar",
      },
    ],
  });
}

function noImage(image: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `there is neither a file ${image} nor an image ${image} in this computer's Docker Engine`,
    remedy: "docker image ls   (shows the images that are there)",
  });
}

function noAnswer(its: {
  readonly argv: readonly string[];
  readonly image: string;
  readonly result: ProcessResult;
}): FailureError {
  const { argv, image, result } = its;
  const { exitCode, stderr } = result;
  const remedy = `See whether this computer's Docker Engine answers (docker info), or give an archive: there is no file ${image} here.`;
  return new FailureError({ kind: "process", argv, exitCode, stderr: stderr.trim(), remedy });
}
