import { describe, expect, it } from "vitest";
import { isEmulatedCpu } from "../../../../src/machine/nspawn/emulated-cpu.ts";

const cpuInfo = (model: string): string =>
  `processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 107\nmodel name\t: ${model}\nstepping\t: 1\n`;

describe("isEmulatedCpu", () => {
  it("knows a processor that only software makes", () => {
    expect(isEmulatedCpu(cpuInfo("QEMU TCG CPU version 2.5+"))).toBe(true);
  });

  it.each(["Intel(R) Xeon(R) Processor @ 2.80GHz", "QEMU Virtual CPU version 2.5+", ""])(
    "takes %j for one that hardware may stand behind",
    (model) => expect(isEmulatedCpu(cpuInfo(model))).toBe(false),
  );

  it("takes a host without a model name for real: /proc/cpuinfo of arm64 has none", () => {
    expect(isEmulatedCpu("processor\t: 0\nBogoMIPS\t: 243.75\n")).toBe(false);
  });
});
