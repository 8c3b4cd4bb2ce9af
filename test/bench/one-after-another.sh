#!/bin/bash
# As public Vagrantfiles of Swarm labs do it: a shell provisioner for each machine, one machine after the other, with the
# token in a file. What Vagrant itself costs for each of them (1 to 5 seconds) is not in it.
# usage: one-after-another.sh DIR     DIR as made by floor.sh: key, known_hosts, hosts (the manager first)
set -eu
dir=$1
ssh_opts=(-q -i "$dir/key" -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$dir/known_hosts" -o BatchMode=yes)
mapfile -t addresses < <(sed -n '/ localhost/!s/ .*//p' "$dir/hosts")
manager=${addresses[0]}

provision() { ssh "${ssh_opts[@]}" "vagrant@$1" sudo bash -eu -s -- "${@:2}"; }

docker_script='
echo "{\"swarm-default-advertise-addr\":\"$1\"}" > /etc/docker/daemon.json
systemctl enable --quiet docker
systemctl restart docker
'
manager_script='
docker swarm init --advertise-addr "$1" --listen-addr "$1:2377" --data-path-addr "$1" > /dev/null
docker swarm join-token -q worker
'
worker_script='
docker swarm join --token "$(cat)" --advertise-addr "$1" --listen-addr "$1:2377" --data-path-addr "$1" "$2:2377" > /dev/null
'
end_script='
until docker network inspect ingress --format "{{(index .Containers \"ingress-sbox\").IPv4Address}}" 2> /dev/null | grep /; do sleep 1; done
'
verify_script='
until [ "$(docker node ls --format "{{.Status}}" | grep -c Ready)" = "$1" ]; do sleep 1; done
until nsenter --net=/var/run/docker/netns/ingress_sbox ping -q -c 1 -W 1 "$2" > /dev/null; do sleep 1; done
'

for address in "${addresses[@]}"; do
  provision "$address" "$address" <<< "$docker_script"
  if [ "$address" = "$manager" ]; then
    provision "$address" "$address" <<< "$manager_script" > "$dir/token"
  else
    # The script reads the token behind itself.
    provision "$address" "$address" "$manager" < <(printf '%s' "$worker_script"; cat "$dir/token")
  fi
done
end=$(provision "${addresses[1]}" <<< "$end_script")
provision "$manager" "${#addresses[@]}" "${end%/*}" <<< "$verify_script"
