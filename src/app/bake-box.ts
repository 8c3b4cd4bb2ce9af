import type { Cluster } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { awaitEngine } from "../docker/await-engine.ts";
import { stripIdentity } from "../docker/strip-identity.ts";
import { FailureError } from "../failure.ts";
import { ensurePrograms } from "../labs/ensure-programs.ts";
import type { BoxBaker, Provider } from "../machine/provider.ts";
import type { Remote } from "../remote/remote.ts";
import { runSteps } from "../run-steps.ts";
import type { LeafStep, Step, StepProgress } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { Connections } from "./connections.ts";
import { inspectLab, readCluster, type Lab, type LabOptions } from "./open-lab.ts";
import { requireHealthyHost } from "./healthy-host.ts";

/** A box that was made. */
export interface BakedBox {
  readonly box: string;
  /** Version of the engine in it. */
  readonly docker: string;
  /** New machines start from it without a word in `swarmlab.yaml`. */
  readonly preferred: boolean;
}

const machine = "manager";

/**
 * Makes a machine of a cluster of its own, installs the engine and what labs need, and packages it as a box; that cluster is gone afterwards, however this ends.
 * @throws FailureError `usage` for a provider whose box has the engine already.
 */
export async function bakeBox(context: Context, options: LabOptions): Promise<BakedBox> {
  const asked = await readCluster(context, options);
  const { lab } = await inspectLab(context, asked, ["make a machine"]);
  const { provider } = lab;
  const { baker } = provider;
  if (baker === undefined) throw nothingToBake(provider.name);
  await requireHealthyHost(context, lab);
  const { cluster: base, preferred } = baker.base(asOneMachine(lab.cluster));
  return await withClusterLock(context, base.name, async () => {
    const destroy = () =>
      provider.destroy(base, { report: () => undefined, signal: new AbortController().signal });
    await destroy();
    try {
      const cluster = await provider.claim(base, context.signal);
      return { ...(await bake(context, { ...lab, cluster }, baker)), preferred };
    } finally {
      await destroy();
    }
  });
}

/** Beside the cluster itself, whose machines stay as they are. */
function asOneMachine(cluster: Cluster): Cluster {
  const [first] = cluster.machines;
  return {
    ...cluster,
    name: `${cluster.name.slice(0, 28)}-box`,
    machines: first === undefined ? [] : [first],
  };
}

async function bake(
  context: Context,
  lab: Lab,
  baker: BoxBaker,
): Promise<{ readonly box: string; readonly docker: string }> {
  await using connections = new Connections(context);
  const { provider, cluster } = lab;
  let [box, docker] = ["", ""];
  const step = (id: string, title: string, run: LeafStep["run"]): Step => ({ id: `bake/${id}`, title, run });
  const steps = [
    step("prepare", "Box and network", (progress) => provider.prepare(cluster, progress)),
    step("machine", "machine", (progress) => provider.create(cluster, machine, progress)),
    step("docker", "Docker", async ({ signal, report }) => {
      const remote = await connections.remote(lab, machine);
      const { clock } = context;
      docker = (await awaitEngine({ remote, docker: cluster.docker, clock, signal, report })).version;
      return docker;
    }),
    step("programs", "programs of the labs", async (progress) =>
      addPrograms(await connections.remote(lab, machine), progress),
    ),
    step("package", "package", async (progress) => {
      const remote = await connections.remote(lab, machine);
      const strip = () => stripIdentity(remote, progress.signal);
      box = await baker.bake(cluster, machine, { remote, strip, progress });
      return box;
    }),
  ];
  await runSteps([{ id: "bake", title: "Bake a box", mode: "sequence", steps }], {
    ...context,
    maxWorkers: 1,
  });
  return { box, docker };
}

/** A box is worth having without them too. */
async function addPrograms(remote: Remote, progress: StepProgress): Promise<string> {
  try {
    return (await ensurePrograms({ remote, ...progress })).join(", ") || "there already";
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== "prerequisite") throw error;
    return `left out: ${error.failure.problems.map(({ what }) => what).join("; ")}`;
  }
}

function nothingToBake(provider: Provider["name"]): FailureError {
  return new FailureError({
    kind: "usage",
    message: `${provider} has nothing to bake: its box has the Docker Engine already`,
    remedy: "swarmlab up",
  });
}
