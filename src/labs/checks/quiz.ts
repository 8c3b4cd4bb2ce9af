import { either, oneOf, type Output, section, someOf } from "../../cluster/values.ts";
import { checkHead, type CheckKind, id } from "../check-kind.ts";
import { failed, type Look, pass } from "../look.ts";
import type { World } from "../world.ts";

const schema = section({
  ...checkHead("quiz", { deadline: 0 }),
  questions: either(oneOf("all"), someOf(id(), "a list of questions"), "all, or a list of questions").default(
    "all",
  ),
});
type Values = Output<typeof schema>;

/** The learner's answers to the questions of the lab, all right. */
export const quizCheck: CheckKind<Values> = {
  schema,
  names: () => [],
  machines: () => [],
  look: (values, world) => Promise.resolve(lookAtAnswers(values, world)),
};

function lookAtAnswers({ questions }: Values, { attempt, rightAnswers }: World): Look {
  const asked = questions === "all" ? [...rightAnswers.keys()] : questions;
  const where = "swarmlab lab quiz";
  const open = asked.filter((question) => attempt.answers[question] === undefined);
  if (open.length > 0)
    return failed({
      expected: `${asked.length} questions answered`,
      actual: `${open.length} are open`,
      where,
    });
  const wrong = asked.filter((question) => attempt.answers[question] !== rightAnswers.get(question));
  if (wrong.length === 0) return pass;
  return failed({ expected: "every answer is right", actual: `wrong: ${wrong.join(", ")}`, where });
}
