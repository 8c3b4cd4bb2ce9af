import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { renderVagrantfile } from "../../../src/render/vagrantfile.ts";
import { vagrantfileSamples } from "../../support/vagrantfile-samples.ts";

const golden = new URL("../../golden/vagrantfile/", import.meta.url);
const template = await readFile(new URL("../../../templates/Vagrantfile.hbs", import.meta.url), "utf8");

describe("renderVagrantfile", () => {
  it.each(Object.entries(vagrantfileSamples))("%s", async (name, options) => {
    const file = new URL(`${name}.rb`, golden).pathname;
    await expect(await renderVagrantfile(options, template)).toMatchFileSnapshot(file);
  });

  it("has a golden file for each sample, and no other", () => {
    const names = Object.keys(vagrantfileSamples).map((name) => `${name}.rb`);
    expect(readdirSync(golden).toSorted()).toEqual(names.toSorted());
  });
});
