import { anything, onOff, type Output, record, section, text } from "../../cluster/values.ts";
import { fieldAt, listAt, textAt } from "../../docker/json-fields.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { failed, firstUnmet, type Look } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { showJson } from "../show-json.ts";

const schema = section({
  ...checkHead("network"),
  name: text(),
  /** A machine's own network; left out: the swarm's. */
  on: machineName().exactOptional(),
  exists: onOff().default(true),
  driver: text().exactOptional(),
  attachable: onOff().exactOptional(),
  encrypted: onOff().exactOptional(),
  /** IPv4 CIDR. */
  subnet: text().exactOptional(),
  /** Part of what `GET /networks/NAME` answers. */
  match: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;

/** A network as the engine has it. */
export const networkCheck: CheckKind<Values> = {
  schema,
  names: ({ name }) => [name],
  machines: ({ on }) => (on === undefined ? [] : [on]),
  look: async (values, world) => {
    const { name, on, exists } = values;
    // The list: a look-up by name would take an ID too, and of two networks with one name it refuses both.
    const found = on === undefined ? await world.swarm("/networks") : await world.engine(on, "/networks");
    if ("look" in found) return found.look;
    const where = `on ${on ?? "a manager"}: docker network ls`;
    const network = listAt({ all: found.data }, "all").find(
      (candidate) =>
        textAt(candidate, "Name") === name && (on !== undefined || textAt(candidate, "Scope") === "swarm"),
    );
    if (!exists)
      return network === undefined
        ? { state: "pass" }
        : failed({ expected: `no network ${name}`, actual: "it is there", where });
    if (network === undefined)
      return failed({ expected: `a network ${name}`, actual: "there is none", where });
    return lookAtNetwork(values, network);
  },
};

function lookAtNetwork(values: Values, network: unknown): Look {
  const { name, driver, attachable, encrypted, subnet, match } = values;
  const unmet = (expected: string, actual: string): Look =>
    failed({
      expected: `${name} ${expected}`,
      actual: `it ${actual}`,
      where: `on ${values.on ?? "a manager"}: docker network inspect ${name}`,
    });
  const subnets = listAt(network, "IPAM", "Config").map((config) => textAt(config, "Subnet"));
  // Only the key counts: its value is empty, and a misspelled option is kept without a word.
  const isEncrypted = fieldAt(network, "Options", "encrypted") !== undefined;
  const isAttachable = fieldAt(network, "Attachable") === true;
  const mismatch = match && mismatchOf(match, network);
  return firstUnmet([
    driver === undefined || textAt(network, "Driver") === driver
      ? undefined
      : unmet(`has the driver ${driver}`, `has ${textAt(network, "Driver")}`),
    attachable === undefined || isAttachable === attachable
      ? undefined
      : unmet(`is ${attachable ? "" : "not "}attachable`, `is ${isAttachable ? "" : "not"}`.trimEnd()),
    encrypted === undefined || isEncrypted === encrypted
      ? undefined
      : unmet(`is ${encrypted ? "" : "not "}encrypted`, `is ${isEncrypted ? "" : "not"}`.trimEnd()),
    subnet === undefined || subnets.includes(subnet)
      ? undefined
      : unmet(`has the subnet ${subnet}`, `has ${subnets.join(", ") || "none yet"}`),
    mismatch &&
      unmet(`has ${mismatch.path} ${showJson(mismatch.expected)}`, `has ${showJson(mismatch.actual)}`),
  ]);
}
