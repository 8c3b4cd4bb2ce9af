import { describe, expect, it } from "vitest";
import { usableResolvConf } from "../../../../src/machine/nspawn/machine-files.ts";

const stub = "# of systemd-resolved\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.org\n";
const upstream = "nameserver 10.0.0.2\nnameserver fd00::53\nsearch example.org\n";

describe("usableResolvConf", () => {
  it.each([
    [
      "takes what it can and no comment",
      ["# by hand\n; too\nnameserver 10.0.0.2\n"],
      "nameserver 10.0.0.2\n",
    ],
    ["goes on to the upstream servers behind a stub", [stub, upstream], upstream],
    [
      "leaves loopback out of a mixed list",
      ["nameserver ::1\nnameserver \t127.0.0.1\nnameserver 1.2.3.4\noptions rotate\n"],
      "nameserver 1.2.3.4\noptions rotate\n",
    ],
    ["prefers the first", [upstream, "nameserver 10.9.9.9\n"], upstream],
    ["finds none on loopback only, however it is spaced", [stub, "nameserver \t 127.0.0.1\n"], undefined],
    ["finds none in nothing", ["", ""], undefined],
  ])("%s", (_, texts, expected) => {
    expect(usableResolvConf(texts)).toBe(expected);
  });
});
