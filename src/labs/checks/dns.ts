import {
  either,
  listOf,
  matching,
  oneOf,
  type Output,
  section,
  text,
  wholeNumber,
} from "../../cluster/values.ts";
import { listAt, textAt } from "../../docker/json-fields.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { blocked, converging, failed, type Look, pass } from "../look.ts";
import { machinesOfPlace, namesOfPlace, placePattern, runInside } from "../run-inside.ts";
import { isRunning, tasksOf } from "../swarm-tasks.ts";
import type { World } from "../world.ts";

const schema = section({
  ...checkHead("dns", { deadline: 10 }),
  /** Who asks; it needs `dig`. */
  from: matching(placePattern, "a machine, machine:CONTAINER or service:NAME"),
  name: text(),
  /** The virtual IP of the service `of`, the addresses of its running tasks, nothing, so many addresses, or these. */
  answer: either(
    oneOf("vip", "tasks", "none"),
    either(wholeNumber(1), listOf(text(), "a list of addresses"), "a number or a list of addresses"),
    "vip, tasks, none, a number or a list of addresses",
  ),
  /** Whose addresses are meant; default: the name itself without a leading `tasks.`. */
  of: text().exactOptional(),
});
type Values = Output<typeof schema>;

/** What a name resolves to where a container asks. */
export const dnsCheck: CheckKind<Values> = {
  schema,
  names: ({ from, name }) => [...namesOfPlace(from), name],
  machines: ({ from }) => machinesOfPlace(from),
  look: async (values, world) => {
    const { from, name } = values;
    const wanted = await wantedAddresses(values, world);
    if ("look" in wanted) return wanted.look;
    const asked = await runInside(world, from, ["dig", "+short", "+tries=1", "+time=2", name, "A"]);
    if ("look" in asked) return asked.look;
    const { exitCode, stdout, stderr } = asked.result;
    if (exitCode === 126 || exitCode === 127) return blocked(`${from} has no dig: ${stderr.trim()}`);
    const answers = stdout.split("\n").filter((line) => /^\d+(\.\d+){3}$/.test(line));
    return compare({ values, wanted, answers });
  },
};

interface Wanted {
  readonly words: string;
  readonly fits: (answers: readonly string[]) => boolean;
}

async function wantedAddresses(values: Values, world: World): Promise<Wanted | { readonly look: Look }> {
  const { answer, name } = values;
  const service = values.of ?? name.replace(/^tasks\./, "");
  if (answer === "none") return { words: "no address", fits: (answers) => answers.length === 0 };
  if (typeof answer === "number")
    return { words: `${answer} different addresses`, fits: (answers) => new Set(answers).size === answer };
  if (typeof answer !== "string") return sameAs(answer, answer.join(", "));
  if (answer === "tasks") {
    const found = await tasksOf(world, service);
    if ("look" in found) return found;
    return oneOfEach(
      found.tasks.filter(isRunning).map(({ addresses }) => addresses),
      `the addresses of the running tasks of ${service}`,
    );
  }
  const found = await world.swarm(`/services/${encodeURIComponent(service)}`);
  if ("look" in found) return found;
  const virtual = listAt(found.data, "Endpoint", "VirtualIPs").map((ip) =>
    textAt(ip, "Addr").replace(/\/\d+$/, ""),
  );
  const words = `the virtual IP of ${service} (${virtual.join(" or ") || "it has none"})`;
  return { words, fits: (answers) => answers.length === 1 && virtual.includes(answers[0] ?? "") };
}

function sameAs(wanted: readonly string[], words: string): Wanted {
  const key = (addresses: readonly string[]): string => addresses.toSorted().join(" ");
  return { words, fits: (answers) => key(answers) === key(wanted) };
}

/** A task on several networks has an address on each, and only one of them is seen from here. */
function oneOfEach(tasks: readonly (readonly string[])[], what: string): Wanted {
  return {
    words: `${what} (${tasks.map((addresses) => addresses.join(" or ")).join(", ") || "none"})`,
    fits: (answers) =>
      answers.length > 0 &&
      answers.length === tasks.length &&
      tasks.every((addresses) => addresses.some((address) => answers.includes(address))),
  };
}

function compare(its: {
  readonly values: Values;
  readonly wanted: Wanted;
  readonly answers: readonly string[];
}): Look {
  const { values, wanted, answers } = its;
  if (wanted.fits(answers)) return pass;
  const difference = {
    expected: `${values.name} resolves to ${wanted.words}`,
    actual: answers.length === 0 ? "it does not resolve" : `it resolves to ${answers.join(", ")}`,
    where: `in ${values.from}: dig +short ${values.name}`,
  };
  return values.answer === "none" ? failed(difference) : converging(difference);
}
