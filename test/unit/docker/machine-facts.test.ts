import { describe, expect, it } from "vitest";
import { parseMachineFacts } from "../../../src/docker/machine-facts.ts";

const printed = (sections: Readonly<Record<string, string>>): string =>
  Object.entries(sections)
    .map(([name, text]) => `${name} ${Buffer.from(text).toString("base64")}\n`)
    .join("");

describe("parseMachineFacts", () => {
  it("reads what a machine prints", () => {
    const said = {
      hostname: "node1\n",
      clock: "1795569960000\n",
      mtu: "1500\n",
      ipvs: "yes\n",
      free: "     1073741824\n",
      api: "192.168.56.18:2376\n",
    };
    expect(parseMachineFacts(printed(said))).toEqual({
      hostName: "node1",
      clockMs: 1_795_569_960_000,
      mtu: 1500,
      hasIpVs: true,
      freeBytes: 1_073_741_824,
      apiListeners: ["192.168.56.18:2376"],
    });
  });

  it("tells a certificate that was cut short", () => {
    const certificate = "-----BEGIN CERTIFICATE-----\nMIIB";
    expect(parseMachineFacts(printed({ clock: "1", certificate }))).toMatchObject({
      nodeCertificateEndMs: "unreadable",
    });
  });

  it("leaves out amounts that are none", () => {
    const facts = parseMachineFacts(printed({ clock: "1", free: "df: no such file", mtu: "" }));
    expect(facts).toEqual({ hostName: "", clockMs: 1, hasIpVs: false, apiListeners: [] });
  });

  it.each(["", "hostname bm9kZTE=\n", printed({ clock: "" }), printed({ clock: "17955699603N" })])(
    "knows nothing from %j, which has no clock",
    (stdout) => expect(parseMachineFacts(stdout)).toBeUndefined(),
  );
});
