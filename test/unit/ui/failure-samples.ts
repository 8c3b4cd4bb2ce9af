import type { Failure } from "../../../src/failure.ts";

type Samples = { readonly [Kind in Failure["kind"]]: Extract<Failure, { readonly kind: Kind }> };

/** One failure of each kind; the type makes a new kind need one. */
export const failureSamples: Samples = {
  usage: { kind: "usage", message: "unknown option --workerz", remedy: "Did you mean --workers?" },
  config: {
    kind: "config",
    problems: [
      {
        severity: "error",
        what: "`managers` must be at least 1",
        where: "swarmlab.yaml:3:5",
        remedy: "Use 1, or 3 to rehearse the loss of a manager.",
      },
      {
        severity: "warning",
        what: "two managers tolerate the loss of none",
        where: "swarmlab.yaml:4:13",
        why: "Raft needs a majority: with 2 managers that is 2, so that one more manager makes the swarm weaker, not stronger.",
        remedy: "Use 1 or 3 managers.",
      },
    ],
  },
  prerequisite: {
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: "systemd-nspawn is not installed",
        where: "PATH",
        why: "It runs the machines.",
        remedy: "sudo apt-get install systemd-container",
      },
      { severity: "error", what: "IPv4 forwarding is off", remedy: "sudo sysctl -w net.ipv4.ip_forward=1" },
    ],
    command: "sudo swarmlab setup",
  },
  "needs-root": {
    kind: "needs-root",
    tasks: ["make a bridge", "start 3 machines"],
    command: "sudo swarmlab up",
  },
  "confirmation-needed": {
    kind: "confirmation-needed",
    action: "destroy demo and its 3 machines",
    command: "swarmlab destroy --yes",
  },
  declined: { kind: "declined", action: "destroy demo and its 3 machines" },
  "name-taken": { kind: "name-taken", cluster: "demo", owner: "/home/ada/other-lab" },
  "subnet-taken": { kind: "subnet-taken", subnet: "192.168.56.0/24", by: "the interface vboxnet0" },
  "unknown-machine": {
    kind: "unknown-machine",
    name: "nod1",
    known: ["manager", "node1", "node2"],
    suggestion: "node1",
  },
  "not-running": { kind: "not-running", machine: "node1", state: "stopped" },
  "fault-refused": {
    kind: "fault-refused",
    fault: "skew-clock",
    machine: "node1",
    reason: "The machine has the clock of this computer.",
  },
  "fault-record": { kind: "fault-record", file: "/var/lib/swarmlab/clusters/demo/faults/kill-3f9c.json" },
  process: {
    kind: "process",
    argv: ["vagrant", "up", "--no-tty"],
    exitCode: 1,
    stderr: "There was an error while executing VBoxManage.\nVT-x is disabled in the BIOS.\n",
    remedy: "Enable virtualisation in the BIOS, or use: swarmlab up --provider nspawn",
  },
  "remote-command": {
    kind: "remote-command",
    machine: "node1",
    argv: ["systemctl", "restart", "docker"],
    exitCode: 1,
    stderr: "Job for docker.service failed.\n",
  },
  timeout: {
    kind: "timeout",
    waitedFor: "node1 to answer over SSH",
    afterMs: 90_000,
    hint: "swarmlab status   (is the machine running?)",
  },
  unreachable: {
    kind: "unreachable",
    machine: "node1",
    address: "192.168.56.18",
    reason: "connection refused for 60 s",
    hint: "swarmlab status   (is the machine running?)",
  },
  "host-key": {
    kind: "host-key",
    machine: "node1",
    address: "192.168.56.18",
    expected: "SHA256:expected",
    actual: "SHA256:actual",
  },
  "disk-full": { kind: "disk-full", path: "/var/lib/machines", doing: "unpacking the box" },
  "box-build": {
    kind: "box-build",
    reason: "debootstrap failed with exit code 1",
    logTail: "I: Retrieving InRelease\nE: Failed getting release file",
    log: ".swarmlab/box-build.log",
    remedy: "Check that this computer reaches the package mirror, then: swarmlab up",
  },
  bundle: {
    kind: "bundle",
    file: "/media/stick/swarmlab.bundle",
    what: "the bundle is for another kind of processor",
    why: "Its box runs on arm64, and this computer is x64.",
    remedy: "Make one on a computer of this kind: swarmlab bundle FILE.",
  },
  vagrant: {
    kind: "vagrant",
    what: "VirtualBox refuses the private network's addresses",
    machine: "manager",
    why: "The IP address configured for the host-only network is not within the\nallowed ranges.",
    log: "/home/me/.swarmlab/virtualbox/lab/vagrant.log",
    remedy: "swarmlab doctor   (prints the line that allows them in /etc/vbox/networks.conf)",
  },
  "machine-died": {
    kind: "machine-died",
    machine: "node2",
    logTail: "Failed to mount /sys/fs/cgroup\n",
    log: ".swarmlab/node2.log",
  },
  "beyond-repair": {
    kind: "beyond-repair",
    machine: "node1",
    failure: {
      kind: "unreachable",
      machine: "node1",
      address: "192.168.56.18:22",
      reason: "connect ECONNREFUSED",
      hint: "See whether sshd runs there.",
    },
  },
  daemon: {
    kind: "daemon",
    machine: "node1",
    reason: "dockerd did not come back after the new daemon.json",
    log: "unable to configure the Docker daemon: the following directives don't match any option: lable\n",
    restored: true,
  },
  "engine-api": {
    kind: "engine-api",
    machine: "manager",
    request: "POST /swarm/init",
    status: 400,
    message: "must specify a listening address",
  },
  "engine-answer": {
    kind: "engine-answer",
    request: "GET /nodes",
    wrong: "the answer is a string, not a list",
  },
  "foreign-swarm": {
    kind: "foreign-swarm",
    machines: ["node1", "node2"],
    why: "Their swarm has the ID abc, this cluster's has def.",
  },
  "quorum-lost": { kind: "quorum-lost", reachable: ["manager"], needed: 2, managers: 3 },
  "quorum-at-risk": {
    kind: "quorum-at-risk",
    machines: ["manager2"],
    remaining: ["manager", "manager3"],
    reachable: ["manager"],
  },
  "swarm-locked": { kind: "swarm-locked", machines: ["manager", "manager2"] },
  verify: {
    kind: "verify",
    problems: [
      {
        severity: "error",
        what: "node2 is not a ready node of the swarm",
        where: "node2",
        why: "The manager calls it down.",
        remedy: "swarmlab ssh node2 -- journalctl -u docker",
      },
    ],
  },
  leftovers: {
    kind: "leftovers",
    cluster: "demo",
    items: ["bridge swarmlab-demo", "/var/lib/machines/demo-node1"],
  },
  locked: { kind: "locked", what: "cluster demo", owner: "swarmlab up, process 4711, since 12:03" },
  interrupted: { kind: "interrupted", next: "swarmlab up   (goes on where this stopped)" },
  several: {
    kind: "several",
    failures: [
      { kind: "not-running", machine: "node1", state: "stopped" },
      {
        kind: "unreachable",
        machine: "node2",
        address: "192.168.56.19",
        reason: "no route to host",
        hint: "swarmlab status",
      },
    ],
  },
};
