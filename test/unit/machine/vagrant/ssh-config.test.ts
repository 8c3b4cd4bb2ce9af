import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSshConfig } from "../../../../src/machine/vagrant/ssh-config.ts";

const config = `Host manager
  HostName 127.0.0.1
  User vagrant
  Port 2222
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile "/home/me/my lab/.vagrant/machines/manager/virtualbox/private_key"
  IdentitiesOnly yes
  LogLevel FATAL

Host node1
  HostName 192.168.121.7
  User vagrant
  IdentityFile /home/me/a
  IdentityFile /home/me/b
`;

describe("parseSshConfig", () => {
  it("reads each host's way in", () => {
    expect(Object.fromEntries(parseSshConfig(config))).toEqual({
      manager: {
        address: "127.0.0.1",
        port: 2222,
        user: "vagrant",
        identityFiles: ["/home/me/my lab/.vagrant/machines/manager/virtualbox/private_key"],
      },
      node1: {
        address: "192.168.121.7",
        port: 22,
        user: "vagrant",
        identityFiles: ["/home/me/a", "/home/me/b"],
      },
    });
  });

  it("reads what Vagrant really prints", async () => {
    const text = await readFile(new URL("../../../fixtures/vagrant/ssh-config.txt", import.meta.url), "utf8");
    expect([...parseSshConfig(text)].map(([host, { port }]) => [host, port])).toEqual([
      ["manager", 2222],
      ["node1", 2200],
    ]);
  });

  it("leaves out hosts that cannot be reached by it", () => {
    expect(parseSshConfig("Host a\n  User x\nHost b\n HostName 1.2.3.4\n User x\n Port 70000\n").size).toBe(
      0,
    );
    expect(parseSshConfig("").size).toBe(0);
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const { port } of parseSshConfig(`${config}\n${text}`).values()) expect(port).toBeGreaterThan(0);
      }),
    );
  });
});
