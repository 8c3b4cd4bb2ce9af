import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClusterCertificates } from "../../../src/app/cluster-certificates.ts";
import { createAuthority } from "../../../src/docker/certificates.ts";
import { isCertificateGood, isPair } from "../../../src/docker/keyed-certificate.ts";

describe("ClusterCertificates", () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "swarmlab-tls-"));
    directory = join(parent, "tls");
  });
  afterEach(() => rm(parent, { recursive: true }));

  const make = () => new ClusterCertificates(directory, "demo").authority();
  const read = async () => {
    const names = (await readdir(directory)).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
  };

  it("makes an authority and a client that it vouches for, private to their owner, once", async () => {
    const authority = await make();
    const files = await read();
    expect(Object.keys(files)).toEqual(["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]);
    expect(authority).toEqual({ certificate: files["ca.pem"], key: files["ca-key.pem"] });
    expect(isPair({ certificate: files["cert.pem"] ?? "", key: files["key.pem"] ?? "" })).toBe(true);
    const wanted = { authority: authority.certificate, nowMs: Date.now() };
    expect(isCertificateGood(files["cert.pem"], wanted)).toBe(true);
    const paths = [directory, ...Object.keys(files).map((name) => join(directory, name))];
    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600, 0o600]);
    expect(await make()).toEqual(authority);
    expect(await read()).toEqual(files);
  });

  it("makes the client's anew where its key was lost, and all where the authority's key is another's", async () => {
    await make();
    const first = await read();
    await rm(join(directory, "key.pem"));
    await make();
    const second = await read();
    expect(second["ca.pem"]).toBe(first["ca.pem"]);
    expect(second["cert.pem"]).not.toBe(first["cert.pem"]);
    await writeFile(join(directory, "ca-key.pem"), (await createAuthority("other")).key);
    await make();
    const third = await read();
    expect(third["ca.pem"]).not.toBe(second["ca.pem"]);
    expect(third["cert.pem"]).not.toBe(second["cert.pem"]);
  });

  it("writes nothing for a preview", async () => {
    expect(isPair(await new ClusterCertificates(directory, "demo").preview())).toBe(true);
    expect(await readdir(parent)).toEqual([]);
  });
});
