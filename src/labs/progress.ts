import { isObject } from "../docker/json-object.ts";
import type { Baseline } from "./baseline.ts";

/** What is kept of the learner's way, outside of the cluster. By lab id; ids that no lab has any more are kept as they are. */
export interface Progress {
  readonly schemaVersion: 1;
  /** The lab that the cluster is set up for. */
  readonly current: string | null;
  readonly labs: Readonly<Record<string, LabProgress>>;
}

export interface LabProgress {
  /** Of the content that this is about: a lab that has changed since is told from one that has not. */
  readonly hash: string;
  /** ISO 8601; null: not yet. */
  readonly doneAt: string | null;
  /** The last attempt; null: none yet. */
  readonly attempt: Attempt | null;
}

/** From one `lab start` or `lab reset` to the next. */
export interface Attempt {
  /** Six letters that no other attempt has. */
  readonly nonce: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly baseline: Baseline;
  /** Checks with `once` that have passed. */
  readonly passedOnce: readonly string[];
  /** How many hints were given, by task id. */
  readonly hints: Readonly<Record<string, number>>;
  /** Tasks that `solve` solved. */
  readonly solved: readonly string[];
  /** The answer chosen, as a number from 0, by question id. */
  readonly answers: Readonly<Record<string, number>>;
}

export const noProgress: Progress = { schemaVersion: 1, current: null, labs: {} };

/** @param data what a progress file holds; undefined where it is none of this version, or was changed by hand into what it cannot be. */
export function parseProgress(data: unknown): Progress | undefined {
  return isObject(data) &&
    data["schemaVersion"] === 1 &&
    isTextOrNull(data["current"]) &&
    isRecordOf(data["labs"], isLabProgress)
    ? (data as unknown as Progress)
    : undefined;
}

function isLabProgress(data: unknown): boolean {
  return (
    isObject(data) &&
    isText(data["hash"]) &&
    isTextOrNull(data["doneAt"]) &&
    (data["attempt"] === null || isAttempt(data["attempt"]))
  );
}

function isAttempt(data: unknown): boolean {
  return (
    isObject(data) &&
    isText(data["nonce"]) &&
    isText(data["startedAt"]) &&
    isBaseline(data["baseline"]) &&
    isListOfTexts(data["passedOnce"]) &&
    isRecordOf(data["hints"], isNumber) &&
    isListOfTexts(data["solved"]) &&
    isRecordOf(data["answers"], isNumber)
  );
}

function isBaseline(data: unknown): boolean {
  const hashes = ["clusterId", "workerTokenHash", "managerTokenHash", "trustRootHash"];
  return isObject(data) && hashes.every((key) => isText(data[key])) && isRecordOf(data["nodeIds"], isText);
}

const isText = (data: unknown): boolean => typeof data === "string";
const isNumber = (data: unknown): boolean => typeof data === "number";
const isTextOrNull = (data: unknown): boolean => data === null || isText(data);
const isListOfTexts = (data: unknown): boolean => Array.isArray(data) && data.every(isText);
const isRecordOf = (data: unknown, isItem: (item: unknown) => boolean): boolean =>
  isObject(data) && Object.values(data).every(isItem);

export function newAttempt(its: Pick<Attempt, "nonce" | "startedAt" | "baseline">): Attempt {
  return { ...its, passedOnce: [], hints: {}, solved: [], answers: {} };
}

/** The lab is under way with a new attempt. That it was done before stays. */
export function withAttempt(
  progress: Progress,
  lab: { readonly id: string; readonly hash: string },
  attempt: Attempt,
): Progress {
  const before = progressOf(progress, lab);
  const entry = { doneAt: before?.doneAt ?? null, hash: lab.hash, attempt };
  return { ...progress, current: lab.id, labs: { ...withoutRenamed(progress.labs, lab), [lab.id]: entry } };
}

/** No lab is under way any more. What is known of each stays. */
export const withoutCurrent = (progress: Progress): Progress => ({ ...progress, current: null });

/** The progress with one attempt changed. */
export function changeAttempt(
  progress: Progress,
  id: string,
  change: (attempt: Attempt) => Attempt,
): Progress {
  const entry = progress.labs[id];
  if (!entry?.attempt) return progress;
  return { ...progress, labs: { ...progress.labs, [id]: { ...entry, attempt: change(entry.attempt) } } };
}

/** The lab is done, for the first time at this moment if it was not before. */
export function markDone(progress: Progress, id: string, at: string): Progress {
  const entry = progress.labs[id];
  if (entry === undefined) return progress;
  return { ...progress, labs: { ...progress.labs, [id]: { ...entry, doneAt: entry.doneAt ?? at } } };
}

/** What is known of a lab: by its id, or by its content where it was renamed. */
export function progressOf(
  progress: Progress,
  lab: { readonly id: string; readonly hash: string },
): LabProgress | undefined {
  return progress.labs[lab.id] ?? Object.values(progress.labs).find(({ hash }) => hash === lab.hash);
}

function withoutRenamed(
  labs: Progress["labs"],
  { id, hash }: { readonly id: string; readonly hash: string },
): Progress["labs"] {
  return Object.fromEntries(
    Object.entries(labs).filter(([known, entry]) => known === id || entry.hash !== hash),
  );
}
