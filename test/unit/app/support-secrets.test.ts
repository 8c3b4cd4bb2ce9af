import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataWithoutSecrets, withoutSecrets } from "../../../src/app/support-secrets.ts";

const hush = "hunter2-Pässwort";
const pem = `-----BEGIN EC PRIVATE KEY-----\n${hush}\n-----END EC PRIVATE KEY-----`;

describe("withoutSecrets", () => {
  it.each([
    [`SWMTKN-1-${"a".repeat(50)}-${"b".repeat(25)}`, "***"],
    [`SWMKEY-1-${"A+/".repeat(14)}b`, "***"],
    [`x ${pem} y`, "x *** y"],
    [`-----BEGIN OPENSSH PRIVATE KEY-----\n${hush}`, "***"],
    [`proxy http://me:${hush}@proxy:3128/x`, "proxy http://***@proxy:3128/x"],
    [`https://me:a/b@c@mirror`, "https://***@mirror"],
    ["https://me:pa@55w0rd@mirror", "https://***@mirror"],
    ["http://me:pa@ss:word@proxy:3128", "http://***@proxy:3128"],
    [`https://me@example.org:${hush}@mirror`, "https://***@mirror"],
    [`tcp://a/b,https://me:a/b@c@mirror`, "tcp://a/b,https://***@mirror"],
    [`https://${hush}@mirror`, "https://***@mirror"],
    ["me:pa@ss:word@proxy:3128", "me:***@proxy:3128"],
    ["me:a@proxy,you:b@c,password=d@e", "me:***@proxy,you:***@c,password=***"],
    [`me:${hush}@proxy,web:1@sha256:00`, "me:***@proxy,web:1@sha256:00"],
    [`http-proxy: me:${hush}@proxy:3128`, "http-proxy: me:***@proxy:3128"],
    [`curl -H "Authorization: Bearer abcdefgh"`, `curl -H "Authorization: ***"`],
    [`got Bearer ${"abc.".repeat(9)}`, "got Bearer ***"],
    [
      `level=debug msg="form data: {\\"Env\\":[\\"WORD=${hush}\\"]}"\nnext`,
      'level=debug msg="form data: ***\nnext',
    ],
    [`level=debug form-data="{\\"Env\\":[\\"WORD=${hush}\\"]}" module=api`, "level=debug form-data=***"],
    [`password=${hush} user=me`, "password=*** user=me"],
    [`--registry-token ${hush} --debug`, "--registry-token *** --debug"],
    [`{"splunk-token":"${hush}"}`, `{"splunk-token":"***"}`],
    [`msg="got secret=\\"${hush} x\\" here"`, `msg="got secret="***" here"`],
    [`  password: my secret ${hush}\nname: demo`, "  password: ***\nname: demo"],
    [`  password: '${hush}'  # mine`, `  password: "***"  # mine`],
    [`  api_key: |\n    ${hush}\n    ${hush}\nname: demo`, "  api_key: ***\nname: demo"],
  ])("takes the secret out of %s", (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });

  it.each([
    ['level=error msg="pull failed: unauthorized: authentication required"'],
    [`e2e-busybox:latest@sha256:${"0".repeat(64)}`],
    ["https://registry.example:5000/v2/ at 192.168.56.17:2376"],
    ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"],
    ["tcp://192.168.56.17:2377 module=node/agent node.id=abc"],
  ])("leaves %s as it is", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  // What is repeated at each place would take minutes.
  it.each([
    ["aa:bb:"],
    ["a://"],
    ["a://b:"],
    ["a:@sha256:"],
    ["password: "],
    ['token=\\"'],
    ["-----BEGIN "],
    ["Bearer "],
    ["-"],
    ["a"],
  ])("comes to an end with much of %j", (part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(withoutSecrets(text)).not.toBe("");
  });

  it("comes to an end with much room behind a name", () => {
    const text = `password:${" ".repeat(1_000_000)}`;
    expect(withoutSecrets(`${text}x`)).toBe(`${text}***`);
  });

  it("leaves none, wherever they stand, and nothing more to do", () => {
    const token = `SWMTKN-1-${"0".repeat(50)}-${"z".repeat(25)}`;
    const secret = fc.constantFrom(
      token,
      pem,
      `password=${hush}`,
      `http://u:${hush}@h`,
      `"token": "${hush}"`,
    );
    const noise = fc.stringMatching(/^[ab: ="'\n\\{}@/,-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, secret)), (parts) => {
        const text = parts.map(([before, each]) => `${before} ${each}`).join("\n");
        const cleaned = withoutSecrets(text);
        expect(cleaned).not.toMatch(/SWMTKN|PRIVATE KEY|hunter2/);
        expect(withoutSecrets(cleaned)).toBe(cleaned);
      }),
    );
  });
});

describe("dataWithoutSecrets", () => {
  it("blanks what a service may hide, and keeps the rest", () => {
    const service = {
      ID: "abc",
      Spec: {
        Name: "web",
        Labels: { "traefik.basicauth.users": "me:$apr1$x", tier: "front" },
        TaskTemplate: {
          ContainerSpec: {
            Image: "web:1",
            Env: [`DB=${hush}`, "EMPTY=", "MODE=a=b"],
            Command: ["redis-server", "--requirepass", hush],
            Args: [hush],
            Healthcheck: { Test: ["CMD-SHELL", `curl -u me:${hush} localhost`], Retries: 3 },
            Mounts: [
              { Type: "volume", VolumeOptions: { DriverConfig: { Name: "local", Options: { o: hush } } } },
            ],
            Secrets: [{ File: { Name: "db" }, SecretID: "s1", SecretName: "db" }],
          },
          LogDriver: { Name: "splunk", Options: { "splunk-token": hush, "splunk-url": "https://splunk" } },
        },
        Mode: { Replicated: { Replicas: 2 } },
      },
    };
    expect(dataWithoutSecrets(service)).toEqual({
      ID: "abc",
      Spec: {
        Name: "web",
        Labels: { "traefik.basicauth.users": "***", tier: "front" },
        TaskTemplate: {
          ContainerSpec: {
            Image: "web:1",
            Env: ["DB=***", "EMPTY=***", "MODE=***"],
            Command: ["redis-server", "***", "***"],
            Args: ["***"],
            Healthcheck: { Test: ["CMD-SHELL", "***"], Retries: 3 },
            Mounts: [
              { Type: "volume", VolumeOptions: { DriverConfig: { Name: "local", Options: { o: "***" } } } },
            ],
            Secrets: [{ File: { Name: "db" }, SecretID: "s1", SecretName: "db" }],
          },
          LogDriver: { Name: "splunk", Options: { "splunk-token": "***", "splunk-url": "https://splunk" } },
        },
        Mode: { Replicated: { Replicas: 2 } },
      },
    });
  });

  it("blanks what a swarm and a daemon hide", () => {
    expect(
      dataWithoutSecrets({
        JoinTokens: { Worker: "SWMTKN-1-a-b", Manager: "SWMTKN-1-a-c" },
        Spec: { CAConfig: { SigningCAKey: "x", ForceRotate: 1 }, Data: "aGk=" },
        proxies: { "http-proxy": `http://me:${hush}@proxy` },
        "registry-mirrors": [`https://me:${hush}@mirror`],
        [`https://me:${hush}@index/`]: null,
        UnlockKey: "",
      }),
    ).toEqual({
      JoinTokens: { Worker: "***", Manager: "***" },
      Spec: { CAConfig: { SigningCAKey: "***", ForceRotate: 1 }, Data: "***" },
      proxies: { "http-proxy": "http://***@proxy" },
      "registry-mirrors": ["https://***@mirror"],
      "https://***@index/": null,
      UnlockKey: "",
    });
  });
});
