import { describe, expect, it } from "vitest";
import type { Pretended } from "../../../support/pretended-world.ts";
import { threeNodes } from "../../../support/pretended-world.ts";
import { Refusal } from "../../../support/scripted-engine.ts";
import { lookLine } from "./look.ts";

const web = {
  ID: "s1",
  Spec: {
    Name: "web",
    Labels: { "com.docker.stack.namespace": "shop" },
    Mode: { Replicated: { Replicas: 3 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: "localhost/whoami:1@sha256:0",
        Env: ["GREETING=xyzxyz"],
        Configs: [{ ConfigName: "motd" }],
      },
      Placement: { Constraints: ["node.role == worker"] },
      Networks: [{ Target: "n1" }],
    },
    EndpointSpec: { Mode: "vip" },
  },
  Endpoint: {
    Spec: { Mode: "vip" },
    Ports: [{ PublishedPort: 8080, TargetPort: 80, PublishMode: "host" }],
    VirtualIPs: [{ NetworkID: "n1", Addr: "10.0.1.2/24" }],
  },
  UpdateStatus: { State: "updating", Message: "update in progress" },
};
const tasksPath = `/tasks?filters=${encodeURIComponent('{"service":["web"]}')}`;

function task(its: Readonly<Record<string, unknown>>) {
  const {
    slot = 1,
    node = "w1",
    state = "running",
    desired = "running",
    error,
    image = "localhost/whoami:1",
    address = "10.0.1.3",
  } = its;
  return {
    ID: `t${String(slot)}${String(state)}`,
    Slot: slot,
    NodeID: node,
    DesiredState: desired,
    Spec: { ContainerSpec: { Image: image } },
    Status: { State: state, Err: error, ContainerStatus: { ContainerID: `c${String(slot)}` } },
    NetworksAttachments: [{ Network: { Spec: {} }, Addresses: [`${String(address)}/24`] }],
  };
}

function world(its: { readonly tasks?: readonly unknown[]; readonly more?: Pretended } = {}): Pretended {
  const manager = {
    "/services/web": web,
    "/networks": [{ Id: "n1", Name: "back", Scope: "swarm" }],
    "/nodes": threeNodes,
    [tasksPath]: its.tasks ?? [],
    ...its.more?.manager,
  };
  return { ...its.more, manager };
}

const missing = { manager: { "/services/web": new Refusal(404, "service web not found") } };

describe("service", () => {
  const service = (check: object) => lookLine({ kind: "service", name: "web", ...check }, world());

  it.each([
    [{}],
    [{ mode: "replicated", replicas: 3, image: "localhost/whoami:1", endpoint: "vip", stack: "shop" }],
    [{ published: 8080, target: 80, "publish-mode": "host", networks: ["back"], configs: ["motd"] }],
    [{ constraints: ["node.role==worker"], env: ["GREETING={{nonce}}"], "env-lacks": ["PASSWORD"] }],
    [{ match: { Spec: { Mode: { Replicated: { Replicas: 3 } } } } }],
  ])("passes: %j", async (check) => {
    expect(await service(check)).toBe("pass");
  });

  it.each([
    [{ replicas: 2 }, "fail: web has replicas: 2 | it has 3"],
    [{ mode: "global" }, "fail: web has the mode global | it has replicated"],
    [
      { image: "localhost/whoami:2" },
      "fail: web has the image localhost/whoami:2 | it has localhost/whoami:1",
    ],
    [{ networks: ["front"] }, "fail: web has the network front | it has back"],
    [{ secrets: ["key"] }, "fail: web has the secret key | it has none"],
    [{ "env-lacks": ["GREETING"] }, "fail: web has no variable GREETING | it has one"],
    [
      { published: 8080, "publish-mode": "ingress" },
      "fail: web has port 8080 published in ingress mode | it has 8080 to 80 in host mode",
    ],
    [{ exists: false }, "fail: no service web | it is there"],
    [{ update: "completed" }, "converging: the update of web is completed | updating: update in progress"],
  ])("tells what is wrong: %j", async (check, expected) => {
    expect(await service(check)).toBe(expected);
  });

  it.each([
    ["node.role==worker", "node.role != manager", "pass"],
    ["node.role==manager", "node.role!=worker", "pass"],
    [
      "node.role==worker",
      "node.role!=worker",
      "fail: web has the constraint node.role==worker | it has node.role!=worker",
    ],
    [
      "node.role==worker",
      "node.hostname!=manager",
      "fail: web has the constraint node.role==worker | it has node.hostname!=manager",
    ],
  ])("for the constraint %s, %s is: %s", async (wanted, constraint, expected) => {
    const TaskTemplate = { ...web.Spec.TaskTemplate, Placement: { Constraints: [constraint] } };
    const service = { ...web, Spec: { ...web.Spec, TaskTemplate } };
    const look = lookLine(
      { kind: "service", name: "web", constraints: [wanted] },
      world({ more: { manager: { "/services/web": service } } }),
    );
    expect(await look).toBe(expected);
  });

  it("reads the endpoint mode from the specification: Engine 20.10 answers with no more than this for dnsrr", async () => {
    const listed = { ...web, Spec: { ...web.Spec, EndpointSpec: { Mode: "dnsrr" } }, Endpoint: { Spec: {} } };
    const look = (endpoint: string) =>
      lookLine(
        { kind: "service", name: "web", endpoint },
        world({ more: { manager: { "/services/web": listed } } }),
      );
    expect(await look("dnsrr")).toBe("pass");
    expect(await look("vip")).toBe("fail: web has the endpoint mode vip | it has dnsrr");
  });

  it.each([
    ["an update that changed nothing wipes the state of the one before", { PreviousSpec: {} }, "pass"],
    ["a new service was never updated", {}, "fail: the update of web is completed | none"],
  ])("without a state of the update: %s", async (_why, more, expected) => {
    const look = lookLine(
      { kind: "service", name: "web", update: "completed" },
      world({ more: { manager: { "/services/web": { ...web, UpdateStatus: undefined, ...more } } } }),
    );
    expect(await look).toBe(expected);
  });

  it("is not there", async () => {
    expect(await lookLine({ kind: "service", name: "web" }, missing)).toBe(
      "fail: a service web | there is none",
    );
    expect(await lookLine({ kind: "service", name: "web", exists: false }, missing)).toBe("pass");
  });
});

describe("tasks", () => {
  const tasks = (check: object, list: readonly unknown[]) =>
    lookLine({ kind: "tasks", service: "web", ...check }, world({ tasks: list }));
  const two = [task({ slot: 1, node: "w1" }), task({ slot: 2, node: "w2" })];

  it("counts what runs, by machine and image", async () => {
    expect(await tasks({ running: 2, on: { node1: 1, manager: 0 }, image: "localhost/whoami:1" }, two)).toBe(
      "pass",
    );
    expect(await tasks({ running: 3 }, two)).toBe("fail: 3 running tasks of web | 2 run");
    expect(await tasks({ on: { node1: 2 } }, two)).toBe(
      "fail: 2 running tasks of web on node1 | 1 run there",
    );
    expect(await tasks({ image: "localhost/whoami:2" }, two)).toBe(
      "fail: every running task of web has the image localhost/whoami:2 | one on node1 has localhost/whoami:1",
    );
    expect(await lookLine({ kind: "tasks", service: "web" }, missing)).toBe(
      "fail: tasks of the service web | there are none",
    );
  });

  it("waits while a task starts or stops, and not for one that has failed to be placed", async () => {
    expect(await tasks({ running: 3 }, [...two, task({ slot: 3, state: "preparing" })])).toBe(
      "converging: 3 running tasks of web | 2 run",
    );
    const surplus = task({ slot: 3, desired: "shutdown" });
    expect(await tasks({ running: 1 }, [...two, surplus])).toMatch(/^converging/);
    const stuck = task({ slot: 3, state: "pending", error: "no suitable node" });
    expect(await tasks({ running: 3 }, [...two, stuck])).toBe(
      "fail: 3 running tasks of web | 2 run; a task says: no suitable node",
    );
    expect(await tasks({ pending: 1, error: "no suitable node" }, [stuck])).toBe("pass");
  });

  it("waits for one that was not placed while a new leader does not know all nodes yet", async () => {
    const [leader, ...others] = threeNodes;
    const nodes = [...others, { ...leader, Status: { State: "unknown" } }];
    const error = "no suitable node (3 nodes not available for new tasks)";
    const stuck = task({ slot: 3, node: "", state: "pending", error });
    const look = (tried: object) =>
      lookLine(
        { kind: "tasks", service: "web", running: 3 },
        world({ tasks: [...two, tried], more: { manager: { "/nodes": nodes } } }),
      );
    expect(await look(stuck)).toBe(`converging: 3 running tasks of web | 2 run; a task says: ${error}`);
    expect(await look({ ...stuck, NodeID: "w1" })).toMatch(/^fail/);
  });

  it("measures the spread over machines that can take tasks", async () => {
    expect(await tasks({ spread: 1 }, two)).toBe("pass");
    const lopsided = [task({ slot: 1 }), task({ slot: 2 })];
    expect(await tasks({ spread: 1 }, lopsided)).toBe(
      "fail: the tasks of web are spread, at most 1 apart | manager 0, node1 2, node2 0",
    );
  });

  it("sees a slot whose task was replaced", async () => {
    const ended = task({ slot: 1, state: "failed", desired: "shutdown" });
    expect(await tasks({ replaced: 1 }, [...two, ended])).toBe("pass");
    expect(await tasks({ replaced: 1 }, two)).toBe(
      "fail: 1 or more tasks of web that ended and were replaced | 0",
    );
    expect(await tasks({ completed: 1 }, [task({ state: "complete", desired: "complete" })])).toBe("pass");
  });
});

describe("network", () => {
  const list = [
    {
      Name: "back",
      Scope: "swarm",
      Driver: "overlay",
      Attachable: true,
      Options: { encrypted: "" },
      IPAM: { Config: [{ Subnet: "10.0.1.0/24" }] },
    },
    { Name: "back", Scope: "local", Driver: "bridge" },
  ];
  const network = (check: object) =>
    lookLine({ kind: "network", ...check }, { manager: { "/networks": list } });

  it("is the swarm's, or a machine's own", async () => {
    expect(
      await network({
        name: "back",
        driver: "overlay",
        attachable: true,
        encrypted: true,
        subnet: "10.0.1.0/24",
      }),
    ).toBe("pass");
    expect(await network({ name: "back", attachable: false })).toBe("fail: back is not attachable | it is");
    expect(await network({ name: "front" })).toBe("fail: a network front | there is none");
    expect(await network({ name: "back", exists: false })).toBe("fail: no network back | it is there");
    const local = { node1: { "/networks": [{ Name: "own", Scope: "local", Driver: "bridge" }] } };
    expect(await lookLine({ kind: "network", name: "own", on: "node1", driver: "bridge" }, local)).toBe(
      "pass",
    );
  });
});

describe("dns", () => {
  const ask = (check: object, stdout: string, tasks: readonly unknown[] = [task({})]) =>
    lookLine(
      { kind: "dns", from: "service:web", name: "web", ...check },
      world({ tasks, more: { commands: { node1: [{ match: "docker exec c1 dig", result: { stdout } }] } } }),
    );

  it("tells a virtual IP from the addresses of tasks", async () => {
    expect(await ask({ answer: "vip" }, "10.0.1.2\n")).toBe("pass");
    expect(await ask({ answer: "vip" }, "10.0.1.3\n")).toBe(
      "converging: web resolves to the virtual IP of web (10.0.1.2) | it resolves to 10.0.1.3",
    );
    expect(await ask({ name: "tasks.web", answer: "tasks" }, "10.0.1.3\n")).toBe("pass");
    const both = [task({}), task({ slot: 2, address: "10.0.1.4" })];
    expect(await ask({ name: "tasks.web", answer: "tasks" }, "10.0.1.3\n", both)).toMatch(/^converging/);
    expect(await ask({ answer: ["10.0.1.9"] }, "10.0.1.9\n")).toBe("pass");
    expect(await ask({ answer: 2 }, "10.0.1.3\n10.0.1.4\n")).toBe("pass");
    expect(await ask({ answer: "none" }, "")).toBe("pass");
  });

  it("asks from a running task, and says when there is none", async () => {
    expect(await ask({ answer: "vip" }, "", [task({ state: "failed", desired: "shutdown" })])).toBe(
      "converging: a running task of web to look from | there is none",
    );
    const lacking = { node1: [{ match: "dig", result: { exitCode: 127, stderr: "dig: not found\n" } }] };
    expect(
      await lookLine(
        { kind: "dns", from: "service:web", name: "web", answer: "vip" },
        world({ tasks: [task({})], more: { commands: lacking } }),
      ),
    ).toBe("blocked: service:web has no dig: dig: not found");
  });
});

describe("container", () => {
  const detail = {
    State: { Status: "running" },
    Config: { Env: ["A=secret-xyzxyz"] },
    HostConfig: { Memory: 1 },
  };
  const container = (
    check: object,
    commands: Pretended["commands"] = {},
    tasks: readonly unknown[] = [task({})],
  ) =>
    lookLine(
      { kind: "container", service: "web", ...check },
      world({ tasks, more: { node1: { "/containers/c1/json": detail }, commands } }),
    );

  it("looks at the container of a task", async () => {
    expect(await container({ match: { HostConfig: { Memory: 1 } } })).toBe("pass");
    expect(await container({ "env-lacks": ["{{nonce}}"] })).toBe(
      "fail: nothing of it in the environment of task of web on node1 | A holds it",
    );
    expect(await container({ running: false })).toBe("fail: task of web on node1 is stopped | it is running");
    const read = { node1: [{ match: "docker exec c1 cat /run/secrets/key", result: { stdout: "xyzxyz" } }] };
    expect(await container({ exec: ["cat", "/run/secrets/key"], output: "{{nonce}}" }, read)).toBe("pass");
  });

  it("waits while tasks of the service move: what it sees may be of the one that goes", async () => {
    const read = { node1: [{ match: "docker exec c1 cat /page", result: { stdout: "one" } }] };
    const moving = [task({}), task({ slot: 2, state: "preparing" })];
    const check = { exec: ["cat", "/page"], output: "two" };
    expect(await container(check, read)).toBe("fail: cat /page prints two | it prints one");
    expect(await container(check, read, moving)).toBe("converging: cat /page prints two | it prints one");
    expect(await container({ match: { HostConfig: { Memory: 2 } } }, {}, moving)).toMatch(/^converging/);
  });

  it("looks for one by name", async () => {
    const gone = { node1: { "/containers/db/json": new Refusal(404, "no such container") } };
    expect(await lookLine({ kind: "container", on: "node1", name: "db" }, gone)).toBe(
      "fail: a container db on node1 | there is none",
    );
    expect(await lookLine({ kind: "container", on: "node1", name: "db", exists: false }, gone)).toBe("pass");
  });
});
