import type { CheckHead, CheckKind } from "./check-kind.ts";
import { commandCheck } from "./checks/command.ts";
import { containerCheck } from "./checks/container.ts";
import { daemonCheck } from "./checks/daemon.ts";
import { dnsCheck } from "./checks/dns.ts";
import { fileCheck } from "./checks/file.ts";
import { httpCheck } from "./checks/http.ts";
import { imageCheck } from "./checks/image.ts";
import { networkCheck } from "./checks/network.ts";
import { nodesCheck } from "./checks/nodes.ts";
import { quizCheck } from "./checks/quiz.ts";
import { serviceCheck } from "./checks/service.ts";
import { swarmCheck } from "./checks/swarm.ts";
import { tasksCheck } from "./checks/tasks.ts";
import { type Check, checkOf } from "./check.ts";
import { type Checked, checkData, type SchemaNode, toJsonSchema } from "../cluster/values.ts";

/** A kind with the type of its values closed in. */
interface AnyKind {
  read(data: unknown): Checked<Check>;
  jsonSchema(): SchemaNode;
}

/** Every kind of check, by the name it has in `lab.yaml`. */
export const checkKinds: ReadonlyMap<string, AnyKind> = new Map([
  ["nodes", close(nodesCheck)],
  ["service", close(serviceCheck)],
  ["tasks", close(tasksCheck)],
  ["network", close(networkCheck)],
  ["dns", close(dnsCheck)],
  ["http", close(httpCheck)],
  ["container", close(containerCheck)],
  ["daemon", close(daemonCheck)],
  ["image", close(imageCheck)],
  ["file", close(fileCheck)],
  ["swarm", close(swarmCheck)],
  ["command", close(commandCheck)],
  ["quiz", close(quizCheck)],
]);

function close<Values extends CheckHead>(kind: CheckKind<Values>): AnyKind {
  return {
    read: (data) => {
      const checked = checkData(kind.schema, data);
      return "issues" in checked ? checked : { values: checkOf(kind, checked.values) };
    },
    jsonSchema: () => toJsonSchema(kind.schema),
  };
}
