import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEngineInfo } from "../../src/docker/engine-info.ts";

describe("parseEngineInfo", () => {
  it("reads a manager's answer", () => {
    const info = parseEngineInfo({
      ID: "7TRN:IPZB",
      ServerVersion: "20.10.24",
      DockerRootDir: "/var/lib/docker",
      Labels: ["lab=1"],
      Swarm: {
        NodeID: "n1",
        NodeAddr: "10.0.0.17",
        LocalNodeState: "active",
        ControlAvailable: true,
        Error: "",
        RemoteManagers: [{ NodeID: "n1", Addr: "10.0.0.17:2377" }],
        Cluster: { ID: "c1" },
      },
    });
    expect(info).toEqual({
      id: "7TRN:IPZB",
      version: "20.10.24",
      rootDirectory: "/var/lib/docker",
      labels: ["lab=1"],
      swarm: {
        state: "active",
        nodeId: "n1",
        nodeAddr: "10.0.0.17",
        controlAvailable: true,
        error: "",
        clusterId: "c1",
        remoteManagers: [{ nodeId: "n1", addr: "10.0.0.17:2377" }],
      },
    });
  });

  it("fills in what an engine outside a swarm leaves out or null", () => {
    const swarm = { LocalNodeState: "inactive", RemoteManagers: null };
    const nothing = {
      state: "inactive",
      nodeId: "",
      nodeAddr: "",
      controlAvailable: false,
      error: "",
      clusterId: "",
      remoteManagers: [],
    };
    expect(parseEngineInfo({ Labels: null, Swarm: swarm })).toEqual({
      id: "",
      version: "",
      rootDirectory: "",
      labels: [],
      swarm: nothing,
    });
    expect(parseEngineInfo({})).toEqual(parseEngineInfo({ Swarm: null }));
  });

  it("takes any object and nothing else", () => {
    fc.assert(fc.property(fc.object(), (data) => void parseEngineInfo(data)));
    for (const data of [undefined, null, "x", 1, []])
      expect(() => parseEngineInfo(data)).toThrow("swarmlab failure: engine-answer");
  });
});
