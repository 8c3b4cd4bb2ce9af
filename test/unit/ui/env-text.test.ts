import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import { formatEnv, shellOf } from "../../../src/ui/env-text.ts";

const variables = {
  DOCKER_HOST: "tcp://192.168.56.17:2376",
  DOCKER_CERT_PATH: `/it's a "$HOME" \\dir`,
  GONE: null,
};

describe("formatEnv", () => {
  it("bash reads it as it was meant", () => {
    const script = `GONE=1\n${formatEnv(variables, "bash")}printf '%s|' "$DOCKER_HOST" "$DOCKER_CERT_PATH" "\${GONE-gone}"`;
    expect(spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout).toBe(
      `tcp://192.168.56.17:2376|/it's a "$HOME" \\dir|gone|`,
    );
  });

  it("is written for each shell as it reads it", () => {
    expect(formatEnv(variables, "fish")).toBe(
      String.raw`set -gx DOCKER_HOST 'tcp://192.168.56.17:2376'
set -gx DOCKER_CERT_PATH '/it\'s a "$HOME" \\dir'
set -e GONE
# swarmlab env --shell fish | source
`,
    );
    expect(formatEnv(variables, "powershell")).toBe(
      String.raw`$Env:DOCKER_HOST = 'tcp://192.168.56.17:2376'
$Env:DOCKER_CERT_PATH = '/it''s a "$HOME" \dir'
Remove-Item Env:GONE -ErrorAction SilentlyContinue
# swarmlab env --shell powershell | Out-String | Invoke-Expression
`,
    );
  });
});

describe("shellOf", () => {
  it("is what was asked for, else the person's own, else bash", () => {
    expect(shellOf("fish", "/bin/zsh")).toBe("fish");
    expect(shellOf(undefined, "/usr/bin/zsh")).toBe("zsh");
    expect(shellOf(undefined, "/bin/dash")).toBe("bash");
    expect(shellOf(undefined, undefined)).toBe("bash");
    expect(() => shellOf("tcsh", "/bin/bash")).toThrow(FailureError);
  });
});
