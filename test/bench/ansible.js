import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { floorDirectory, floorHosts } from "./floor.js";
import { run } from "./measure.js";

/** Stops the bench, saying what to do, where Ansible is missing; installs it where that is asked for. */
export function requireAnsible({ install }) {
  if (spawnSync("ansible-playbook", ["--version"]).status === 0) return;
  if (!install)
    throw new Error(
      "Ansible is missing: apt-get install ansible, or let the bench do that with --install-ansible",
    );
  run(["apt-get", "-qq", "install", "ansible"], {
    timeoutMs: 600_000,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** Forms the swarm on machines that were booted, with the playbook. */
export function formByAnsible(bench) {
  const machines = floorDirectory(bench);
  const inventory = join(machines, "inventory.ini");
  writeFileSync(inventory, inventoryText(bench));
  const playbooks = join(bench.root, "test/bench/ansible");
  run(["ansible-playbook", "--inventory", inventory, join(playbooks, "playbook.yml")], {
    cwd: playbooks,
    // Nothing else: variables for certificates break Python's way to a daemon.
    env: {
      PATH: process.env.PATH,
      HOME: machines,
      LANG: "C.UTF-8",
      ANSIBLE_CONFIG: join(playbooks, "ansible.cfg"),
      ANSIBLE_SSH_CONTROL_PATH_DIR: controlDirectory(bench),
    },
  });
}

/** Ends the connections that it keeps open. */
export function closeAnsible(bench) {
  for (const socket of readdirSync(controlDirectory(bench)))
    run(["ssh", "-o", `ControlPath=${join(controlDirectory(bench), socket)}`, "-O", "exit", "any"]);
}

function controlDirectory(bench) {
  const directory = join(bench.directory, "cp");
  mkdirSync(directory, { recursive: true });
  return directory;
}

function inventoryText(bench) {
  const machines = floorDirectory(bench);
  const [manager, ...workers] = floorHosts(bench).map(
    ({ name, address }) => `${name} ansible_host=${address}`,
  );
  return [
    "[managers]",
    manager,
    "[workers]",
    ...workers,
    "[all:vars]",
    "ansible_user=vagrant",
    `ansible_ssh_private_key_file=${join(machines, "key")}`,
    `ansible_ssh_common_args=-o UserKnownHostsFile=${join(machines, "known_hosts")}`,
    "",
  ].join("\n");
}
