import { describe, expect, it } from "vitest";
import { withSubnet } from "../../../src/cluster/extend.ts";
import { parseConfig } from "../../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../../src/cluster/resolve.ts";
import { imageCacheUrl, planImageCache, wantedImageCache } from "../../../src/docker/image-cache.ts";
import { unwrap } from "../../../src/failure.ts";

const clusterOf = (yaml: string) =>
  unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {})).cluster;
const cached = clusterOf("managers: 3\ndocker: { cache: 'https://registry.example' }");
const none = { unit: undefined, config: undefined };

describe("imageCacheUrl", () => {
  it("is the first manager's private address, in whatever subnet", () => {
    expect(imageCacheUrl(cached)).toBe("http://192.168.56.17:5080");
    expect(imageCacheUrl(withSubnet(cached, "192.168.60.0/24"))).toBe("http://192.168.60.17:5080");
    expect(imageCacheUrl(clusterOf(""))).toBeUndefined();
  });
});

describe("wantedImageCache", () => {
  it("listens on the private address only, and asks the registry of the configuration", () => {
    const { unit, config = "" } = wantedImageCache(cached);
    expect(unit).toContain(
      "ExecStart=/usr/bin/docker-registry serve /etc/docker/swarmlab-image-cache.json\n",
    );
    expect(JSON.parse(config)).toMatchObject({
      http: { addr: "192.168.56.17:5080" },
      proxy: { remoteurl: "https://registry.example" },
    });
  });

  it("is nothing where no cache is asked for", () => {
    expect(wantedImageCache(clusterOf(""))).toEqual(none);
  });
});

describe("planImageCache", () => {
  const wanted = wantedImageCache(cached);

  it.each([
    ["none", none, none],
    ["none", wanted, wanted],
    ["start", none, wanted],
    ["start", { ...wanted, config: "{}" }, wanted],
    ["remove", wanted, none],
    ["remove", { ...none, config: "{}" }, none],
  ] as const)("%s: %j", (plan, current, next) => {
    expect(planImageCache(current, next)).toBe(plan);
  });
});
