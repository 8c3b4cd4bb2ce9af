import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { type Overrides, resolveCluster, type ResolvedCluster } from "../../../src/cluster/resolve.ts";
import {
  contains,
  isPrivate,
  nthAddress,
  overlaps,
  parseSubnet,
  sizeOf,
  type Subnet,
} from "../../../src/cluster/subnet.ts";
import type { Problem, Result } from "../../../src/failure.ts";
import { configData, yamlText, yamlWriter } from "../../support/generated-config.ts";
import { mutatedText } from "../../support/mutated-text.ts";

const numRuns = 10_000;
/** To make a counterexample smaller must not take longer than this. */
const interruptAfterTimeLimit = 400_000;
const timeoutMs = 500_000;

/** Text to cluster, as every command reads its file. */
function read(text: string, overrides: Overrides): Result<ResolvedCluster> {
  const config = parseConfig(text, "swarmlab.yaml");
  return config.ok ? resolveCluster(config.value, overrides) : config;
}

const written = fc.tuple(configData(), yamlWriter()).map(([data, write]) => ({ data, text: write(data) }));
const flags: fc.Arbitrary<Overrides> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        provider: fc.oneof(fc.constantFrom("nspawn", "virtualbox", "auto"), fc.string()),
        managers: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.double()),
        workers: fc.oneof(fc.nat(20), fc.double()),
      },
      { requiredKeys: [] },
    ),
  },
);

describe("a swarmlab.yaml", () => {
  it(
    "that was generated gives a sound cluster, or problems with place and remedy",
    () => {
      let clusters = 0;
      const property = fc.property(written, flags, ({ data, text }, overrides) => {
        const result = read(text, overrides);
        expectProblems(problemsIn(result), text);
        if (!result.ok) return;
        clusters += 1;
        expectSound(result.value.cluster);
        expectAsked(result.value.cluster, { ...data, ...overrides });
      });
      fc.assert(property, { numRuns, interruptAfterTimeLimit, markInterruptAsFailure: true });
      // Else the other half of the sentence was hardly tried.
      expect(clusters).toBeGreaterThan(numRuns / 3);
    },
    timeoutMs,
  );

  it(
    "that was mutated gives a sound cluster, or problems with place and remedy",
    () => {
      let clusters = 0;
      const mutants = mutatedText(yamlText(configData()));
      const property = fc.property(mutants, flags, (text, overrides) => {
        const result = read(text, overrides);
        expectProblems(problemsIn(result), text);
        if (!result.ok) return;
        clusters += 1;
        expectSound(result.value.cluster);
      });
      fc.assert(property, { numRuns, interruptAfterTimeLimit, markInterruptAsFailure: true });
      expect(clusters).toBeGreaterThan(numRuns / 20);
      expect(clusters).toBeLessThan(numRuns / 2);
    },
    timeoutMs,
  );
});

/** Those that stand in the way, or the warnings. */
function problemsIn(result: Result<ResolvedCluster>): readonly Problem[] {
  if (result.ok) return result.value.warnings;
  if (result.failure.kind !== "config") throw new Error(`a failure of kind ${result.failure.kind}`);
  expect(result.failure.problems.some(({ severity }) => severity === "error")).toBe(true);
  return result.failure.problems;
}

function expectProblems(problems: readonly Problem[], text: string): void {
  const lines = text.split("\n");
  expect(problems.filter((problem) => !hasPlaceAndRemedy(problem, lines))).toEqual([]);
}

function hasPlaceAndRemedy({ what, where = "", remedy }: Problem, lines: readonly string[]): boolean {
  if (!/\S/.test(what) || !/\S/.test(remedy)) return false;
  if (/^--(?:provider|managers|workers)$/.test(where)) return true;
  const [, line = "0", column = "0"] = /^swarmlab\.yaml:(\d+):(\d+)$/.exec(where) ?? [];
  const length = lines[Number(line) - 1]?.length;
  return length !== undefined && Number(column) > 0 && Number(column) <= length + 1;
}

/** Whatever was asked for. */
function expectSound({ subnet: text, machines, swarm, ...others }: Cluster): void {
  // They have the addresses that they have.
  if (others.hosts !== undefined) {
    expect(machines.map(({ name }) => name).toSorted()).toEqual(Object.keys(others.hosts).toSorted());
    return;
  }
  const subnet = subnetOf(text);
  const addresses = machines.map(({ address }) => address);
  const ends = [0, 1, sizeOf(subnet) - 1].map((offset) => nthAddress(subnet, offset));
  const networks = [subnet, ...swarm.addressPools.map(subnetOf)];
  const overlapping = networks.filter((one, index) =>
    networks.slice(index + 1).some((other) => overlaps(one, other)),
  );
  expect({
    isPrivate: isPrivate(subnet),
    distinctAddresses: new Set([...addresses, ...ends]).size,
    outside: addresses.filter((address) => !contains(subnet, address)),
    overlapping,
    tooSmall: machines.filter(({ memoryMiB = 128, cpus = 1 }) => memoryMiB < 128 || cpus <= 0),
    odd: numbersIn({ machines: machines.slice(0, 20), swarm, ...others }).filter(isOdd),
  }).toEqual({
    isPrivate: true,
    distinctAddresses: machines.length + 3,
    outside: [],
    overlapping: [],
    tooSmall: [],
    odd: [],
  });
}

/** What was written is there, and what was not has its default. */
function expectAsked(cluster: Cluster, asked: Asked): void {
  if (cluster.hosts !== undefined) {
    expect(asked.provider).toBe("hosts");
    return;
  }
  const { name = "swarmlab", provider = "auto", managers = 1, workers = 2, subnet, labels = {} } = asked;
  const names = [
    ...Array.from({ length: managers }, (_, index) => (index === 0 ? "manager" : `manager${index + 1}`)),
    ...Array.from({ length: workers }, (_, index) => `node${index + 1}`),
  ];
  const labelled = cluster.machines.filter((machine) => Object.keys(machine.labels).length > 0);
  const wantedLabels = Object.entries(labels).filter(
    ([machine, its]) => names.includes(machine) && Object.keys(its).length > 0,
  );
  expect({
    name: cluster.name,
    provider: cluster.provider,
    subnetChosen: cluster.subnetChosen,
    subnet: cluster.subnet,
    names: cluster.machines.map((machine) => machine.name),
    managers: cluster.machines.filter((machine) => machine.role === "manager").length,
    labels: Object.fromEntries(labelled.map((machine) => [machine.name, machine.labels])),
  }).toEqual({
    name,
    provider,
    subnetChosen: subnet !== undefined,
    subnet: subnet ?? "192.168.56.0/24",
    names,
    managers,
    labels: Object.fromEntries(wantedLabels),
  });
}

interface Asked {
  readonly name?: string;
  readonly provider?: string | undefined;
  readonly managers?: number | undefined;
  readonly workers?: number | undefined;
  readonly subnet?: string;
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function subnetOf(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) throw new Error(`no subnet: ${text}`);
  return subnet;
}

/** JSON has no way to write these, so that they would not arrive where they are wanted. */
const isOdd = (number: number): boolean => !Number.isFinite(number);

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
