#!/bin/sh
# Makes a root tree of swarmlab's fit for a kernel of its own: give-kernel.sh TREE KERNEL-RELEASE PACKAGE…
# The kernel itself is not put in: the machine is started with the host's files of that release.
set -eu
root=$1 release=$2
shift 2
# Names of devices, and profiles where the kernel has AppArmor.
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get update --quiet
chroot "$root" apt-get install --yes --quiet --no-install-recommends udev apparmor "$@"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
mkdir -p "$root/usr/lib/modules"
cp -a "/lib/modules/$release" "$root/usr/lib/modules/"
# Units that rest in a machine without a kernel of its own.
for unit in "$root"/etc/systemd/system/*; do
  if [ "$(readlink "$unit")" = /dev/null ]; then rm "$unit"; fi
done
# Nobody waits at the console, and nothing waits for all links.
systemctl --quiet --root="$root" mask serial-getty@ttyS0.service getty@tty1.service \
  systemd-networkd-wait-online.service ipvsadm.service apt-daily.timer apt-daily-upgrade.timer
