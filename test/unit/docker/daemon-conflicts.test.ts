import { describe, expect, it } from "vitest";
import type { DaemonOptions } from "../../../src/cluster/cluster.ts";
import type { ObservedEngine } from "../../../src/docker/await-engine.ts";
import { daemonConflict } from "../../../src/docker/daemon-conflicts.ts";

const wanted = { "swarm-default-advertise-addr": "192.0.2.18", labels: ["disk=ssd"], debug: true };

function conflictWith(its: {
  readonly unit?: string;
  readonly command?: string;
  readonly next?: DaemonOptions;
}): string | undefined {
  const engine: ObservedEngine = {
    init: "systemd",
    version: "20.10.24+dfsg1",
    service: "active",
    packagedUnit: `[Service]\nExecStart=/usr/bin/dockerd ${its.unit ?? "-H fd://"}\n`,
    ...(its.command !== undefined && { command: `/usr/bin/dockerd ${its.command}` }),
  };
  const failure = daemonConflict({ engine, wanted, next: its.next ?? wanted, machine: "node1" });
  return failure?.kind === "prerequisite" ? failure.problems[0]?.what : undefined;
}

describe("daemonConflict", () => {
  it.each([
    ["-H fd:// --debug", "debug"],
    ["-D -H fd://", "debug"],
    ["--label disk=hdd -H fd://", "labels"],
    ["-H fd:// \\\n  --label=a=b", "labels"],
    ["--swarm-default-advertise-addr=eth0", "swarm-default-advertise-addr"],
  ])("names the option that the unit sets by a flag too: %j", (unit, key) => {
    expect(conflictWith({ unit })).toBe(
      `docker.service sets ${key} by a flag, and swarmlab sets it in /etc/docker/daemon.json`,
    );
  });

  it("looks at what became of variables where the daemon runs", () => {
    const unit = "-H fd:// $DOCKER_OPTS";
    expect(conflictWith({ unit, command: "-H fd:// --debug=false" })).toContain("sets debug by a flag");
    expect(conflictWith({ unit, command: "-H fd:// --host=tcp://192.0.2.18:2376" })).toBeUndefined();
    expect(conflictWith({ unit })).toBeUndefined();
  });

  it("believes the unit more than a daemon that was not restarted since", () => {
    expect(conflictWith({ unit: "-H fd://", command: "-H fd:// --debug" })).toBeUndefined();
  });

  it("lets runtimes be in both places", () => {
    const engine: ObservedEngine = {
      init: "systemd",
      version: "28.0.0",
      service: "active",
      packagedUnit: "ExecStart=/usr/bin/dockerd --runtimes=x\n",
    };
    const options = { runtimes: { crun: { path: "crun" } } };
    expect(daemonConflict({ engine, wanted: options, next: options, machine: "node1" })).toBeUndefined();
  });

  it.each([
    { next: { "live-restore": true } },
    { unit: "-H fd:// --live-restore" },
    { unit: "--live-restore=true" },
  ])("explains that live-restore does not go with a swarm: %j", (its) => {
    expect(conflictWith(its)).toContain("live-restore, which cannot be used in a swarm");
  });

  it("explains that the nftables backend does not go with a swarm", () => {
    expect(conflictWith({ next: { "firewall-backend": "nftables" } })).toContain("nftables firewall backend");
  });

  it.each([
    { next: { "live-restore": false, "firewall-backend": "iptables" } },
    { unit: "--live-restore=false --mtu 1400 -l warn" },
  ])("has nothing against %j", (its) => {
    expect(conflictWith(its)).toBeUndefined();
  });
});
