import { describe, expect, it } from "vitest";
import { findPackageSources, parseIndexTargets } from "../../../../src/machine/nspawn/package-sources.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

const row = (...fields: readonly string[]): string => `${fields.join("\t")}\n`;
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const debian =
  row("http://mirror.example/debian/", "bookworm-updates", "main", keyring, "Debian") +
  row("http://mirror.example/debian/", "bookworm", "main", keyring, "Debian") +
  row("http://mirror.example/debian/", "bookworm", "contrib", "$(SIGNED_BY)", "Debian");
const ubuntu = row("http://mirror.example/ubuntu/", "noble", "universe", "$(SIGNED_BY)", "Ubuntu");
const dockers = row("http://docker.example/debian/", "bookworm", "stable", "/etc/apt/docker.asc", "Docker");
const foreign = row("http://other.example/", "stable", "main", "$(SIGNED_BY)", "$(ORIGIN)");

const own = { channel: "distribution" } as const;
const fromDocker = { channel: "docker" } as const;
const hostWith = (output: string) => new ScriptedProcesses({ "apt-get indextargets": output });

describe("parseIndexTargets", () => {
  it("reads rows; a field that apt left unfilled is empty", () => {
    expect(parseIndexTargets(foreign + ubuntu)).toEqual([
      { uri: "http://other.example/", release: "stable", component: "main", signedBy: "", origin: "" },
      {
        uri: "http://mirror.example/ubuntu/",
        release: "noble",
        component: "universe",
        signedBy: "",
        origin: "Ubuntu",
      },
    ]);
  });

  it("finds nothing in nothing", () => {
    expect(parseIndexTargets("")).toEqual([]);
  });
});

describe("findPackageSources", () => {
  it("takes Debian's sources as configured, and its suite without a pocket", async () => {
    expect(await findPackageSources(hostWith(debian + foreign), own)).toEqual({
      suite: "bookworm",
      lines: [
        `deb [signed-by=${keyring}] http://mirror.example/debian/ bookworm-updates main`,
        `deb [signed-by=${keyring}] http://mirror.example/debian/ bookworm main`,
        "deb http://mirror.example/debian/ bookworm contrib",
      ],
      engine: ["docker.io"],
    });
  });

  it("takes Ubuntu's, and leaves Docker's out unless asked for", async () => {
    const { suite, lines, engine } = await findPackageSources(hostWith(ubuntu + dockers), {
      ...own,
      version: "26.1",
    });
    expect(suite).toBe("noble");
    expect(lines).toEqual(["deb http://mirror.example/ubuntu/ noble universe"]);
    expect(engine).toEqual(["docker.io=26.1*"]);
  });

  it("adds Docker's where asked for, with the version pinned behind the epoch", async () => {
    const { suite, lines, engine } = await findPackageSources(hostWith(dockers + debian), {
      ...fromDocker,
      version: "27.3",
    });
    expect(suite).toBe("bookworm");
    expect(lines.at(-1)).toBe(
      "deb [signed-by=/etc/apt/docker.asc] http://docker.example/debian/ bookworm stable",
    );
    expect(engine).toEqual(["docker-ce=5:27.3*", "docker-ce-cli=5:27.3*", "containerd.io"]);
  });

  it("takes any version where none is asked for", async () => {
    const { engine } = await findPackageSources(hostWith(debian + dockers), fromDocker);
    expect(engine).toEqual(["docker-ce", "docker-ce-cli", "containerd.io"]);
  });

  it("refuses Docker's engine on a host without Docker's source", async () => {
    await expect(findPackageSources(hostWith(debian), fromDocker)).rejects.toMatchObject({
      failure: { kind: "prerequisite" },
    });
  });

  it("leaves all to mmdebstrap on a host without apt", async () => {
    const { suite, lines } = await findPackageSources(new ScriptedProcesses({}), own);
    expect({ suite, lines }).toEqual({ suite: "stable", lines: [] });
  });
});
