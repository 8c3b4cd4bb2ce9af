#!/bin/bash
# The floor: what `swarmlab up` does on nspawn, as a plain script with the same tools and as much
# concurrency as bash and ssh allow. No checks, no errors explained, nothing resumable.
# usage: floor.sh up|boot|form|check|down BOX LAUNCHER DIR WORKERS
#   up     machines and swarm
#   boot   only machines, which then answer on SSH and have a Docker engine that neither runs nor is configured;
#          BOX may be several trees, the upper ones first, with colons between them
#   form   only the swarm, on machines that were booted
#   check  fails unless each daemon is configured and each node Ready, whoever did it
#   down   takes all away, however many there are
set -eu
# Whoever ends this early ends what still waits for machines.
trap 'kill $(jobs -p) 2> /dev/null; exit 1' TERM
action=$1 box=$2 launcher=$3 dir=$4 workers=$5
prefix=192.168.120
bridge=slfloor
# What many machines use up, as swarmlab sets it too.
settings=(fs/inotify/max_user_instances:8192 net/ipv4/neigh/default/gc_thresh3:16384)
ssh_opts=(-q -i "$dir/key" -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$dir/known_hosts" -o BatchMode=yes
  -o ConnectTimeout=1 -o ControlMaster=auto -o ControlPath="$dir/%h.sock" -o ControlPersist=60)
machines=(manager:17)
for ((i = 1; i <= workers; i++)); do machines+=("node$i:$((17 + i))"); done

on() { ssh "${ssh_opts[@]}" "vagrant@$prefix.$1" "${@:2}"; }

make_machine() {
  local name=${1%:*} octet=${1#*:} m=$dir/${1%:*} ns=slfloor-${1%:*} procs=() controller
  mkdir -p "$m"/{upper/etc/ssh,upper/home/vagrant/.ssh,work,root,docker}
  ssh-keygen -q -t ed25519 -N '' -f "$m/upper/etc/ssh/ssh_host_ed25519_key"
  echo "$prefix.$octet $(cat "$m/upper/etc/ssh/ssh_host_ed25519_key.pub")" >> "$dir/known_hosts"
  echo "$name" > "$m/upper/etc/hostname"
  tr -d - < /proc/sys/kernel/random/uuid > "$m/upper/etc/machine-id"
  cp "$dir/hosts" "$m/upper/etc/hosts"
  cp "$dir/key.pub" "$m/upper/home/vagrant/.ssh/authorized_keys"
  chown -R 1000:1000 "$m/upper/home/vagrant"
  ip netns add "$ns"
  ip -batch - <<< "link add slfloor.$octet type veth peer name eth0 netns $ns
link set slfloor.$octet master $bridge up"
  ip -n "$ns" -batch - <<< "addr add $prefix.$octet/24 dev eth0
link set lo up
link set eth0 up
route add default via $prefix.1"
  for controller in /sys/fs/cgroup/*/; do
    mkdir -p "$controller/slfloor/$name"
    if [ -e "$controller/cpuset.cpus" ]; then
      for d in "$controller/slfloor" "$controller/slfloor/$name"; do
        cat "$controller/cpuset.cpus" > "$d/cpuset.cpus"
        cat "$controller/cpuset.mems" > "$d/cpuset.mems"
      done
    fi
    procs+=("$controller/slfloor/$name/cgroup.procs")
  done
  for controller in "${procs[@]}"; do echo "$BASHPID" > "$controller"; done
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=network setsid unshare --mount --propagation private -- \
    sh "$launcher" "$box" "$m/upper" "$m/work" "$m/root" \
    systemd-nspawn -q --register=no --keep-unit -D "$m/root" --machine="slfloor-$name" --hostname="$name" \
    --network-namespace-path="/run/netns/$ns" --capability=all --system-call-filter='add_key keyctl bpf' \
    --bind="$m/docker:/var/lib/docker" --resolv-conf=off --console=read-only -b > "$m/log" 2>&1 < /dev/null &
}

configure() {
  local octet=${1#*:}
  until on "$octet" true 2> /dev/null; do sleep 0.1; done
  on "$octet" "echo '{\"swarm-default-advertise-addr\":\"$prefix.$octet\"}' | sudo tee /etc/docker/daemon.json > /dev/null &&
    sudo systemctl enable -q --no-reload docker && sudo systemctl start docker && docker version > /dev/null"
}

make_all() {
  mkdir -p "$dir/before"
  local setting before
  for setting in "${settings[@]}"; do
    before=$(cat "/proc/sys/${setting%:*}")
    echo "$before" > "$dir/before/$(basename "${setting%:*}")"
    ((before >= ${setting#*:})) || echo "${setting#*:}" > "/proc/sys/${setting%:*}"
  done
  ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
  echo "127.0.0.1 localhost" > "$dir/hosts"
  for m in "${machines[@]}"; do echo "$prefix.${m#*:} ${m%:*}" >> "$dir/hosts"; done
  ip link add "$bridge" type bridge
  ip addr add "$prefix.1/24" dev "$bridge"
  ip link set "$bridge" up
  local pids=() m
  for m in "${machines[@]}"; do make_machine "$m" & pids+=($!); done
  wait "${pids[@]}"
}

form() {
  local pids=() m
  for m in "${machines[@]}"; do configure "$m" & pids+=($!); done
  wait "${pids[@]}"
  on 17 "docker swarm init --advertise-addr $prefix.17 --listen-addr $prefix.17:2377 --data-path-addr $prefix.17" > /dev/null
  local token
  token=$(on 17 docker swarm join-token -q worker)
  pids=()
  for m in "${machines[@]:1}"; do
    on "${m#*:}" "docker swarm join --token $token --advertise-addr $prefix.${m#*:} --listen-addr $prefix.${m#*:}:2377 \
      --data-path-addr $prefix.${m#*:} $prefix.17:2377" > /dev/null & pids+=($!)
  done
  wait "${pids[@]}"
  until [ "$(on 17 docker node ls --format "'{{.Status}}'" | grep -c Ready)" = ${#machines[@]} ]; do :; done
  local ip
  ip=$(on 18 "until docker network inspect ingress -f '{{(index .Containers \"ingress-sbox\").IPv4Address}}' 2> /dev/null | grep /; do sleep 0.1; done")
  on 17 "until sudo nsenter --net=/var/run/docker/netns/ingress_sbox ping -q -c 1 -W 1 ${ip%/*} > /dev/null; do :; done"
}

up() {
  make_all
  form
}

boot() {
  make_all
  local m
  for m in "${machines[@]}"; do
    until on "${m#*:}" true 2> /dev/null; do sleep 0.1; done
    # It says `degraded` by its exit code, and that is as good.
    on "${m#*:}" "systemctl is-system-running --wait > /dev/null; true"
  done
  close_connections
}

check() {
  local m
  for m in "${machines[@]}"; do on "${m#*:}" "grep -q $prefix.${m#*:} /etc/docker/daemon.json && systemctl is-enabled -q docker"; done
  [ "$(on 17 docker node ls --format "'{{.Status}}'" | grep -c Ready)" = ${#machines[@]} ]
  close_connections
}

close_connections() {
  local socket
  for socket in "$dir"/*.sock; do ssh -o ControlPath="$socket" -O exit x 2> /dev/null || true; done
}

down() {
  local m file setting
  close_connections
  for file in $(find /sys/fs/cgroup/*/slfloor -name cgroup.procs); do
    { xargs -r kill -KILL < "$file"; } 2> /dev/null || true
  done
  # Also what was not made to the end goes away.
  # With its namespace a link would go a moment later, in the way of the next one.
  for m in $(ip -brief link | grep -o '^slfloor[.0-9]*'); do ip link del "$m" || true; done
  for m in $(ip netns list | grep -o '^slfloor-[^ ]*'); do ip netns del "$m" || true; done
  for m in /sys/fs/cgroup/*/slfloor; do
    for _ in {1..100}; do
      find "$m" -depth -type d -exec rmdir {} + 2> /dev/null && break
      sleep 0.02
    done
  done
  for setting in "${settings[@]}"; do cat "$dir/before/$(basename "${setting%:*}")" > "/proc/sys/${setting%:*}"; done
  rm -rf "$dir"
}

"$action"
