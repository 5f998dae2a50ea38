#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/regress.sh [--shard I/N] [--seconds S] [--long]: all tests, the long campaigns included.
#
#   --shard I/N     only every N-th test, from the I-th (1..N): one job of N on a farm, each with its own checkout
#   --long          the long campaigns alone
#   --seconds S     start no more tests after S seconds. Which ones come first rotates with the number of commits
#                   (SGDMA_ROTATE overrides), so that successive short runs cover all of them
#
# JUnit results: build/regress/*.xml. Exit status 1 when a test failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n 5,13p "${BASH_SOURCE[0]}" | cut -c 3-; exit 2; }

shard=1/1
seconds=
labels=()
while [ $# -gt 0 ]; do
  case "$1" in
    --shard) shard=${2:-}; shift ;;
    --seconds) seconds=${2:-}; shift ;;
    --long) labels=(-L 'long$') ;;
    *) usage ;;
  esac
  shift
done
[[ $shard =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ ]] || usage
first=${BASH_REMATCH[1]} stride=${BASH_REMATCH[2]}
((first <= stride)) || usage
[[ $seconds =~ ^[0-9]*$ ]] || usage

jobs=${JOBS:-$(nproc)}
scripts/build.sh check
mkdir -p build/regress

run() { # run <junit name> <ctest argument...>
  local junit=$PWD/build/regress/$1.xml
  shift
  ctest --test-dir build/check --output-on-failure -j "$jobs" --output-junit "$junit" "$@"
}

# Numbers of the tests chosen, one a line.
mapfile -t numbers < <(ctest --test-dir build/check -N "${labels[@]}" | sed -nE 's/^ *Test +#([0-9]+):.*/\1/p' |
  awk -v first="$first" -v stride="$stride" 'NR % stride == first % stride')
total=${#numbers[@]}
if [ "$total" = 0 ]; then
  echo "regress: no tests to run"
  exit 0
fi

only() { local list; list=$(printf ',%s' "$@"); echo "0,0,1$list"; } # ctest -I: these numbers and no others

if [ -z "$seconds" ]; then
  run "shard-$first-of-$stride" -I "$(only "${numbers[@]}")"
  exit
fi

offset=$((${SGDMA_ROTATE:-$(git rev-list --count HEAD)} * jobs % total))
numbers=("${numbers[@]:offset}" "${numbers[@]:0:offset}")
started=0
failed=0
start=$SECONDS
while ((started < total && SECONDS - start < seconds)); do
  run "rotating-$started" -I "$(only "${numbers[@]:started:jobs}")" || failed=$((failed + 1))
  started=$((started + jobs < total ? started + jobs : total))
done
echo "regress: ran $started of $total tests from number $((offset + 1)) on, $failed groups failed"
[ $failed -eq 0 ]
