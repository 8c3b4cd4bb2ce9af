import { spawn } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { createInterface } from "node:readline";
import { readText } from "../../src/system/files.ts";

/** The part of Vitest's JSON report that is used. */
export interface InsideReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: "passed" | "failed" | "skipped" | "pending" | "todo";
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** A test that hangs inside says nothing for so long. */
const silenceMs = 3_600_000;

/**
 * Boots the disk with the host's kernel of this release, passes on what the tests inside say with the seconds since the start, and waits
 * until the computer powers off. Throws with the end of its console where it leaves no report.
 */
export async function runComputer(its: {
  readonly directory: string;
  readonly disk: string;
  readonly release: string;
  readonly labs: readonly string[];
}): Promise<InsideReport> {
  const [console, report] = [join(its.directory, "console"), join(its.directory, "report")];
  const startMs = performance.now();
  const qemu = spawn("qemu-system-x86_64", qemuArguments({ ...its, console, report }), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    qemu.once("error", reject);
    qemu.once("close", () => resolve());
  });
  const stop = (): boolean => qemu.kill("SIGTERM");
  process.once("exit", stop);
  let silence = setTimeout(stop, silenceMs);
  createInterface({ input: qemu.stdout }).on("line", (line) => {
    clearTimeout(silence);
    silence = setTimeout(stop, silenceMs);
    process.stderr.write(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
  });
  await ended;
  clearTimeout(silence);
  process.removeListener("exit", stop);
  return readReport(report, console);
}

/** Two processors, because the host may have no more; without a network. */
function qemuArguments(its: {
  readonly disk: string;
  readonly release: string;
  readonly labs: readonly string[];
  readonly console: string;
  readonly report: string;
}): readonly string[] {
  const { disk, release, labs, console, report } = its;
  const kernel = [
    "root=/dev/vda rw mitigations=off systemd.unified_cgroup_hierarchy=1 net.ifnames=0 console=ttyS0 panic=1",
    `swarmlab.labs=${labs.join(",")}`,
  ];
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "4096"],
    ...["-kernel", `/boot/vmlinuz-${release}`, "-initrd", `/boot/initrd.img-${release}`],
    ...["-append", kernel.join(" ")],
    ...["-drive", `file=${disk},format=raw,if=virtio,cache=unsafe`],
    ...["-nic", "none", "-display", "none", "-monitor", "none", "-no-reboot"],
    ...["-serial", `file:${console}`, "-serial", "stdio", "-serial", `file:${report}`],
  ];
}

async function readReport(report: string, console: string): Promise<InsideReport> {
  const text = (await readText(report)) ?? "";
  if (text.includes("}")) return JSON.parse(text) as InsideReport;
  const end = ((await readText(console)) ?? "").trim().split("\n").slice(-40).join("\n");
  throw new Error(`the emulated computer ended without a report; the end of its console:\n${end}`);
}
