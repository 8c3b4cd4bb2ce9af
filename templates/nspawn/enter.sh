#!/bin/sh
# Starts a command in the background, in a session and in cgroups of its own. When this ends, the command is in them.
# usage: enter.sh LOG CGROUP_PROCS… -- COMMAND…
set -eu
log=$1
shift
while [ "$1" != -- ]; do
  echo $$ > "$1"
  shift
done
shift
setsid -- "$@" >> "$log" 2>&1 < /dev/null &
