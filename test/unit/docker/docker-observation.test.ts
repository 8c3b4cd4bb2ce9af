import { describe, expect, it } from "vitest";
import { parseDockerObservation } from "../../../src/docker/docker-observation.ts";

describe("parseDockerObservation", () => {
  it("reads every section, between lines of others", () => {
    const stdout = lines({
      init: "systemd\n",
      dockerd: "Docker version 27.1.0, build a21b1a2\n",
      service: "active",
      pid: "812",
      "daemon.json": "{ }\n",
      "swarmlab.json": "é",
      command: "/usr/bin/dockerd\0-H\0fd://\0",
      unfinished: "yes\n",
    });
    expect(parseDockerObservation(`Welcome to node1!\n${stdout}`)).toEqual({
      init: "systemd",
      version: "27.1.0",
      service: "active",
      pid: 812,
      config: "{ }\n",
      record: "é",
      command: "/usr/bin/dockerd -H fd://",
      unfinished: true,
    });
  });

  it.each([
    ["activating", "changing"],
    ["deactivating", "changing"],
    ["reloading", "active"],
    ["failed", "stopped"],
    ["inactive", "stopped"],
  ])("takes a unit that is %s for %s", (state, service) => {
    const stdout = lines({ init: "systemd", service: state, pid: "0" });
    expect(parseDockerObservation(stdout)).toEqual({ init: "systemd", service });
  });

  it("tells of a daemon that runs and does not answer", () => {
    const stdout = lines({ init: "systemd", service: "active", pid: "42", answer: "no" });
    expect(parseDockerObservation(stdout)).toEqual({ init: "systemd", service: "silent", pid: 42 });
  });

  it("takes the running daemon's own version, not its program's", () => {
    const stdout = lines({
      init: "systemd",
      dockerd: "Docker version 28.0.0, build 1\n",
      service: "active",
      pid: "42",
      answer: "27.1.0\n",
    });
    const seen = { init: "systemd", version: "27.1.0", service: "active", pid: 42 };
    expect(parseDockerObservation(stdout)).toEqual(seen);
  });

  it.each([
    ["1.9.1", { version: "1.9.1" }],
    ["1.11.2", { version: "1.11.2" }],
    ["1.12.6", {}],
    ["20.10.24+dfsg1", {}],
  ])("takes docker %s without dockerd for %j", (version, seen) => {
    const stdout = lines({ init: "upstart", docker: `Docker version ${version}, build a34a1d5\n` });
    expect(parseDockerObservation(stdout)).toEqual({ init: "upstart", service: "stopped", ...seen });
  });

  it("takes another program named docker for no engine", () => {
    const stdout = lines({ init: "systemd", docker: "podman version 4.3.1\n" });
    expect(parseDockerObservation(stdout)).toEqual({ init: "systemd", service: "stopped" });
  });

  it("keeps an empty file apart from none", () => {
    expect(parseDockerObservation(lines({ init: "sysv", "daemon.json": "" }))).toEqual({
      init: "sysv",
      service: "stopped",
      config: "",
    });
  });

  it.each(["", "sudo: a password is required\n"])(
    "is undefined where the script did not run: %j",
    (stdout) => {
      expect(parseDockerObservation(stdout)).toBeUndefined();
    },
  );

  it("is undefined where the script was ended before it had looked at all", () => {
    const stdout = lines({ init: "systemd", service: "active", "daemon.json": "{ }" });
    const cutOff = stdout.slice(0, stdout.indexOf("whole"));
    expect(cutOff).toContain("daemon.json");
    expect(parseDockerObservation(cutOff)).toBeUndefined();
  });

  it("does not take half of the host names for all of them", () => {
    const stdout = lines({ init: "systemd" });
    const hosts = `hosts ${Buffer.from("127.0.0.1 localhost\n").toString("base64")}`;
    expect(parseDockerObservation(`${stdout}${hosts}\n`)).toHaveProperty("hosts", "127.0.0.1 localhost\n");
    expect(parseDockerObservation(`${stdout}${hosts.slice(0, -4)}`)).not.toHaveProperty("hosts");
  });
});

/** With the line that says that nothing is missing. */
function lines(sections: Readonly<Record<string, string>>): string {
  return Object.entries({ ...sections, whole: "yes" })
    .map(([name, content]) => `${name} ${Buffer.from(content).toString("base64")}\n`)
    .join("");
}
