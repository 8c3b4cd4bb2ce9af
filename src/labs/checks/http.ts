import {
  either,
  listOf,
  matching,
  onOff,
  oneOf,
  type Output,
  section,
  text,
  wholeNumber,
} from "../../cluster/values.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { blocked, converging, failed, type Look, pass } from "../look.ts";
import { machinesOfPlace, namesOfPlace, placePattern, runInside } from "../run-inside.ts";
import { showJson } from "../show-json.ts";
import type { HttpAnswer, World } from "../world.ts";

const schema = section({
  ...checkHead("http", { deadline: 10 }),
  /** Who asks: this computer, or a place that has `curl`. */
  from: either(
    oneOf("host"),
    matching(placePattern, "a machine, machine:CONTAINER or service:NAME"),
    "host, a machine, machine:CONTAINER or service:NAME",
  ).default("host"),
  url: matching(/^http:\/\//, "an address that begins with http://"),
  status: wholeNumber(100, 599).default(200),
  /** Words in every answer. */
  contains: listOf(text(), "a list of words").default([]),
  /** How many requests, each over a connection of its own. */
  times: wholeNumber(1, 50).default(1),
  /** In all answers together, lines that begin with this … */
  line: text().exactOptional(),
  /** … have at least so many different values. */
  distinct: wholeNumber(1).exactOptional(),
  /** No answer may come at all. */
  refused: onOff().default(false),
});
type Values = Output<typeof schema>;

/** What a service answers over HTTP. */
export const httpCheck: CheckKind<Values> = {
  schema,
  names: ({ from, url }) => [...(from === "host" ? [] : namesOfPlace(from)), ...portOf(url)],
  machines: ({ from }) => (from === "host" ? [] : machinesOfPlace(from)),
  look: async (values, world) => {
    const answers: HttpAnswer[] = [];
    for (let time = 0; time < values.times; time++) {
      const asked = await ask(values, world);
      if ("look" in asked) return asked.look;
      answers.push(asked.answer);
      if ("refused" in asked.answer) break;
    }
    return judge(values, answers);
  },
};

const portOf = (url: string): readonly string[] => /:(\d+)/.exec(url.slice("http://".length))?.slice(1) ?? [];

async function ask(
  { from, url }: Values,
  world: World,
): Promise<{ readonly answer: HttpAnswer } | { readonly look: Look }> {
  if (from === "host") return { answer: await world.get(url) };
  const curl = [
    "curl",
    "--silent",
    "--show-error",
    "--max-time",
    "3",
    "--write-out",
    "\n%{http_code}",
    url,
  ] as const;
  const asked = await runInside(world, from, [...curl]);
  if ("look" in asked) return asked;
  const { exitCode, stdout, stderr } = asked.result;
  if (exitCode === 126 || exitCode === 127) return { look: blocked(`${from} has no curl: ${stderr.trim()}`) };
  if (exitCode !== 0) return { answer: { refused: stderr.trim() } };
  const end = stdout.lastIndexOf("\n");
  return { answer: { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) } };
}

function judge(values: Values, answers: readonly HttpAnswer[]): Look {
  const { url, status, from } = values;
  const where = from === "host" ? `on this computer: curl ${url}` : `in ${from}: curl ${url}`;
  const unmet = (expected: string, actual: string): Look => converging({ expected, actual, where });
  const last = answers.at(-1);
  const silent = last !== undefined && "refused" in last ? last.refused : undefined;
  if (values.refused)
    return silent === undefined
      ? failed({ expected: `no answer from ${url}`, actual: "it answers", where })
      : pass;
  if (silent !== undefined) return unmet(`${url} answers with ${status}`, silent);
  const given = answers.filter((answer) => "status" in answer);
  const wrong = given.find((answer) => answer.status !== status);
  if (wrong !== undefined) return unmet(`${url} answers with ${status}`, `it answers with ${wrong.status}`);
  for (const words of values.contains) {
    const without = given.find(({ body }) => !body.includes(words));
    if (without !== undefined) return unmet(`${url} answers with: ${words}`, showJson(without.body));
  }
  return judgeVariety(
    values,
    given.map(({ body }) => body),
    where,
  );
}

function judgeVariety({ line, distinct, times }: Values, bodies: readonly string[], where: string): Look {
  if (line === undefined || distinct === undefined) return pass;
  const lines = bodies.flatMap((body) => body.split("\n").filter((text) => text.startsWith(line)));
  const values = [...new Set(lines)];
  if (values.length >= distinct) return pass;
  return converging({
    expected: `${distinct} different lines "${line}…" in ${times} answers`,
    actual: `${values.length}: ${values.join(", ")}`,
    where,
  });
}
