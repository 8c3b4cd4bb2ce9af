#!/bin/bash
# Runs inside the emulated computer: what is said goes to its second serial port, the report to its third.
set -eu -o pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1
# Emulated machines compute 10 to 20 times slower.
export SWARMLAB_TEST_PATIENCE=15
# Numbers of labs, as the kernel was told.
SWARMLAB_LABS=$(sed -n 's/.*swarmlab\.labs=\([0-9,]*\).*/\1/p' /proc/cmdline)
export SWARMLAB_LABS
stty -F /dev/ttyS2 raw
TIMEFORMAT='node starts: %R s'
time node -e 0
# Through a pipe: a terminal would be drawn on.
node node_modules/vitest/vitest.mjs run --config vitest.vm-inside.config.ts 2>&1 | cat || echo "vitest ended with $?"
cat /run/swarmlab-test.json >/dev/ttyS2
