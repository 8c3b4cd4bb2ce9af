import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const installing = "docker: installing docker.io";

/** As a machine that never had an engine; its packages stay downloaded. */
const purge = `
sudo systemctl stop docker.socket docker.service
sudo DEBIAN_FRONTEND=noninteractive apt-get -qy purge docker.io containerd runc >/dev/null 2>&1
sudo rm -rf /etc/docker /var/lib/containerd
if command -v dockerd; then exit 1; fi
`;
/** Ends the installation in the middle of dpkg's work, with everything above dpkg first. Stopped, apt starts no other dpkg meanwhile. */
const cutOff = `
until test -n "$(sudo dpkg --audit)"; do sleep 0.02; done
apt=$(pgrep -of '[a]pt-get .*install'); script=$(ps -o ppid= -p $apt)
sudo kill -STOP $apt
sudo kill -9 $script
sudo pkill -9 -P $apt || true
sudo kill -9 $apt
`;
/** A daemon says so for its socket and for its port. */
const countStarts = "sudo journalctl -qu docker -o cat | grep -c 'API listen on /'";
const state = `
if sudo test -e /var/lib/swarmlab-install; then echo unfinished; fi
if test -n "$(sudo dpkg --audit)"; then echo broken; fi
if sudo test -e /usr/sbin/policy-rc.d; then echo held; fi
systemctl is-active docker || true
`;

describeOnRealMachines("a machine without an engine", () => {
  let lab: E2eLab;
  const run = async (script: string) => (await lab.script("manager", script))["manager"]?.split("\n") ?? [];
  const starts = async () => Number((await run(countStarts))[0]);

  beforeAll(async () => {
    lab = await makeLab({ label: "inst", yaml: "workers: 0" });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  it("gets one, whose daemon starts once and configured; then there is nothing to do", async () => {
    await run(purge);
    const before = await starts();
    const { stderr } = await lab.succeed(["up", "--json"]);
    expect(stderr).toContain(installing);
    expect(await run(state)).toEqual(["active"]);
    expect(await starts()).toBe(before + 1);
    expect((await lab.status()).swarm).toMatchObject({ ready: 1, healthy: true });
    const again = await lab.succeed(["up", "--json"]);
    expect(again.stderr).not.toContain("docker: ");
  });

  it("gets a whole one where the installation before was cut off", async () => {
    await run(purge);
    const first = lab.start(["up", "--json"]);
    await first.sees(installing);
    await run(cutOff);
    expectExit(await first.done, 1);
    expect(await run(state)).toEqual(expect.arrayContaining(["unfinished", "broken"]));
    await lab.succeed(["up"]);
    expect(await run(state)).toEqual(["active"]);
    expect((await lab.status()).swarm).toMatchObject({ ready: 1, healthy: true });
  });
});
