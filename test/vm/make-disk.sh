#!/bin/sh
# Makes the disk of a computer that runs swarmlab: make-disk.sh TREE KERNEL-RELEASE NODE OUTPUT, started in the repository.
# TREE is the box of swarmlab's on this computer. The computer is made of it, and has it as its own box as well.
set -eu
tree=$1 release=$2 node=$3 output=$4
work=$(mktemp -d "$output.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

cp -a "$tree" "$root"
sh test/libvirt/give-kernel.sh "$root" "$release" systemd-container mmdebstrap
systemctl --quiet --root="$root" mask docker.service docker.socket containerd.service ssh.service nginx.service
boxes=$root/var/lib/swarmlab/boxes
mkdir -p -m 711 "$boxes"
cp -a "$tree" "$boxes/"
# Of these, among others, a box's name is made.
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
for source in /etc/apt/sources.list /etc/apt/sources.list.d; do
  if [ -e "$source" ]; then cp -aL "$source" "$root/etc/apt/"; fi
done
cp -L /etc/os-release "$root/etc/os-release"

install -D -m 755 "$node" "$root/usr/local/bin/node"
repository=$root/opt/swarmlab
mkdir -p "$repository"
cp -a dist labs src templates test package.json tsconfig.json vitest.vm-inside.config.ts "$repository/"
cp -a "$(readlink -f node_modules)" "$repository/node_modules"
cp test/vm/inside/swarmlab-test.service "$root/etc/systemd/system/"
systemctl --quiet --root="$root" enable swarmlab-test.service
echo swarmlab-vm >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 swarmlab-vm\n' >"$root/etc/hosts"
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"

truncate --size=8G "$work/disk"
mke2fs -q -t ext4 -L root -d "$root" "$work/disk"
mv "$work/disk" "$output"
