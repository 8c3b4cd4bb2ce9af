import {
  anything,
  checkData,
  listOf,
  onOff,
  oneOf,
  type Output,
  record,
  section,
  someOf,
  text,
  toJsonSchema,
  wholeNumber,
} from "../cluster/values.ts";
import { id } from "./check-kind.ts";

/** What stands in `lab.yaml`; its checks are read by their own kinds. */
export type LabValues = Output<typeof labSchema>;

const needs = section({
  managers: wholeNumber(1, 7)
    .default(1)
    .meta({ description: "Managers at least.", examples: [1] }),
  workers: wholeNumber(0)
    .default(2)
    .meta({ description: "Workers at least.", examples: [2] }),
  ip_vs: onOff().default(false),
  esp: onOff().default(false),
  internet: onOff().default(false),
  /** `docker.tcp` of swarmlab.yaml. */
  tcp: oneOf("tls", "insecure", "off").exactOptional(),
  /** `swarm.data-path-port`; Docker's own is 4789. */
  "data-path-port": wholeNumber(1024, 49151).exactOptional(),
  /** `swarm.autolock`. */
  autolock: onOff().exactOptional(),
});

const setupStep = section({
  /** Machines, as `swarmlab exec --on` takes them. */
  on: text("machines: manager, node1, all, managers, workers").default("manager"),
  /** argv, as root. */
  run: someOf(text(), "a command as a list of words").exactOptional(),
  /** A script in the lab's folder, for bash, as root. */
  script: text("the path of a script in this folder").exactOptional(),
});

const task = section({
  id: id(),
  title: text(),
  why: text("a sentence or two"),
  hints: section({
    concept: text("a sentence or two"),
    command: text("the command"),
  }),
  checks: someOf(record(anything(), "a check"), "a list of checks, at least one"),
});

const answer = section({
  text: text(),
  correct: onOff().default(false),
  because: text("why it is right or wrong"),
});

const question = section({
  id: id(),
  question: text(),
  answers: listOf(answer, "a list of answers").min(2, "a list of two answers or more"),
});

const labSchema = section({
  id: id(),
  title: text(),
  summary: text("one sentence"),
  minutes: wholeNumber(1, 120).meta({ examples: [15] }),
  level: oneOf("beginner", "intermediate", "advanced"),
  needs: needs.prefault({}),
  /** Sample images, such as `whoami:1`. */
  images: listOf(text("a sample image such as whoami:1"), "a list of images").default([]),
  /** The lab takes the swarm itself apart, so that leaving it makes the swarm anew. */
  "rebuilds-swarm": onOff().default(false),
  setup: listOf(setupStep, "a list of steps").default([]),
  teardown: listOf(setupStep, "a list of steps").default([]),
  tasks: someOf(task, "a list of tasks, at least one"),
  quiz: listOf(question, "a list of questions").default([]),
});

/** Reads what YAML left. */
export const checkLab = (data: unknown) => checkData(labSchema, data);

/** For suggestions. */
export const labJsonSchema = () => toJsonSchema(labSchema);
