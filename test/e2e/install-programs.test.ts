import { expect, it } from "vitest";
import { makeLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const purge = "sudo apt-get -qy purge nginx-light nginx-common tcpdump";
const state =
  "ls /usr/sbin/nginx /usr/bin/tcpdump; systemctl is-enabled nginx; systemctl is-active nginx; true";

describeOnRealMachines("a machine without what labs need", () => {
  it("gets it when a lab starts, and no service of it runs", async () => {
    await using lab = await makeLab({ label: "prog" });
    await lab.succeed(["up"]);
    await lab.script("node1", purge);
    const first = await lab.succeed(["lab", "start", "13", "--yes", "--json"]);
    expect(first.stderr).toContain("installing nginx-light tcpdump");
    expect(await lab.script("node1", state)).toEqual({
      node1: "/usr/bin/tcpdump\n/usr/sbin/nginx\ndisabled\ninactive",
    });
    const again = await lab.succeed(["lab", "start", "13", "--yes", "--json"]);
    expect(again.stderr).not.toContain("installing");
  });
});
