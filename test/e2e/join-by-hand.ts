import type { E2eLab } from "./lab.ts";

/** A script that brings a machine into the swarm at this address. The token is in no argument. */
export async function joinByHand(lab: E2eLab, role: "manager" | "worker", at: string): Promise<string> {
  const { machines } = await lab.status();
  const manager = machines.find(({ name }) => name === "manager")?.address ?? "";
  const tokens = await lab.script("manager", `docker swarm join-token -q ${role} | base64 -w0`);
  return `
    printf '{"ListenAddr":"%s:2377","AdvertiseAddr":"%s:2377","DataPathAddr":"%s","RemoteAddrs":["${manager}:2377"],"JoinToken":"%s"}' \\
      ${at} ${at} ${at} "$(echo ${tokens["manager"] ?? ""} | base64 -d)" |
      curl -sf --unix-socket /var/run/docker.sock -H 'Content-Type: application/json' -d @- http://docker/swarm/join`;
}

/** A worker leaves and comes back by hand while port 7946 is taken, as it is by a daemon that left at the same moment as its peers. Its old entry stays. */
export async function joinWithoutGossip(lab: E2eLab, worker: string): Promise<void> {
  const address = (await lab.status()).machines.find(({ name }) => name === worker)?.address ?? "";
  await lab.script(
    worker,
    `docker swarm leave >&2
     while ss -ltn | grep -q :7946; do sleep 0.1; done
     sudo systemd-run --quiet --collect --unit holder python3 -c 'import socket, time; held = socket.create_server(("", 7946)); time.sleep(60)'
     until ss -ltn | grep -q :7946; do sleep 0.1; done
     ${await joinByHand(lab, "worker", address)}
     sudo systemctl stop holder`,
  );
}
