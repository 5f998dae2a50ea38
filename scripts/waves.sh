#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/waves.sh Suite.Name: reruns one test in the debug build with waves on, and opens them in GTKWave with the
# signal groups of docs/waves/sgdma.gtkw, or says how to. The waves are there when the test fails, too.
#
# Environment: SGDMA_WAVES_FROM, SGDMA_WAVES_TO   first and last clock cycle to record (default: all)
#              SGDMA_WAVES_FORMAT                 fst (default) or vcd
#              SGDMA_WAVES_OPEN=0                 only make the file
# The test reads SGDMA_WAVES (the file), SGDMA_WAVES_FROM and SGDMA_WAVES_TO; the fixture in tests/support honours them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

test_name=${1:-}
if [ -z "$test_name" ]; then
  echo "waves: which test? make waves TEST=Suite.Name" >&2
  echo "waves: the names: ctest --preset check -N   (after make test)" >&2
  exit 2
fi

# Path of the program that holds the test in a build folder; empty when it is not (yet) built there.
program_of() {
  local pattern
  [ -e "$1/CTestTestfile.cmake" ] || return 0
  pattern=$(printf '%s' "$test_name" | sed 's/[][().*+?^$|\\]/\\&/g')
  ctest --test-dir "$1" -N -V -R "^$pattern\$" | sed -nE 's/^[0-9]+: Test command: "?([^" ]+)"?.*/\1/p' | head -n 1
}

# One target is enough where a build of the tests already says which.
program=$(program_of build/check)
if [ -n "$program" ]; then
  scripts/build.sh debug "$(basename "$program")"
else
  scripts/build.sh debug
fi
program=$(program_of build/debug)
if [ -z "$program" ]; then
  echo "waves: there is no test $test_name; the names: ctest --test-dir build/debug -N" >&2
  exit 2
fi

mkdir -p build/waves
file=build/waves/$(printf '%s' "$test_name" | tr '/' '_').${SGDMA_WAVES_FORMAT:-fst}
rm -f "$file"
status=0
SGDMA_WAVES=$PWD/$file "$program" --gtest_filter="$test_name" --gtest_brief=1 || status=$?
if [ ! -s "$file" ]; then
  echo "waves: $test_name left no waves: it does not clock the engine, or ended before SGDMA_WAVES_FROM" >&2
  exit 1
fi

echo "waves: $file ($(du -h "$file" | cut -f 1)), test $([ $status = 0 ] && echo passed || echo FAILED)"
view=(gtkwave --rcvar 'splash_disable 1' "$file" docs/waves/sgdma.gtkw)
if [ "${SGDMA_WAVES_OPEN:-1}" = 1 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  scripts/setup.sh waves
  "${view[@]}"
else
  echo "waves: to look at them, from this folder: gtkwave $file docs/waves/sgdma.gtkw"
fi
