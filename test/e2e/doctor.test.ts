import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { DoctorReport } from "../../src/app/doctor.ts";
import { createAuthority, issueCertificate } from "../../src/docker/certificates.ts";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

describeOnRealMachines("doctor on a live cluster", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "doctor", yaml: "workers: 1" });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  /** Errors of the machines, as `node1: what`. */
  async function errors(exitCode: number, ...args: readonly string[]): Promise<readonly string[]> {
    const { stdout } = expectExit(await lab.run(["doctor", "--json", ...args]), exitCode);
    const { cluster } = JSON.parse(stdout) as DoctorReport;
    expect(cluster?.name).toBe(lab.name);
    return (cluster?.problems ?? [])
      .filter(({ severity }) => severity === "error")
      .map(({ where, what }) => `${where ?? ""}: ${what}`);
  }

  it("looks at all machines and finds no error", async () => {
    expect(await errors(0)).toEqual([]);
    const { stdout } = await lab.succeed(["doctor"]);
    expect(stdout).toContain(`cluster ${lab.name} (manager, node1)`);
  });

  it("compares what packets the links take", async () => {
    const link = `$(ip -o -4 address show | grep '192.168' | cut -d' ' -f2)`;
    await lab.script("node1", `sudo ip link set dev ${link} mtu 1400`);
    expect(await errors(3)).toEqual([
      `${lab.name}: the machines' links take packets of different sizes (manager 1500, node1 1400)`,
    ]);
    await lab.script("node1", `sudo ip link set dev ${link} mtu 1500`);
  });

  it("finds a certificate that has ended, and --fix renews it", async () => {
    const file = "/etc/docker/swarmlab-server.pem";
    const certificate = Buffer.from(await oldCertificate()).toString("base64");
    await lab.script("node1", `echo ${certificate} | base64 -d | sudo tee ${file} >/dev/null`);
    expect(await errors(3)).toEqual([
      expect.stringMatching(/^node1: its certificate for the Docker API has ended/),
    ]);
    expect(await errors(0, "--fix")).toEqual([]);
    expect((await lab.status()).swarm.healthy).toBe(true);
  });

  it("finds a daemon that was stopped, and --fix starts it", async () => {
    await lab.script("node1", "sudo systemctl stop docker.socket docker");
    expect(await errors(3)).toEqual(["node1: its Docker daemon does not answer"]);
    expect(await errors(0, "--fix")).toEqual([]);
    expect((await lab.status()).swarm.healthy).toBe(true);
  });
});

/** One that ended yesterday: it was made for a year. */
async function oldCertificate(): Promise<string> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 366 * 86_400_000 });
  try {
    const authority = await createAuthority("swarmlab old");
    const alternatives = { names: ["node1"], addresses: [] };
    const its = { purpose: "server", name: "node1", alternatives } as const;
    return (await issueCertificate(authority, its)).certificate;
  } finally {
    vi.useRealTimers();
  }
}
