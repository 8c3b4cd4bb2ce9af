#!/bin/sh
# Becomes one machine: mounts its root and hands over to systemd-nspawn.
# Runs in a mount namespace of its own, so that the mount goes away with the machine.
# usage: launch.sh LOWER UPPER WORK ROOT COMMAND…
set -eu
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
shift 4
exec "$@"
