import { resolve } from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
/** Most rules ask for no types, and answer faster without. */
const untyped = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
const typed = new ESLint({ cwd: root });

const paths = "import-x/no-restricted-paths";
const packages = "@typescript-eslint/no-restricted-imports";

describe("the lint rules", () => {
  it.each([
    ["cluster/select.ts", "../system/process-runner.ts", paths],
    ["system/clock.ts", "../cluster/cluster.ts", paths],
    ["state/lock.ts", "../remote/remote.ts", paths],
    ["remote/remote.ts", "../docker/engine.ts", paths],
    ["docker/engine.ts", "../swarm/membership.ts", paths],
    ["swarm/apply.ts", "../app/up.ts", paths],
    ["swarm/plan-swarm.ts", "./observe.ts", paths],
    ["swarm/plan-swarm.ts", "../system/clock.ts", paths],
    ["machine/provider.ts", "../docker/engine.ts", paths],
    ["machine/choose-provider.ts", "./nspawn/nspawn-provider.ts", paths],
    ["ui/renderer.ts", "../remote/remote.ts", paths],
    ["ui/renderer.ts", "../app/up.ts", packages],
    ["app/up.ts", "../machine/nspawn/nspawn-provider.ts", paths],
    ["app/up.ts", "../remote/connect-ssh.ts", paths],
    ["app/up.ts", "../system/execa-process-runner.ts", paths],
    ["app/up.ts", "../ui/renderer.ts", paths],
    ["app/up.ts", "../cli/command.ts", paths],
    ["cli/commands.ts", "../machine/provider.ts", paths],
    ["failure.ts", "./context.ts", paths],
    ["run-steps.ts", "execa", packages],
    ["ui/listr-renderer.ts", "commander", packages],
    ["ui/table.ts", "../app/up.ts", packages],
    ["cluster/schema.ts", "yaml", packages],
    ["cluster/schema.ts", "zodiac", packages],
    ["steps.ts", "a-new-package", packages],
    ["steps.ts", "process", packages],
    ["remote/ssh2-remote.ts", "ssh2", packages],
    ["docker/engine.ts", "node:process", packages],
    ["main.ts", "node:child_process", packages],
    ["cluster/machine-name.ts", "./machine-rules.ts", "import-x/no-cycle"],
  ])("keep src/%s from importing %s", async (file, imported, rule) => {
    expect(await rulesBroken(untyped, file, `import ${JSON.stringify(imported)};\n`)).toContain(rule);
  });

  it.each([
    ["create-context.ts", "./machine/nspawn/nspawn-provider.ts"],
    ["main.ts", "node:process"],
    ["app/up.ts", "../swarm/plan-swarm.ts"],
    ["app/up.ts", "../machine/provider.ts"],
    ["machine/nspawn/nspawn-provider.ts", "../../remote/connect-ssh.ts"],
    ["ui/listr-renderer.ts", "listr2"],
    ["run-steps.ts", "p-limit"],
    ["cluster/schema.ts", "zod/v4"],
    ["steps.ts", "node:path"],
  ])("let src/%s import %s", async (file, imported) => {
    expect(await rulesBroken(untyped, file, `import ${JSON.stringify(imported)};\n`)).toEqual([]);
  });

  it("let types of an owned package go everywhere", async () => {
    const code = 'import type { Client } from "ssh2";\nexport type Own = Client;\n';
    expect(await rulesBroken(untyped, "remote/remote.ts", code)).toEqual([]);
  });

  it.each([
    ["a default export", "export default 1;\n", "import-x/no-default-export"],
    ["an enum", "export enum Color {\n  Red,\n}\n", "no-restricted-syntax"],
    ["console", 'console.log("");\n', "no-console"],
    ["process", "export const id = process.pid;\n", "no-restricted-globals"],
  ])("forbid %s", async (_, code, rule) => {
    expect(await rulesBroken(untyped, "steps.ts", code)).toEqual([rule]);
  });

  it("see a key that is exported in the way that may stop Node for good", async () => {
    const code = 'declare const key: KeyObject;\nexport const jwk = key.export({ format: "jwk" });\n';
    expect(await rulesBroken(untyped, "remote/ssh-keys.ts", code)).toContain("no-restricted-syntax");
  });

  it("see a promise that outlives what it uses", async () => {
    const code = `export async function read(open: () => AsyncDisposable & { all: () => Promise<string> }): Promise<string> {
  await using file = open();
  return file.all();
}
`;
    expect(await rulesBroken(typed, "steps.ts", code)).toEqual(["@typescript-eslint/return-await"]);
  });
});

/** Rules that this code breaks in place of a file's own. */
async function rulesBroken(eslint: ESLint, file: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: resolve(root, "src", file) });
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
}
