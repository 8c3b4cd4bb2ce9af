import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "../../../src/state/lab-files.ts";

describe("replaceFile", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-replace-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("keeps the file's mode and a link that leads to it, and leaves nothing beside it", async () => {
    const [file, link] = [join(directory, "real.yaml"), join(directory, "swarmlab.yaml")];
    await writeFile(file, "old\n");
    await chmod(file, 0o664);
    await symlink("real.yaml", link);
    await replaceFile(link, "new\n");
    expect(await readFile(file, "utf8")).toBe("new\n");
    expect((await stat(file)).mode & 0o777).toBe(0o664);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readdir(directory)).toEqual(["real.yaml", "swarmlab.yaml"]);
  });
});
