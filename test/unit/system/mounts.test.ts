import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isMountPoint, parseMountPoints } from "../../../src/system/mounts.ts";

describe("parseMountPoints", () => {
  it("tells where file systems are mounted, in their order, blanks in paths included", () => {
    const text = `/dev/vda / ext4 rw,relatime 0 0
tmpfs /srv/my\\040lab tmpfs rw 0 0
overlay /srv/a\\134b/root overlay rw,lowerdir=/a 0 0
`;
    expect(parseMountPoints(text)).toEqual(["/", "/srv/my lab", "/srv/a\\b/root"]);
  });
});

describe("isMountPoint", () => {
  it("is true just there, by a link too", async () => {
    const directory = await mkdtemp(join(tmpdir(), "swarmlab-mounts-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await symlink("/proc", join(directory, "link"));
    const paths = ["/proc", join(directory, "link"), directory, join(directory, "none")];
    expect(await Promise.all(paths.map(isMountPoint))).toEqual([true, true, false, false]);
  });
});
