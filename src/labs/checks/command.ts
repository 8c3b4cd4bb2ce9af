import { listOf, type Output, section, someOf, text, wholeNumber } from "../../cluster/values.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { converging, type Look, pass } from "../look.ts";
import { matching } from "../../cluster/values.ts";
import { machinesOfPlace, namesOfPlace, placePattern, runInside } from "../run-inside.ts";
import { showJson } from "../show-json.ts";

const schema = section({
  ...checkHead("command", { deadline: 0 }),
  on: matching(placePattern, "a machine, machine:CONTAINER or service:NAME"),
  /** Must only look: it runs again and again. */
  run: someOf(text(), "a command as a list of words"),
  exit: wholeNumber(0, 255).default(0),
  /** Words in what it prints to stdout. */
  output: listOf(text(), "a list of words").default([]),
  /** Words that must not be in it. */
  "output-lacks": listOf(text(), "a list of words").default([]),
});
type Values = Output<typeof schema>;

/** What a command says, for what no other kind can see. On a machine it runs as root. */
export const commandCheck: CheckKind<Values> = {
  schema,
  names: ({ on }) => namesOfPlace(on),
  machines: ({ on }) => machinesOfPlace(on),
  look: async (values, world): Promise<Look> => {
    const [program = "", ...args] = values.run;
    const ran = await runInside(world, values.on, [program, ...args]);
    if ("look" in ran) return ran.look;
    const { exitCode, stdout, stderr } = ran.result;
    const command = values.run.join(" ");
    const unmet = (expected: string, actual: string): Look =>
      converging({ expected, actual, where: `on ${values.on}: ${command}` });
    if (exitCode !== values.exit)
      return unmet(
        `${command} ends with ${values.exit}`,
        `it ends with ${exitCode ?? "a signal"}: ${showJson(stderr)}`,
      );
    const missing = values.output.find((words) => !stdout.includes(words));
    if (missing !== undefined) return unmet(`${command} prints ${showJson(missing)}`, showJson(stdout));
    const surplus = values["output-lacks"].find((words) => stdout.includes(words));
    return surplus === undefined
      ? pass
      : unmet(`${command} does not print ${showJson(surplus)}`, showJson(stdout));
  },
};
