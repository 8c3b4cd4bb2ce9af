import { bringUpFunction } from "./apply-daemon.ts";
import { shellPrelude } from "./shell-sections.ts";

/**
 * Run as root by `sh -s`. $1: `stop` looks whether the machine may be stripped and stops Docker, `strip` then takes its identity; $2: Docker's data
 * directory; $3: the root directory, left out on a machine. `stop` prints the section `refused`, or `data`: the data directory that the daemon had.
 */
export const stripIdentityScript = `${shellPrelude}${bringUpFunction}
refuse() { echo "$1" | section refused; exit; }

check() {
  # The file is there for as long as the machine is in a swarm, whether the daemon runs or not.
  if [ -e "$root$data/swarm/docker-state.json" ]; then refuse "it is in a swarm"; fi
  if [ -n "$(timeout 10 docker ps --quiet 2>/dev/null)" ]; then refuse "it runs containers"; fi
  if ! has_systemd && ! initctl version 2>/dev/null | grep -q upstart; then refuse "its next boot would make no SSH host keys without systemd or upstart"; fi
}
stop_docker() {
  # Only the daemon knows for sure.
  used=$(timeout 10 docker info --format '{{.DockerRootDir}}' 2>/dev/null)
  if [ -n "$used" ]; then data=$used; fi
  check
  if has_systemd; then systemctl stop docker.socket docker.service 2>/dev/null
  elif service_runs; then stop_service
  fi
  printf '%s' "$data" | section data
}

# Fedora's sshd makes missing keys itself, Debian's and Ubuntu's does not.
renew_host_keys_at_boot() {
  if [ -e "$root/usr/lib/systemd/system/sshd-keygen@.service" ]; then return; fi
  if has_systemd; then
    units=$root/etc/systemd/system
    mkdir -p "$units/multi-user.target.wants"
    cat >"$units/swarmlab-host-keys.service" <<'END'
[Unit]
Description=Make SSH host keys that are missing
Before=ssh.service sshd.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
END
    ln -sf ../swarmlab-host-keys.service "$units/multi-user.target.wants/swarmlab-host-keys.service"
  else
    printf '%s\\n' 'description "Make SSH host keys that are missing"' 'start on starting ssh' 'task' \\
      'exec /usr/bin/ssh-keygen -A' >"$root/etc/init/swarmlab-host-keys.conf"
  fi
}
strip() {
  rm -rf "$root$data/swarm"
  rm -f "$root$data/engine-id" "$root/etc/docker/key.json" "$root/var/log/swarmlab-install.log"
  rm -f "$root"/var/lib/dhcp/*.leases "$root"/var/lib/dhclient/* "$root"/var/lib/NetworkManager/*.lease
  rm -f "$root/etc/udev/rules.d/70-persistent-net.rules" "$root/var/lib/systemd/random-seed"
  if command -v apt-get >/dev/null; then apt-get clean; fi
  if command -v dnf >/dev/null; then dnf -q clean all; fi
  if [ -e "$root/etc/machine-id" ]; then : >"$root/etc/machine-id"; fi
  # Often a link to the other.
  if [ ! -L "$root/var/lib/dbus/machine-id" ]; then rm -f "$root/var/lib/dbus/machine-id"; fi
  renew_host_keys_at_boot || exit
  rm -f "$root"/etc/ssh/ssh_host_*
  sync
}

main() {
  data=$2 root=$3
  complete_path
  trap '' HUP PIPE
  umask 022
  if [ "$1" = stop ]; then stop_docker; else strip; fi
}
main "$@"
`;
