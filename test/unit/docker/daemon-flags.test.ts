import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDaemonFlags, mergeDaemonFlags } from "../../../src/docker/daemon-flags.ts";
import { unwrap } from "../../../src/failure.ts";

const flagsOf = (options: Readonly<Record<string, unknown>>) => unwrap(formatDaemonFlags(options, "node1"));

describe("formatDaemonFlags", () => {
  it.each([
    [{}, []],
    [{ debug: true, mtu: 1400 }, ["--debug=true", "--mtu=1400"]],
    [{ labels: ["a=1", "b=2"] }, ["--label=a=1", "--label=b=2"]],
    [{ labels: [] }, []],
    [{ "registry-mirrors": ["http://a"] }, ["--registry-mirror=http://a"]],
    [
      { "insecure-registries": ["a:5000"], dns: ["192.0.2.1"] },
      ["--insecure-registry=a:5000", "--dns=192.0.2.1"],
    ],
    [
      { "log-opts": { "max-size": "10m", "max-file": 3 } },
      ["--log-opt=max-size=10m", "--log-opt=max-file=3"],
    ],
  ])("makes of %j the flags %j", (options, flags) => {
    expect(flagsOf(options)).toEqual(flags);
  });

  it.each([
    { runtimes: { custom: { path: "/x" } } },
    { "default-address-pools": [{ base: "10.0.0.0/8", size: 24 }] },
    { "unknown-list": ["a"] },
    { labels: ["a=b c"] },
    { labels: "a" },
    { labels: [{}] },
    { "log-opts": ["a=b"] },
    { "log-opts": { a: {} } },
    { bip: "a\nb" },
    { bip: null },
  ])("fails for %j, and names the option", (options) => {
    const key = Object.keys(options)[0] ?? "";
    expect(formatDaemonFlags({ debug: true, ...options }, "node1")).toMatchObject({
      ok: false,
      failure: { kind: "prerequisite", problems: [{ where: "node1" }] },
    });
    expect(formatDaemonFlags(options, "node1")).toHaveProperty(
      "failure.problems.0.remedy",
      `remove the daemon option ${key} from swarmlab.yaml, or use machines with systemd`,
    );
  });
});

describe("mergeDaemonFlags", () => {
  it("gives init scripts exactly the flags, after what was there", async () => {
    const word = fc
      .string({ minLength: 1, unit: "grapheme-ascii" })
      .map((text) => text.replaceAll(/\s/g, "'"));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), async (labels) => {
        const file = mergeDaemonFlags('DOCKER_OPTS="-H unix:///a"\n', flagsOf({ labels }));
        expect(await expanded(file)).toEqual([
          "-H",
          "unix:///a",
          ...labels.map((label) => `--label=${label}`),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves all else in the file as it was, and takes its block away again", () => {
    const line = fc.oneof(
      fc.constantFrom("", "# comment", 'DOCKER_OPTS="--dns 192.0.2.1"', "# swarmlab: begin x"),
      fc.string(),
    );
    const file = fc.array(line, { maxLength: 6 }).map((lines) => lines.map((text) => `${text}\n`).join(""));
    fc.assert(
      fc.property(file, (current) => {
        const merged = mergeDaemonFlags(current, ["--debug=true"]);
        expect(merged.startsWith(current)).toBe(true);
        expect(mergeDaemonFlags(merged, ["--debug=true"])).toBe(merged);
        expect(mergeDaemonFlags(merged, ["--mtu=1"])).toBe(mergeDaemonFlags(current, ["--mtu=1"]));
        expect(mergeDaemonFlags(merged, [])).toBe(current);
        expect(mergeDaemonFlags(current, [])).toBe(current);
      }),
    );
  });

  it("ends an unfinished last line first", () => {
    expect(mergeDaemonFlags("a=1", ["--mtu=1"]).split("\n").slice(0, 2)).toEqual([
      "a=1",
      "# swarmlab: begin",
    ]);
  });
});

/** What an init script passes to dockerd: the file is sourced, and the variable expanded without quotes. */
async function expanded(file: string): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-flags-"));
  try {
    await writeFile(join(directory, "docker"), file);
    const script = String.raw`. ./docker; printf '%s\0' $DOCKER_OPTS`;
    const { stdout } = await promisify(execFile)("sh", ["-c", script], { cwd: directory });
    return stdout.split("\0").slice(0, -1);
  } finally {
    await rm(directory, { recursive: true });
  }
}
