import { spawn } from "node:child_process";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlannedAction, UpPlan } from "../../src/app/plan-up.ts";
import { cliFile, expectExit, patience } from "./cli.ts";
import { joinByHand, joinWithoutGossip } from "./join-by-hand.ts";
import { killMachine } from "./kill-machine.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

/** All that `up` heals; each has a row below. */
const repairs = [
  "dead machine",
  "daemon that does not run",
  "daemon that hangs",
  "drifted daemon.json",
  "lost certificate",
  "expired certificate",
  "changed manager address",
  "ghost node",
  "wrong role",
  "half-joined node",
  "node without gossip",
  "cloned node ID",
  "cloned engine ID",
  "lost quorum",
  "damaged Docker data",
  "changed SSH host key",
] as const;

/** What was broken, and how a dry run tells of it. */
interface Row {
  readonly repair: (typeof repairs)[number];
  readonly machine: RegExp;
  readonly action: RegExp;
  readonly reason: RegExp;
}

/** Causes that leave each other alone, and are healed by one `up`. */
interface Round {
  readonly title: string;
  readonly cause: (lab: E2eLab) => Promise<unknown>;
  readonly rows: readonly Row[];
}

const yaml = `
managers: 3
workers: 2
docker: { daemon: { max-concurrent-uploads: 7 } }
`;

const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries | docker import - 127.0.0.1:5000/e2e:1 >/dev/null`;

/** A task on each machine, which keeps in a volume what it was born with. */
const makeService = `
  echo precious | docker config create precious - >/dev/null
  docker service create --detach --no-resolve-image --name web --mode global --init --config precious \
    --mount type=volume,source=data,target=/data --stop-grace-period 1s --restart-delay 1s 127.0.0.1:5000/e2e:1 \
    /bin/busybox sh -c '[ -e /data/born ] || busybox cat /proc/sys/kernel/random/uuid >/data/born; exec busybox sleep 86400' \
    >/dev/null`;

/** What shall survive: the data of each machine, and on managers the service with its tasks, and the configuration. */
const look = `
  sudo cat /var/lib/docker/volumes/data/_data/born
  if [ "$(hostname)" = manager ]; then
    docker service ls --format '{{.ID}} {{.Replicas}}'; docker config ls --quiet; docker node ls --quiet | wc -l
  fi`;

/** Milliseconds. A daemon without a leader answers after tens of seconds. */
const slow = 400_000;

const restart = "sudo systemctl restart docker";
const certificates = "/var/lib/docker/swarm/certificates";
/** What each daemon may do in the swarm by its certificate: a manager's is one until it has been renewed. */
const roleInSwarm = `sudo openssl x509 -noout -subject -in ${certificates}/swarm-node.crt | grep -o 'swarm-[a-z]*'`;
/** By its own key: a daemon looks at the dates first. */
const expire = `
  sudo sh -ec 'cd ${certificates}
    field() { openssl x509 -noout -subject -nameopt multiline -in swarm-node.crt | sed -n "s/.*$1 *= //p"; }
    subject="/O=$(field organizationName)/OU=$(field organizationalUnitName)/CN=$(field commonName)"
    umask 077
    sed "/^kek-version/d; /^raft-dek/d; /^$/d" swarm-node.key >key.plain
    openssl req -new -key key.plain -subj "$subject" | openssl x509 -req -signkey key.plain -days -1 >expired
    cat expired >swarm-node.crt
    rm key.plain expired' 2>/dev/null
  ${restart}`;

const rounds: readonly Round[] = [
  {
    title: "machines and daemons",
    cause: async (lab) => {
      await lab.script("node1", "sudo systemctl disable --quiet --now docker.socket docker.service");
      await lab.script(
        "node2",
        `echo '{"debug": true}' | sudo tee /etc/docker/daemon.json; ${restart}; sudo kill -STOP "$(sudo cat /run/docker.pid)"`,
      );
      await killMachine(lab.name, "manager3");
    },
    rows: [
      row("dead machine", "manager3", /^start the machine$/, /stopped/),
      row("daemon that does not run", "node1", /^start its Docker daemon$/, /does not run/),
      row("daemon that hangs", "node2", /^kill and restart its Docker daemon$/, /does not answer/),
      row("drifted daemon.json", "node2", /restart its Docker daemon$/, /max-concurrent-uploads/),
    ],
  },
  {
    title: "certificates",
    cause: async (lab) => {
      await lab.script("manager3,node2", `sudo rm -r ${certificates}; ${restart}`);
      await lab.script("node1", expire);
    },
    rows: [
      row("lost certificate", "manager3", /joins as manager/, /not in the swarm/),
      row("lost certificate", "node2", /joins as worker/, /not in the swarm/),
      row("expired certificate", "node1", /leaves its swarm/, /certificate in the swarm has ended/),
    ],
  },
  {
    title: "clones",
    cause: async (lab) => {
      await cloneMachine(lab, "node1", "node2");
      await lab.script("manager3", expire);
    },
    rows: [
      row("expired certificate", "manager3", /leaves its swarm/, /certificate in the swarm has ended/),
      row("cloned node ID", "node1", /leaves its swarm/, /has the same node ID as node2/),
      row("cloned node ID", "node2", /leaves its swarm/, /has the same node ID as node1/),
      row("cloned engine ID", "node2", /an ID of its own/, /another machine has the same one/),
    ],
  },
  {
    title: "nodes",
    cause: async (lab) => {
      await rejoinElsewhere(lab, "manager2");
      await lab.script("manager", "docker node promote node1 >&2; docker node rm --force node2 >&2");
    },
    rows: [
      row("changed manager address", "manager2", /becomes a worker/, /the swarm knows it as .*\.99, not /),
      row("ghost node", "manager2", /remove the dead node/, /its old entry/),
      row("wrong role", "node1", /becomes a worker/, /is a manager and shall be a worker/),
      row("half-joined node", "node2", /leaves its swarm/, /the swarm does not know its node any more/),
    ],
  },
  {
    title: "gossip",
    cause: (lab) => joinWithoutGossip(lab, "node2"),
    rows: [
      row("node without gossip", "node2", /^restart its Docker daemon$/, /no part in overlay networks/),
      row("ghost node", "node2", /remove the dead node/, /its old entry/),
    ],
  },
];

function row(repair: Row["repair"], machine: string, action: RegExp, reason: RegExp): Row {
  return { repair, machine: new RegExp(`^${machine}$`), action, reason };
}

describeOnRealMachines("what up heals", () => {
  let lab: E2eLab;
  let before: Readonly<Record<string, string>>;
  const healed: Row[] = [];
  const see = () => lab.script("all", look);
  const planned = async (...flags: readonly string[]) =>
    (JSON.parse((await lab.succeed(["up", "--dry-run", "--json", ...flags])).stdout) as UpPlan).actions;

  beforeAll(async () => {
    lab = await makeLab({ label: "repair", yaml });
    await lab.succeed(["up"]);
    await lab.script("all", makeImage);
    await lab.script("manager", makeService);
  });
  afterAll(async () => {
    const lines = healed.map(({ repair, machine }) => `${repair} (${machine.source.slice(1, -1)})`);
    process.stdout.write(`healed, ${lines.length} rows:\n${lines.join("\n")}\n`);
    await lab.destroy();
  });

  it("there is a service with a task, and data, on each machine", async () => {
    await expect.poll(see, { timeout: 60_000, interval: 500 }).toMatchObject({
      manager: expect.stringMatching(/^\S{36}\n\w{12} 5\/5\n\w{25}\n5$/) as string,
    });
    before = await see();
  });

  /** Healthy, with nothing left to do, and with all that shall survive. */
  async function expectHealed(rows: readonly Row[]): Promise<void> {
    expect((await lab.status()).swarm).toMatchObject({ managers: 3, workers: 2, ready: 5, healthy: true });
    expect(await lab.script("all", roleInSwarm)).toEqual({
      manager: "swarm-manager",
      manager2: "swarm-manager",
      manager3: "swarm-manager",
      node1: "swarm-worker",
      node2: "swarm-worker",
    });
    expect(await planned()).toEqual([]);
    await expect.poll(see, { timeout: 60_000, interval: 500 }).toEqual(before);
    healed.push(...rows);
  }

  describe.each(rounds)("$title", ({ cause, rows }) => {
    it("are named by a dry run, and healed; service, tasks and data survive", async () => {
      await cause(lab);
      expectNamed(await planned(), rows);
      await lab.succeed(["up"]);
      await expectHealed(rows);
    });
  });

  it(
    "a quorum that has just been lost is told, and the swarm starts again from the manager that is left when the person agrees",
    async () => {
      await lab.script("manager2,manager3", "docker swarm leave --force >&2");
      const action = /^start the same swarm again on manager \(asks first/;
      const lost = row("lost quorum", "manager", action, /^2 of 3 managers/);
      // For some seconds the manager still leads.
      expect(expectExit(await lab.run(["up"]), 1).stderr).toContain("swarmlab up --force");
      expectNamed(await planned(), [lost]);
      const said = await upInTerminal(lab.directory, "y");
      expect(said).toContain("2 of 3 managers are lost for good");
      expect(said).toContain("5 of 5 nodes ready");
      await expectHealed([lost]);
    },
    slow,
  );

  it(
    "machines that cannot be brought back are made anew where that is asked for, and no other",
    async () => {
      const ids = await nodeIds(lab);
      const { node1, manager3, ...others } = before;
      await lab.script(
        "node1",
        "sudo systemctl stop docker.socket docker; echo junk | sudo tee /var/lib/docker/volumes/metadata.db",
      );
      await lab.script(
        "manager3",
        "sudo rm /etc/ssh/ssh_host_*; sudo ssh-keygen -qt ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; sudo systemctl restart ssh",
      );
      const rows = [
        row("damaged Docker data", "node1", /^start its Docker daemon$/, /does not run/),
        row("changed SSH host key", "manager3", /^nothing: .* swarmlab up --recreate/, /SSH host key/),
      ];
      expectNamed(await planned(), rows);
      const { stderr } = expectExit(await lab.run(["up"]), 1);
      expect(stderr).toContain("swarmlab up --recreate   (takes manager3 away");
      await lab.succeed(["up", "--recreate"]);
      await lab.script("node1,manager3", makeImage);
      await expect.poll(see, { timeout: 60_000, interval: 500 }).toMatchObject({
        ...others,
        node1: expect.stringMatching(/^\S{36}$/) as string,
        manager3: expect.stringMatching(/^\S{36}$/) as string,
      });
      before = await see();
      expect(before["node1"]).not.toBe(node1);
      expect(before["manager3"]).not.toBe(manager3);
      const changed = Object.entries(await nodeIds(lab)).filter(([name, id]) => ids[name] !== id);
      expect(changed.map(([name]) => name)).toEqual(["manager3", "node1"]);
      await expectHealed(rows);
    },
    slow,
  );

  it("every repair has a row", () => {
    expect(new Set(healed.map(({ repair }) => repair))).toEqual(new Set(repairs));
  });
});

function expectNamed(actions: readonly PlannedAction[], rows: readonly Row[]): void {
  const missing = rows.filter(
    ({ machine, action, reason }) =>
      !actions.some(
        (each) => machine.test(each.machine) && action.test(each.action) && reason.test(each.reason),
      ),
  );
  expect({ missing, actions: missing.length === 0 ? [] : actions }).toEqual({ missing: [], actions: [] });
}

/** A manager leaves and comes back at an address that is not the machine's. Its old entry stays. */
async function rejoinElsewhere(lab: E2eLab, name: string): Promise<void> {
  const { subnet } = await lab.status();
  const network = (subnet ?? "").replace(/\.0\/24$/, "");
  await lab.script(
    name,
    `docker swarm leave --force >&2
     link=$(ip -o -4 address show | grep '${network}' | cut -d' ' -f2)
     sudo ip address add ${network}.99/24 dev "$link"
     ${await joinByHand(lab, "manager", `${network}.99`)}`,
  );
}

/** As a copy of a machine's disk does. */
async function cloneMachine(lab: E2eLab, from: string, to: string): Promise<void> {
  const files = "var/lib/docker/swarm etc/docker/key.json";
  const { [from]: copy = "" } = await lab.script(
    from,
    `sudo tar -czC / --exclude=raft ${files} | base64 -w0`,
  );
  await lab.script(
    to,
    `sudo systemctl stop docker.socket docker; sudo rm -r /var/lib/docker/swarm
     echo ${copy} | base64 -d | sudo tar -xzC /; sudo systemctl start docker`,
  );
}

/** `up` as a person calls it, who gives this answer. Returns all that was shown. */
function upInTerminal(directory: string, answer: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = `${process.execPath} ${cliFile} up`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      cwd: directory,
      timeout: 300_000 * patience,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (!said.includes("[y/N]") && (said + text).includes("[y/N]")) child.stdin.write(`${answer}\n`);
      said += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`up ended with ${code ?? "a signal"}:\n${said}`));
    });
  });
}
