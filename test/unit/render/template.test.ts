import { describe, expect, it } from "vitest";
import { renderTemplate } from "../../../src/render/template.ts";

const view = { name: "a'b&c", none: false, list: ["x", "y"] };
const helpers = { shout: (text: string) => text.toUpperCase() };
const render = (template: string): Promise<string> => renderTemplate({ template, view, helpers });

describe("renderTemplate", () => {
  it("escapes nothing and calls helpers", async () => {
    expect(await render("{{name}} {{shout name}}")).toBe("a'b&c A'B&C");
  });

  it("false is not undefined", async () => {
    expect(await render("{{#if none}}yes{{else}}no{{/if}}{{#unless none}}!{{/unless}}")).toBe("no!");
    expect(await render("{{#each list}}{{this}};{{/each}}")).toBe("x;y;");
  });

  it.each([
    "{{typo}}",
    "{{shout typo}}",
    "{{#if typo}}{{/if}}",
    "{{#unless typo}}{{/unless}}",
    "{{#each typo}}{{/each}}",
    "{{#with typo}}{{/with}}",
    "{{#each list}}{{typo}}{{/each}}",
    "{{#each list}}{{#if ../typo}}{{/if}}{{/each}}",
    "{{#typo}}{{/typo}}",
  ])("refuses what the view does not have: %s", async (template) => {
    await expect(render(template)).rejects.toThrow();
  });
});
