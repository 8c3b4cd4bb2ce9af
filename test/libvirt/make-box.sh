#!/bin/sh
# Makes a box for vagrant-libvirt from a root tree of swarmlab's: make-box.sh TREE KERNEL-RELEASE PUBLIC-KEY-FILE OUTPUT.
set -eu
tree=$1 release=$2 public_key=$3 output=$4
work=$(mktemp -d "$output.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

cp -a "$tree" "$root"
sh "$(dirname "$0")/give-kernel.sh" "$root" "$release"

cat >"$root/etc/systemd/network/50-first-link.network" <<'END'
[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=no
END
cat >"$root/etc/systemd/system/ssh-host-key.service" <<'END'
[Unit]
Description=Make the SSH host key of this machine
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key

[Install]
WantedBy=multi-user.target
END
systemctl --quiet --root="$root" enable ssh-host-key.service systemd-networkd.service

install -d -m 700 -o 1000 -g 1000 "$root/home/vagrant/.ssh"
install -m 600 -o 1000 -g 1000 "$public_key" "$root/home/vagrant/.ssh/authorized_keys"
echo swarmlab-test >"$root/etc/hostname"
# A sudo that cannot look up its host's name waits for name servers.
printf '127.0.0.1 localhost\n127.0.1.1 swarmlab-test\n' >"$root/etc/hosts"
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"

truncate --size=4G "$work/disk"
mke2fs -q -t ext4 -L root -d "$root" "$work/disk"
qemu-img convert -f raw -O qcow2 "$work/disk" "$work/box.img"
printf '{"provider":"libvirt","format":"qcow2","virtual_size":4}\n' >"$work/metadata.json"
tar -C "$work" --create --sparse --file="$output" metadata.json box.img
