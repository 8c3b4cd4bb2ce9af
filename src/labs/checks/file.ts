import { listOf, matching, onOff, type Output, section, text } from "../../cluster/values.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { failed, type Look, pass } from "../look.ts";
import { showJson } from "../show-json.ts";

const schema = section({
  ...checkHead("file"),
  on: machineName(),
  path: matching(/^\//, "a path that begins with /"),
  exists: onOff().default(true),
  contains: listOf(text(), "a list of words").default([]),
});
type Values = Output<typeof schema>;

/** A file on a machine. */
export const fileCheck: CheckKind<Values> = {
  schema,
  names: ({ path }) => [path],
  machines: ({ on }) => [on],
  look: async ({ on, path, exists, contains }, world): Promise<Look> => {
    const where = `on ${on}: cat ${path}`;
    const { exitCode, stdout } = await world.run(on, ["cat", "--", path]);
    if ((exitCode === 0) !== exists)
      return exists
        ? failed({ expected: `a file ${path} on ${on}`, actual: "there is none", where })
        : failed({ expected: `no file ${path} on ${on}`, actual: "it is there", where });
    const missing = exists ? contains.find((words) => !stdout.includes(words)) : undefined;
    if (missing === undefined) return pass;
    return failed({ expected: `${path} contains ${showJson(missing)}`, actual: showJson(stdout), where });
  },
};
