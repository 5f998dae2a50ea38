#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/build.sh <preset> [target...]: sets up, configures build/<preset> the first time, builds the targets (all).
# JOBS=n limits the compilers that run at once (default: the number of processors).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=${1:?usage: scripts/build.sh <preset> [target...]}
shift
dir=build/$preset

scripts/setup.sh build

if [ ! -e "$dir/CMakeCache.txt" ] || { [ ! -e "$dir/build.ninja" ] && [ ! -e "$dir/Makefile" ]; }; then
  generator=()
  if [ ! -e "$dir/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  log=$(mktemp -t sgdma-configure.XXXXXX)
  echo "Configuring $dir"
  cmake --preset "$preset" "${generator[@]}" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 1; }
  rm -f "$log"
fi
targets=()
if [ $# -gt 0 ]; then targets=(--target "$@"); fi
cmake --build "$dir" -j "${JOBS:-$(nproc)}" "${targets[@]}"
