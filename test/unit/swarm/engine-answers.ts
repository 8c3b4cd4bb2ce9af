/** `GET /info` with this `Swarm`. */
export const infoOf = (swarm: Readonly<Record<string, unknown>>): unknown => ({
  ID: "engine",
  ServerVersion: "20.10.24",
  Swarm: swarm,
});

/** One node of `GET /nodes`: a ready worker unless said otherwise. */
export const nodeData = (
  id: string,
  rest: {
    readonly version?: number;
    readonly hostname?: string;
    readonly role?: string;
    readonly state?: string;
    readonly addr?: string;
    readonly reachability?: string;
    readonly managerAddr?: string;
  } = {},
): unknown => ({
  ID: id,
  Version: { Index: rest.version ?? 1 },
  Spec: { Role: rest.role ?? "worker", Availability: "active", Labels: { mine: "x" } },
  Description: { Hostname: rest.hostname ?? id },
  Status: { State: rest.state ?? "ready", Addr: rest.addr ?? "10.99.0.21" },
  ...(rest.reachability && {
    ManagerStatus: { Leader: true, Reachability: rest.reachability, Addr: rest.managerAddr ?? "" },
  }),
});

/** `GET /swarm`, version 3, with a label of the person's own. */
export const swarmData = (spec: Readonly<Record<string, unknown>> = {}): unknown => ({
  ID: "c1",
  Version: { Index: 3 },
  Spec: { Name: "default", Labels: { mine: "x" }, ...spec },
  JoinTokens: { Worker: "worker-token", Manager: "manager-token" },
});
