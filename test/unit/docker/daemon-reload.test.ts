import { describe, expect, it } from "vitest";
import type { DaemonOptions } from "../../../src/cluster/cluster.ts";
import { mergeDaemonConfig } from "../../../src/docker/daemon-config.ts";
import { isReloadable } from "../../../src/docker/daemon-reload.ts";

/** All that is there was set by this program. */
function reloads(current: DaemonOptions, wanted: DaemonOptions, version = "20.10.24+dfsg1"): boolean {
  const options = Object.fromEntries(Object.keys(current).map((key) => [key, {}]));
  const { changes, next } = mergeDaemonConfig({ current, record: { schemaVersion: 1, options }, wanted });
  return isReloadable(changes, { next, version });
}

describe("isReloadable", () => {
  it.each([
    { debug: true },
    { labels: ["disk=ssd"], "registry-mirrors": ["http://192.0.2.1"] },
    { "insecure-registries": ["192.0.2.1:5000"], "shutdown-timeout": 20 },
    { runtimes: { crun: { path: "/usr/bin/crun" } }, "default-runtime": "crun" },
    {
      "live-restore": false,
      "max-concurrent-downloads": 1,
      "max-concurrent-uploads": 1,
      "max-download-attempts": 1,
    },
    { features: { buildkit: true } },
  ])("is so for %j, added or changed", (options) => {
    expect(reloads({}, options)).toBe(true);
    expect(reloads({ ...options, debug: false }, { ...options, debug: true })).toBe(true);
  });

  it.each([
    { mtu: 1400 },
    { debug: true, "log-opts": { "max-size": "10m" } },
    { "authorization-plugins": ["nobody"] },
    { features: { "containerd-snapshotter": true } },
    { "log-level": "warn", debug: true },
  ])("is not so for %j", (options) => {
    expect(reloads({}, options)).toBe(false);
  });

  it("is so for options that are gone only where dockerd then takes its default again", () => {
    expect(reloads({ "max-concurrent-downloads": 7, features: { buildkit: true } }, {})).toBe(true);
    for (const options of [
      { debug: true },
      { labels: [] },
      { "registry-mirrors": [] },
      { "shutdown-timeout": 9 },
    ])
      expect(reloads(options, {})).toBe(false);
  });

  it("keeps the log level, which the end of debugging would set anew", () => {
    expect(reloads({ "log-level": "warn", debug: true }, { "log-level": "warn", debug: false })).toBe(false);
  });

  it.each([
    ["19.03.15", false],
    ["20.10.0", true],
    ["23.0.1", true],
    ["28.5.2", true],
    ["dev", false],
  ])("with dockerd %s: %s", (version, expected) => {
    expect(reloads({}, { debug: true }, version)).toBe(expected);
  });
});
