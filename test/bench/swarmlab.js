import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { floorDirectory, floorHosts } from "./floor.js";
import { run } from "./measure.js";

const cluster = "bench";

/** The cgroup of the machines that swarmlab makes, on hosts without systemd. */
export const swarmlabMachines = `swarmlab/${cluster}`;

/** Calls the built program for a cluster of its own machines. Returns what it printed. */
export function swarmlab(bench, args, options = {}) {
  const directory = join(bench.directory, "lab");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "swarmlab.yaml"), `name: ${cluster}\nprovider: nspawn\n`);
  return run([...program(bench), ...args], { cwd: directory, ...options });
}

/** Makes the box unless it is there, and returns its root tree. */
export function makeBox(bench) {
  swarmlab(bench, ["up"]);
  const record = `/var/lib/swarmlab/clusters/${cluster}/machines/manager/machine.json`;
  const { box } = JSON.parse(readFileSync(record, "utf8"));
  swarmlab(bench, ["destroy", "--yes"]);
  return box;
}

export const program = (bench) => [process.execPath, join(bench.root, "dist/main.js")];

/** Writes what `formBySwarmlab` needs, as a person has it before the first call. */
export function prepareHosts(bench) {
  const [machines, home] = [floorDirectory(bench), homeOf(bench)];
  mkdirSync(join(home, ".ssh"), { recursive: true });
  copyFileSync(join(machines, "known_hosts"), join(home, ".ssh/known_hosts"));
  const hosts = floorHosts(bench).map(
    ({ name, address }) => `  ${name}: { address: ${address}, user: vagrant, key: ${join(machines, "key")} }`,
  );
  // Without the Docker API by TCP, which the others do not give either.
  const lines = [`name: ${cluster}-hosts`, "provider: hosts", "docker: { tcp: off }", "hosts:", ...hosts, ""];
  writeFileSync(join(home, "swarmlab.yaml"), lines.join("\n"));
}

/** Forms the swarm on machines that were booted. */
export function formBySwarmlab(bench) {
  const home = homeOf(bench);
  run([...program(bench), "up"], { cwd: home, env: { PATH: process.env.PATH, HOME: home } });
}

const homeOf = (bench) => join(floorDirectory(bench), "home");
