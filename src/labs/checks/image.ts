import { anything, onOff, type Output, record, section, someOf, text } from "../../cluster/values.ts";
import { listAt } from "../../docker/json-fields.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { failed, firstUnmet, type Look, pass } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { showJson } from "../show-json.ts";
import type { World } from "../world.ts";

const schema = section({
  ...checkHead("image"),
  on: someOf(machineName(), "a list of machines").default(["manager"]),
  name: text(),
  exists: onOff().default(true),
  /** Another image whose layers are all in this one. */
  "built-on": text().exactOptional(),
  /** Part of what `GET /images/NAME/json` answers. */
  match: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;

/** An image that machines hold. */
export const imageCheck: CheckKind<Values> = {
  schema,
  names: ({ name, "built-on": base }) => [name, ...(base === undefined ? [] : [base])],
  machines: ({ on }) => on,
  look: async (values, world) =>
    firstUnmet(await Promise.all(values.on.map((machine) => lookAtImage({ machine, values, world })))),
};

async function lookAtImage(its: {
  readonly machine: string;
  readonly values: Values;
  readonly world: World;
}): Promise<Look> {
  const { machine, values, world } = its;
  const { name, exists, match } = values;
  const found = await world.engine(machine, `/images/${name}/json`);
  if ("look" in found) return found.look;
  const where = `on ${machine}: docker image ls`;
  if ((found.data !== undefined) !== exists)
    return exists
      ? failed({ expected: `an image ${name} on ${machine}`, actual: "there is none", where })
      : failed({ expected: `no image ${name} on ${machine}`, actual: "it is there", where });
  if (!exists) return pass;
  const mismatch = match && mismatchOf(match, found.data);
  if (mismatch)
    return failed({
      expected: `${mismatch.path} of ${name} is ${showJson(mismatch.expected)}`,
      actual: `it is ${showJson(mismatch.actual)}`,
      where: `on ${machine}: docker image inspect ${name}`,
    });
  return lookAtBase({ machine, values, world, image: found.data });
}

async function lookAtBase(its: {
  readonly machine: string;
  readonly values: Values;
  readonly world: World;
  readonly image: unknown;
}): Promise<Look> {
  const { machine, values, world, image } = its;
  const base = values["built-on"];
  if (base === undefined) return pass;
  const found = await world.engine(machine, `/images/${base}/json`);
  if ("look" in found) return found.look;
  const below = listAt(found.data, "RootFS", "Layers");
  const layers = listAt(image, "RootFS", "Layers");
  if (below.length > 0 && below.every((layer, index) => layers[index] === layer)) return pass;
  return failed({
    expected: `${values.name} begins with the layers of ${base}`,
    actual: "it has other layers",
    where: `on ${machine}: docker image inspect --format '{{json .RootFS.Layers}}' ${values.name} ${base}`,
  });
}
