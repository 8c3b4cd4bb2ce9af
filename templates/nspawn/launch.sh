#!/bin/sh
# Starts one machine: mounts its root, enters its cgroups, becomes systemd-nspawn.
# Runs in a mount namespace of its own, so that the mount goes away with the machine.
# usage: launch.sh LOWER UPPER WORK ROOT CGROUP_PROCS… -- COMMAND…
set -eu
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
shift 4
while [ "$1" != -- ]; do
  echo $$ > "$1"
  shift
done
shift
exec "$@"
