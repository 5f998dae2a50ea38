#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/bench.sh [--quick] [option...]: measures the engine against its limits in every build of the benchmark, renews
# the tables and pictures of docs/performance.md, and leaves build/fast/bench.json. Other options go to sgdma_bench.
# --quick: fewer descriptors, and docs/ stays as it is. Exit status: 0 every limit reached, 1 a line misses.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

doc=(--doc docs/performance.md)
for option in "$@"; do
  if [ "$option" = --quick ]; then doc=(); fi
done

scripts/build.sh fast sgdma_bench example_crossover
bin=build/fast/bin
status=0
"$bin/sgdma_bench" --json build/fast/bench.json "${doc[@]}" "$@" || status=$?
if [ "$status" -gt 1 ] || [ ${#doc[@]} -eq 0 ]; then exit "$status"; fi

"$bin/example_crossover" --json >build/fast/crossover.json
scripts/setup.sh plots
.venv/bin/python scripts/plots.py build/fast/bench.json build/fast/crossover.json docs/images
exit "$status"
