import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  machineResolvConf,
  renewNameServers,
  usableResolvConf,
} from "../../../../src/machine/nspawn/name-servers.ts";
import { temporaryDirectory } from "../../../support/program.ts";

const stub = "# of systemd-resolved\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.org\n";
const upstream = "nameserver 10.0.0.2\nnameserver fd00::53\nsearch example.org\n";

describe("usableResolvConf", () => {
  it.each([
    [
      "takes what it can and no comment",
      ["# by hand\n; too\nnameserver 10.0.0.2\n"],
      "nameserver 10.0.0.2\n",
    ],
    ["goes on to the upstream servers behind a stub", [stub, upstream], upstream],
    [
      "leaves loopback out of a mixed list",
      ["nameserver ::1\nnameserver \t127.0.0.1\nnameserver 1.2.3.4\noptions rotate\n"],
      "nameserver 1.2.3.4\noptions rotate\n",
    ],
    ["prefers the first", [upstream, "nameserver 10.9.9.9\n"], upstream],
    ["finds none on loopback only, however it is spaced", [stub, "nameserver \t 127.0.0.1\n"], undefined],
    ["finds none in nothing", ["", ""], undefined],
  ])("%s", (_, texts, expected) => {
    expect(usableResolvConf(texts)).toBe(expected);
  });
});

describe("renewNameServers", () => {
  const [before, now] = ["nameserver 10.0.0.2\n", "nameserver 10.0.0.3\nsearch example.org\n"];
  const rootWith = async (make: (file: string) => Promise<void>) => {
    const root = await temporaryDirectory();
    const file = join(root, "etc/resolv.conf");
    await mkdir(join(root, "etc"));
    await make(file);
    return { root, file };
  };

  it.each([
    ["those from before", machineResolvConf(before), now, machineResolvConf(now)],
    ["none", machineResolvConf(), now, machineResolvConf(now)],
    ["the same", machineResolvConf(now), now, undefined],
    ["those from before while the host has none", machineResolvConf(before), undefined, undefined],
    ["those from before and one more", `${machineResolvConf(before)}nameserver 10.0.0.4\n`, now, undefined],
    ["somebody's own", "nameserver 10.0.0.4\n", now, undefined],
    ["no text", "", now, undefined],
  ])("finds %s", async (_, text, nameServers, renewed) => {
    const { root, file } = await rootWith((path) => writeFile(path, text));
    expect(await renewNameServers(root, nameServers)).toBe(renewed !== undefined);
    expect(await readFile(file, "utf8")).toBe(renewed ?? text);
  });

  it("finds no file", async () => {
    const { root, file } = await rootWith(() => Promise.resolve());
    expect(await renewNameServers(root, now)).toBe(false);
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  it("finds a link, which would lead to a file of the host", async () => {
    const other = join(await temporaryDirectory(), "other");
    await writeFile(other, machineResolvConf(before));
    const { root } = await rootWith((path) => symlink(other, path));
    expect(await renewNameServers(root, now)).toBe(false);
    expect(await readFile(other, "utf8")).toBe(machineResolvConf(before));
  });
});
