import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { arch } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { FailureError, unwrap } from "../../../src/failure.ts";
import { openBundle } from "../../../src/machine/bundle.ts";
import { findBox } from "../../../src/machine/nspawn/box.ts";
import { boxCarrier } from "../../../src/machine/nspawn/box-carrier.ts";
import { boxPart } from "../../../src/machine/nspawn/carry-box.ts";
import type { NspawnHost } from "../../../src/machine/nspawn/nspawn-host.ts";
import { ensureBox } from "../../../src/machine/nspawn/prepare-cluster.ts";
import { writeBundle } from "../../../src/machine/write-bundle.ts";
import { ExecaProcessRunner } from "../../../src/system/execa-process-runner.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { runProgram, temporaryDirectory } from "../../support/program.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const signal = new AbortController().signal;
const quiet = { report: () => undefined, signal };
const processes = new ExecaProcessRunner({ env: process.env, onRun: () => undefined });
const clusterOf = (yaml: string) =>
  unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {})).cluster;
const cluster = clusterOf("");

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  file = join(directory, "lab.bundle");
});

describe("a bundle", () => {
  it("brings the box to another home as it was, without what belongs to the host", async () => {
    const tree = await makeBox(hostIn("from"));
    await makeBundle();
    expect(await ensureBox({ ...hostIn("to"), bundle: await openBundle(file) }, cluster, quiet)).toBe(
      "box unpacked",
    );
    const { tree: copy, ready } = await findBox(hostIn("to"), cluster.docker);
    expect(ready).toBe(true);
    const [before, after] = [await listing(tree), await listing(copy)];
    expect(after).toEqual(before.filter((line) => !/ etc\/(?:hostname|resolv\.conf) /.test(line)));
    expect(after.length).toBeGreaterThan(4);
    expect(await readdir(join(directory, "to/boxes"))).toHaveLength(1);
  });

  it("is the same, byte for byte, when it is made again, and everyone may read it", async () => {
    await makeBox(hostIn("from"));
    await makeBundle();
    const first = await readFile(file);
    await makeBundle();
    expect((await readFile(file)).equals(first)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readdir(directory)).not.toContain("lab.bundle.partial");
  });

  it("is an ordinary tar that begins with its manifest", async () => {
    await makeBox(hostIn("from"));
    await makeBundle();
    const { stdout } = await execa("tar", ["-tf", file]);
    expect(stdout.split("\n")).toEqual(["manifest.json", boxPart]);
    const manifest = await execa("tar", ["-xOf", file, "manifest.json"]);
    expect(JSON.parse(manifest.stdout)).toEqual((await openBundle(file)).manifest);
  });

  it("leaves out package sources with a password, and says so", async () => {
    const said: string[] = [];
    const host = { ...hostIn("from"), warn: (text: string) => said.push(text) };
    const tree = await makeBox(host);
    const sources = join(tree, "etc/apt/sources.list.d/own.list");
    await writeFile(sources, "deb https://ada:secret@packages.example/debian stable main\n");
    await makeBundle(host);
    expect(said).toEqual([
      "Left out of the bundle, because a password is in it: etc/apt/sources.list.d/own.list.",
    ]);
    expect(await boxPaths()).not.toContain("./etc/apt/sources.list.d/own.list");
    expect(await boxPaths()).toContain("./etc/apt/sources.list.d/");
  });

  it("is not half-written: what was there before stays", async () => {
    await writeFile(file, "before");
    const work = join(directory, "work");
    await mkdir(work);
    await writeFile(join(work, boxPart), "x");
    const aborted = AbortSignal.abort(new FailureError({ kind: "interrupted", next: "swarmlab bundle" }));
    expect(await failureOf(writeBundle({ ...parts(work), signal: aborted }))).toMatchObject({
      kind: "interrupted",
    });
    expect(await readFile(file, "utf8")).toBe("before");
    expect(await readdir(directory)).not.toContain("lab.bundle.partial");
  });
});

describe("a file that cannot be used", () => {
  beforeEach(async () => {
    await makeBox(hostIn("from"));
    await makeBundle();
  });

  it.each([
    ["is not there", () => rm(file), "the bundle cannot be opened", /ENOENT/],
    [
      "is a directory",
      () => rm(file).then(() => mkdir(file)),
      "this is no bundle of swarmlab",
      /manifest\.json/,
    ],
    ["is empty", () => truncate(file), "this is no bundle of swarmlab", /manifest\.json/],
    ["is text", () => writeFile(file, "x".repeat(5000)), "this is no bundle of swarmlab", /manifest\.json/],
    ["is another tar", otherTar, "this is no bundle of swarmlab", /manifest\.json/],
    [
      "was not copied to its end",
      () => truncate(file, 2100),
      "the bundle is not whole",
      /It has 2100 bytes, and box/,
    ],
    ["lost all but its manifest", () => truncate(file, 1024), "the bundle is not whole", /It has 1024 bytes/],
    [
      "is of a later form",
      () => changeManifest('"schemaVersion": 1', '"schemaVersion": 2'),
      "the bundle was made by another version of swarmlab",
      /number 2/,
    ],
    [
      "has a manifest of another kind",
      () => changeManifest('"recipe"', '"recipf"'),
      "this is no bundle of swarmlab",
      /manifest\.json/,
    ],
  ])("%s", async (_, spoil, what, why) => {
    await spoil();
    expect(await failureOf(openBundle(file))).toMatchObject({
      kind: "bundle",
      file,
      what,
      why: expect.stringMatching(why) as string,
      remedy: expect.stringMatching(/swarmlab bundle|program\.tar\.gz/) as string,
    });
  });

  it("is damaged inside: nothing of it stays", async () => {
    await using handle = await open(file, "r+");
    await handle.write(Buffer.from([0xff, 0x00]), 0, 2, 1800);
    const bundle = await openBundle(file);
    expect(await failureOf(ensureBox({ ...hostIn("to"), bundle }, cluster, quiet))).toMatchObject({
      kind: "bundle",
      what: "the bundle is damaged",
      why: expect.stringMatching(
        /^box\.tar\.gz has the SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} when/,
      ) as string,
    });
    expect(await readdir(join(directory, "to/boxes"))).toEqual([]);
  });

  it.each([
    [
      "for another processor",
      () => changeManifest(`"${arch()}"`, '"vax"'.padEnd(arch().length + 2)),
      "",
      "the bundle is for another kind of processor",
    ],
    [
      "with another engine",
      () => undefined,
      "docker: { version: '27' }",
      "the bundle has another Docker Engine than swarmlab.yaml asks for",
    ],
    [
      "of another recipe",
      () => changeManifest(/(?<="recipe": ")./, "x"),
      "",
      "the box in the bundle was made in another way than this version of swarmlab makes it",
    ],
  ])("is %s", async (_, change, yaml, what) => {
    await change();
    const using = carrierOf(hostIn("to")).withBundle(clusterOf(yaml), await openBundle(file));
    expect(await failureOf(using)).toMatchObject({ kind: "bundle", file, what });
  });

  it("has nothing for a cluster with a box of its own", async () => {
    const using = carrierOf(hostIn("to")).withBundle(clusterOf("box: /srv/tree"), await openBundle(file));
    expect(await failureOf(using)).toMatchObject({
      kind: "usage",
      message: expect.stringContaining("/srv/tree") as string,
    });
  });
});

describe("swarmlab", () => {
  it.each([
    ["a bundle that is not there", ["up", "--bundle", "none"], "bundle", 1],
    ["--setup beside --bundle", ["up", "--bundle", "none", "--setup"], "usage", 2],
    ["a directory to write to", ["bundle", "."], "usage", 2],
    ["a directory that is not there", ["bundle", "none/lab.bundle"], "usage", 2],
    ["a provider whose box cannot be carried", ["bundle", "lab.bundle", "--provider", "libvirt"], "usage", 2],
  ])("refuses %s", async (_, args, kind, exitCode) => {
    const ended = await runProgram(directory, ["--json", ...args], { PATH: process.env["PATH"] ?? "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ failure: { kind, exitCode } });
    expect(ended.exitCode).toBe(exitCode);
  });

  it("refuses a bundle for another provider than the cluster's", async () => {
    await makeBox(hostIn("from"));
    await makeBundle();
    const args = ["--json", "up", "--bundle", file, "--provider", "virtualbox"];
    const { stdout } = await runProgram(directory, args);
    expect(JSON.parse(stdout)).toMatchObject({
      failure: {
        kind: "bundle",
        file,
        why: "Its box is for nspawn, and the provider of this cluster is virtualbox.",
      },
    });
  });
});

function hostIn(home: string): NspawnHost {
  return {
    processes,
    clock: systemClock,
    home: join(directory, home),
    templates: resolve("templates"),
    platform: "linux",
    warn: (text) => {
      throw new Error(text);
    },
  };
}

const carrierOf = (host: NspawnHost) =>
  boxCarrier(host, () => {
    throw new Error("no provider is wanted");
  });

/** In place of a box, a small tree with what is easily lost on the way. */
async function makeBox(host: NspawnHost): Promise<string> {
  const { tree } = await findBox(host, cluster.docker);
  await mkdir(join(tree, "etc/apt/sources.list.d"), { recursive: true });
  for (const name of ["hostname", "resolv.conf", "machine-id", "hosts"])
    await writeFile(join(tree, "etc", name), `${name}\n`);
  await writeFile(join(tree, "sudo"), "set-user-ID");
  await chmod(join(tree, "sudo"), 0o4755);
  await link(join(tree, "sudo"), join(tree, "sudoedit"));
  await execa("ln", ["-s", "sudo", join(tree, "link")]);
  await execa("touch", ["-d", "2020-02-02 02:02:02.123456789 UTC", join(tree, "sudo"), join(tree, "etc")]);
  return tree;
}

const parts = (work: string) => ({
  processes,
  file,
  directory: work,
  parts: [boxPart],
  about: {
    program: "0.0.0",
    provider: "nspawn",
    box: { architecture: "x64", docker: { channel: "distribution" as const }, recipe: "0" },
  },
});

async function makeBundle(host = hostIn("from")): Promise<void> {
  const work = join(directory, "work");
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  const carrier = carrierOf(host);
  await carrier.pack(cluster, join(work, boxPart), quiet);
  const box = await carrier.describe(cluster);
  const its = parts(work);
  await writeBundle({ ...its, about: { ...its.about, box }, signal });
}

/** Everything of a tree: kind, mode, owner, time to the nanosecond, hard and symbolic links. */
async function listing(tree: string): Promise<readonly string[]> {
  const { stdout } = await execa("find", [".", "-printf", "%y %m %U:%G %n %P %T@ %l\n"], { cwd: tree });
  return stdout.split("\n").sort();
}

async function boxPaths(): Promise<readonly string[]> {
  const { stdout } = await execa("sh", ["-c", `tar -xOf "$1" ${boxPart} | tar -tzf -`, "sh", file]);
  return stdout.split("\n");
}

async function otherTar(): Promise<void> {
  await copyFile(join(directory, "work", boxPart), join(directory, "other"));
  await execa("tar", ["-cf", file, "-C", directory, "other"]);
}

/** In place, so that the file stays as long as it was. */
async function changeManifest(from: string | RegExp, to: string): Promise<void> {
  await using handle = await open(file, "r+");
  const head = Buffer.alloc(1024);
  await handle.read(head, 0, 1024, 0);
  const changed = Buffer.from(head.toString("latin1").replace(from, to), "latin1");
  expect(changed).toHaveLength(1024);
  expect(changed.equals(head)).toBe(false);
  await handle.write(changed, 0, 1024, 0);
}
