import { execFile } from "node:child_process";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SshConfig } from "../../src/app/ssh-config.ts";
import type { DockerEnvironment } from "../../src/app/env.ts";
import { cliFile, expectExit } from "./cli.ts";
import { installClients, unpackDockerCli } from "./docker-clients.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);

describeOnRealMachines("clients that nobody here wrote", () => {
  let lab: E2eLab;
  let config: SshConfig;
  let tools: string;
  /** Of `swarmlab env`, for the manager. */
  let variables: Readonly<Record<string, string>>;

  beforeAll(async () => {
    installClients();
    tools = await unpackDockerCli();
    lab = await makeLab({
      label: "clients",
      yaml: "workers: 1",
      env: { DOCKER_CONFIG: join(tools, "config") },
    });
    await lab.succeed(["up"]);
    const { stdout } = await lab.succeed(["env", "--json"]);
    variables = (JSON.parse(stdout) as DockerEnvironment).variables as Readonly<Record<string, string>>;
    config = JSON.parse((await lab.succeed(["ssh-config", "--json"])).stdout) as SshConfig;
  });
  afterAll(async () => {
    await lab.destroy();
    await rm(tools, { recursive: true });
  });

  /**
   * Runs a program of this computer in the lab directory, with the docker CLI of the distribution. What else stands in this environment
   * may interfere: `REQUESTS_CA_BUNDLE` wins over the authority that a Python client was told of.
   */
  async function run(
    argv: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const [file, ...args] = argv;
    const path = `${join(tools, "usr/bin")}:${process.env["PATH"] ?? ""}`;
    const own = { PATH: path, HOME: process.env["HOME"] ?? "/root", LC_ALL: "C.UTF-8" };
    const its = { ...own, DOCKER_CONFIG: join(tools, "config"), ...env };
    return (await execute(file, args, { cwd: lab.directory, env: its })).stdout.trim();
  }

  const withoutKeys = () => ({ DOCKER_HOST: variables["DOCKER_HOST"] ?? "" });

  it("the docker CLI works through the contexts, each for its machine", async () => {
    await lab.succeed(["context"]);
    const nodes = ["node", "ls", "--format", "{{.Hostname}}"] as const;
    expect(await run(["docker", "--context", lab.name, ...nodes])).toBe("manager\nnode1");
    const machine = ["info", "--format", "{{.Name}}"] as const;
    expect(await run(["docker", "--context", `${lab.name}-node1`, ...machine])).toBe("node1");
    const again = JSON.parse((await lab.succeed(["context", "--json"])).stdout) as {
      contexts: { change: string }[];
    };
    expect(again.contexts.map(({ change }) => change)).toEqual(["unchanged", "unchanged", "unchanged"]);
  });

  it("the docker CLI works in a shell that took over swarmlab env", async () => {
    const script = `eval "$('${process.execPath}' '${cliFile}' env node1)"; docker info --format '{{.Name}}'`;
    expect(await run(["bash", "-e", "-c", script])).toBe("node1");
  });

  it("the docker CLI is refused without the certificate, and without TLS", async () => {
    await expect(run(["docker", "ps"], withoutKeys())).rejects.toThrow("HTTP request to an HTTPS server");
    const url = `${withoutKeys().DOCKER_HOST.replace("tcp:", "https:")}/version`;
    const authority = join(variables["DOCKER_CERT_PATH"] ?? "", "ca.pem");
    await expect(run(["curl", "--silent", "--show-error", "--cacert", authority, url])).rejects.toThrow(
      /bad certificate|certificate required/,
    );
  });

  it("the docker CLI works over SSH", async () => {
    const shim = join(tools, "shim");
    await mkdir(shim);
    await writeFile(join(shim, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${config.file}' "$@"\n`, {
      mode: 0o755,
    });
    const path = `${shim}:${join(tools, "usr/bin")}:${process.env["PATH"] ?? ""}`;
    const info = ["docker", "-H", `ssh://${host("node1")}`, "info", "--format", "{{.Name}}"] as const;
    expect(await run(info, { PATH: path })).toBe("node1");
  });

  const pythonInfo = "import docker; print(docker.from_env().info()['Name'])";

  it("Docker's SDK for Python works with the certificate, and not without", async () => {
    expect(await run(["/usr/bin/python3", "-c", pythonInfo], variables)).toBe("manager");
    await expect(run(["/usr/bin/python3", "-c", pythonInfo], withoutKeys())).rejects.toThrow(
      "DockerException",
    );
  });

  const dockerodeInfo = `
    const Docker = require("${join(process.cwd(), "node_modules/dockerode")}");
    new Docker().info().then(({ Name }) => console.log(Name));`;

  it("dockerode works with the certificate, and not without", async () => {
    expect(await run([process.execPath, "-e", dockerodeInfo], variables)).toBe("manager");
    await expect(run([process.execPath, "-e", dockerodeInfo], withoutKeys())).rejects.toThrow();
  });

  it("Ansible's docker_swarm_info works with the certificate, and not without", async () => {
    const info = ["-m", "community.docker.docker_swarm_info", "-a", "nodes=true"] as const;
    const ansible = [
      "ansible",
      "localhost",
      "-e",
      "ansible_python_interpreter=/usr/bin/python3",
      ...info,
    ] as const;
    expect(await run(ansible, variables)).toContain('"Hostname": "node1"');
    await expect(run(ansible, withoutKeys())).rejects.toMatchObject({
      stdout: expect.stringContaining('"can_talk_to_docker": false') as string,
    });
  });

  const host = (machine: string): string => config.hosts[machine] ?? "";

  it("ssh and scp reach a machine by the generated configuration", async () => {
    const file = join(lab.directory, "carried over");
    await writeFile(file, "over scp\n");
    await execute("scp", ["-q", "-F", config.file, file, `${host("node1")}:carried`]);
    const { stdout } = await execute("ssh", ["-F", config.file, host("node1"), "hostname; cat carried"]);
    expect(stdout).toBe("node1\nover scp\n");
    expect((await stat(config.file)).mode & 0o777).toBe(0o600);
  });

  it("ssh refuses a machine that shows another key than the pinned one", async () => {
    const knownHosts = join(config.file, "..", "known_hosts");
    const pinned = await readFile(knownHosts, "utf8");
    await writeFile(
      knownHosts,
      pinned.replaceAll(host("node1"), "before").replaceAll(host("manager"), host("node1")),
    );
    await expect(execute("ssh", ["-F", config.file, host("node1"), "true"])).rejects.toThrow(
      "Host key verification failed",
    );
    await lab.succeed(["ssh-config"]);
    await execute("ssh", ["-F", config.file, host("node1"), "true"]);
  });

  it("there is no configuration without a machine that runs", async () => {
    await using empty = await makeLab({ label: "empty" });
    expect(expectExit(await empty.run(["ssh-config"]), 2).stderr).toContain("no machine runs");
  });

  it("destroy takes the contexts away", async () => {
    await lab.succeed(["destroy", "--yes"]);
    expect(await run(["docker", "context", "ls", "--quiet"])).toBe("default");
  });
});
