import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import { damageOf, readRecord, writeRecord } from "../../../src/machine/record-file.ts";

const parse = (data: object) => ("a" in data ? data.a : undefined);

async function place(content?: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-record-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "cluster.json");
  if (content !== undefined) await writeFile(file, content);
  return file;
}

describe("readRecord", () => {
  it("reads what was written, and leaves nothing beside it", async () => {
    const file = await place();
    await writeRecord(file, { a: 1 });
    expect(await readRecord(file, parse)).toBe(1);
    expect(await readdir(join(file, ".."))).toEqual(["cluster.json"]);
  });

  it.each([
    ["no file", undefined],
    ["no mapping", "null"],
    ["what the reader does not know", '{"b":1}'],
  ])("finds nothing in %s", async (_, content) => {
    expect(await readRecord(await place(content), parse)).toBeUndefined();
  });

  it.each([
    ["empty", "", "The file is empty."],
    ["cut short", '{"a":', "The file is not valid JSON."],
    ["full of zeros", "\0\0\0\0", "The file is not valid JSON."],
  ])("a record that is %s is a failure with its path and a cure", async (_, content, why) => {
    const file = await place(content);
    const error: unknown = await readRecord(file, parse).catch((thrown: unknown) => thrown);
    expect(error instanceof FailureError && error.failure).toEqual({
      kind: "prerequisite",
      problems: [
        {
          severity: "error",
          what: "what swarmlab keeps of a cluster cannot be read",
          where: file,
          why,
          remedy: expect.stringContaining(`rm ${file}`) as string,
        },
      ],
    });
    expect(damageOf(error)).toBe(`its record ${file} is damaged`);
  });

  it("no other error is damage", () => {
    const other = new FailureError({ kind: "usage", message: "m", remedy: "r" });
    expect(() => damageOf(other)).toThrow(other);
  });
});
