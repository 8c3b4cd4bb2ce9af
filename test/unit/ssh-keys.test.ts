import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import ssh2 from "ssh2";
import { fingerprintOf, generateSshKeyPair, privateKeyProblem } from "../../src/remote/ssh-keys.ts";

describe("generateSshKeyPair", () => {
  it("makes a pair in OpenSSH's formats whose halves belong together", () => {
    const pair = generateSshKeyPair("swarmlab node1");
    expect(pair.publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S{43} swarmlab node1$/);
    const key = ssh2.utils.parseKey(pair.privateKey);
    if (key instanceof Error) throw key;
    expect(pair.publicKey).toContain(key.getPublicSSH().toString("base64"));
    const signature = sign(null, Buffer.from("text"), createPrivateKey(key.getPrivatePEM()));
    expect(verify(null, Buffer.from("text"), createPublicKey(key.getPublicPEM()), signature)).toBe(true);
  });

  it("makes only keys that can be read again, whatever the comment's length", () => {
    const pairs = Array.from({ length: 400 }, (_, index) => generateSshKeyPair("x".repeat(index % 9)));
    const problems = pairs.map((pair) => privateKeyProblem(pair.privateKey));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
    expect(new Set(pairs.map((pair) => pair.publicKey)).size).toBe(pairs.length);
  });
});

describe("privateKeyProblem", () => {
  it("says why a key cannot be used", () => {
    expect(privateKeyProblem("nonsense")).toContain("nsupported key format");
  });
});

describe("fingerprintOf", () => {
  it("is what ssh-keygen -l prints", () => {
    // GitHub publishes both for its ed25519 host key.
    const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl github";
    expect(fingerprintOf(line)).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  });
});
