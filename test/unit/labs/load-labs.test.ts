import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadLabs, nameInFolder } from "../../../src/labs/load-labs.ts";
import { temporaryDirectory } from "../../support/program.ts";

it.each([
  ["C:\\swarmlab\\labs\\05-first", "C:\\swarmlab\\labs\\05-first\\files\\web\\index.html"],
  ["/labs/05-first", "/labs/05-first/files/web/index.html"],
])("a file below %s has the same name on every system", (directory, path) => {
  expect(nameInFolder(directory, path)).toBe("files/web/index.html");
});

it("a lab with the line ends of Windows is read as any other", async () => {
  const folder = "07-from-compose-to-stack";
  const copy = await temporaryDirectory();
  await cp(join("labs", folder), join(copy, folder), { recursive: true });
  const files = (await readdir(copy, { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  );
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    await writeFile(file, (await readFile(file, "utf8")).replaceAll("\n", "\r\n"));
  }
  const [original] = (await loadLabs("labs", ["07"])).labs;
  const { labs, problems } = await loadLabs(copy);
  expect(problems).toEqual([]);
  for (const part of ["text", "solutions", "files", "mutants"] as const)
    expect(labs[0]?.[part]).toEqual(original?.[part]);
  expect(original?.text.sections).toHaveLength(4);
});
