import { isObject } from "../docker/json-object.ts";

const blank = "***";

/** Words in names of things whose values are nobody else's business, with what follows them in the name. */
const secretName = String.raw`(?:passw|passphrase|secret|token|(?:api|access|private|unlock|signing)[-_]?key|credential|authorization|basicauth)[\w.-]{0,80}|\b(?:auth|pass|pwd)`;
const quoted = String.raw`\\"(?:(?!\\").)*\\"|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'`;

/** Each with what stands in its place. What fails must not have read far: from each place anew, that is quadratic. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Cut off at the end of a log it is a secret all the same.
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, blank],
  [/\bSWM(?:TKN|KEY)-[\w+/=-]+/g, blank],
  // With its option `debug` dockerd logs the body of each request, variables of services included.
  [/(form[ -]data[:=]\s?)[^\n]*/g, `$1${blank}`],
  [/\b(Bearer)\s+[\w.~+/=-]{8,}/gi, `$1 ${blank}`],
  // `password="…"`, `"password": "…"`
  [new RegExp(`((?:${secretName})(?:\\\\?["'])?\\s*[:=]\\s*)(?:${quoted})`, "gi"), `$1"${blank}"`],
  // `password=…`, `password:…`
  [new RegExp(`((?:${secretName})[:=])[^\\s"'&;,)}\\]]+`, "gi"), `$1${blank}`],
  // In YAML the value may stand in lines below.
  [
    new RegExp(`((?:${secretName}):)[ \\t]*(?:[|>+-][-+]?[ \\t]*)?\\n(?:[ \\t]+\\S.*(?:\\n|$))+`, "gi"),
    `$1 ${blank}\n`,
  ],
  // `password: …`: there it may have spaces.
  [new RegExp(`((?:${secretName}):[ \\t]+)[^"'\\s][^"\\n]*`, "gi"), `$1${blank}`],
  // `--password …`
  [new RegExp(`((?<!-)--[\\w.-]{0,80}(?:${secretName})[ \\t]+)[^\\s-]\\S*`, "gi"), `$1${blank}`],
];

/** A text without what can be told to be a secret: tokens and keys of swarms, private keys, credentials in URLs, values of names such as `password`. */
export function withoutSecrets(text: string): string {
  return patterns.reduce(
    (cleaned, [pattern, replacement]) => cleaned.replace(pattern, replacement),
    withoutLogins(text),
  );
}

/** User and password of a URL, and what follows as far as it may belong to them: both may hold an `@`, and a password what ends a host. */
const urlLogin = /(?<=:\/\/)[^\s"'/:@]*(?:@[^\s"'/:@,=]*)*(?::[^\s"'@]*(?:@[^\s"'@,=]*)*)?/g;
/** Proxies need no scheme. */
const otherLogin = /(?<=[^\s"'@/:=,]):[^\s"'/@]*(?:@[^\s"'/@,=]*)*/g;

function withoutLogins(text: string): string {
  return (
    text
      .replace(urlLogin, (login) => login.replace(/^.*@/s, `${blank}@`))
      // An image with its digest looks much the same.
      .replace(otherLogin, (login) => login.replace(/^:.+@(?!sha256:)(?=[\w[])/s, `:${blank}@`))
  );
}

/**
 * Data, as the Engine API and configuration files have it, without secrets: besides what `withoutSecrets` finds, all values of environment variables,
 * arguments of commands, contents of configs and options of volume drivers.
 */
export function dataWithoutSecrets(value: unknown): unknown {
  return clean(value, "");
}

/** `key`: the name that the value has. */
function clean(value: unknown, key: string): unknown {
  if (typeof value === "string") return cleanText(value, key);
  if (Array.isArray(value)) return cleanList(value, key);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    withoutSecrets(name),
    name === "DriverConfig" ? cleanDriver(inner) : clean(inner, name),
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

/** Drivers of volumes know logins to servers by names of their own. */
function cleanDriver(driver: unknown): unknown {
  if (!isObject(driver) || !isObject(driver["Options"])) return clean(driver, "");
  const names = Object.keys(driver["Options"]);
  return { ...driver, Options: Object.fromEntries(names.map((name) => [name, blank])) };
}

const secretKey = /passw|passphrase|token|credential|authorization|secret|^auth|basicauth|key/i;
/** Names of secrets are none, and what they are called is what a service fails for. */
const openKey = /^(?:SecretID|SecretName|Secrets|CertIssuerPublicKey)$/;

function cleanText(value: string, key: string): string {
  const isSecret = key === "Data" || (secretKey.test(key) && !openKey.test(key));
  return isSecret && value !== "" ? blank : withoutSecrets(value);
}

function cleanList(values: readonly unknown[], key: string): readonly unknown[] {
  switch (key) {
    case "Env":
      return values.map((value) => `${String(value).split("=", 1).join("")}=${blank}`);
    case "Args":
      return values.map(() => blank);
    // The first is the program, or the kind of a health check.
    case "Command":
    case "Test":
      return values.map((value, index) => (index === 0 ? clean(value, "") : blank));
    default:
      return values.map((value) => clean(value, key));
  }
}
