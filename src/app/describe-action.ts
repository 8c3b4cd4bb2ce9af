import type { SwarmAction } from "../swarm/swarm-action.ts";

/** A swarm action in words that go with the machine's name. */
export function describeAction(action: SwarmAction): string {
  const { machine } = action;
  switch (action.kind) {
    case "unlock":
      return `unlock ${machine}`;
    case "leave":
      return `${machine} leaves its swarm`;
    case "init":
      return `start a new swarm on ${machine}`;
    case "force-new-cluster":
      return `start the same swarm again on ${machine}`;
    case "join":
      return `${machine} joins as ${action.role}`;
    case "promote":
      return `${machine} becomes a manager`;
    case "demote":
      return `${machine} becomes a worker`;
    case "drain":
      return `the tasks of ${machine} go elsewhere`;
    case "remove-node":
      return `remove the dead node of ${machine}`;
    case "update-node":
      return `label ${machine}`;
    case "label-swarm":
      return "mark the swarm as this cluster's";
  }
}

/** Actions of one kind that are done side by side. */
export function describeStage(stage: readonly SwarmAction[]): string {
  const [first] = stage;
  const count = `${stage.length} machines`;
  switch (first?.kind) {
    case "join":
      return `${count} join`;
    case "leave":
      return `${count} leave their swarms`;
    case "unlock":
      return `unlock ${count}`;
    case "update-node":
      return `label ${count}`;
    case "drain":
      return `the tasks of ${count} go elsewhere`;
    case "remove-node":
      return `remove ${stage.length} dead nodes`;
    default:
      return `${first?.kind ?? "nothing"}: ${count}`;
  }
}
