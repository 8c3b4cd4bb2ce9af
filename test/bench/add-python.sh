#!/bin/bash
# What Ansible's Docker modules need on a machine (Debian's python3-docker), as a layer on top of a box.
# usage: add-python.sh BOX LAYER     LAYER becomes an upper directory of an overlay mount
set -eu
box=$1 layer=$2
mkdir -p "$layer" "$layer.work" "$layer.root"
export DEBIAN_FRONTEND=noninteractive
unshare --mount --propagation private -- bash -eu -s "$box" "$layer" << 'END'
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$2.work" "$2.root"
mount -t proc proc "$2.root/proc"
cp /etc/resolv.conf "$2.root/etc/resolv.conf"
chroot "$2.root" apt-get -qq update
chroot "$2.root" apt-get -qq install --no-install-recommends python3-docker
chroot "$2.root" apt-get -qq clean
rm -rf "$2.root/var/lib/apt/lists" "$2.root/etc/resolv.conf"
umount "$2.root/proc"
END
rm -rf "$layer.work" "$layer.root"
