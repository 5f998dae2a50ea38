#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/lint.sh [verilator|yosys|shell|format ...]: the checks named, default all. Any finding is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh lint
failed=()

run() { # run <label> <command...>: silent when it works
  local label=$1 log
  shift
  log=$(mktemp -t sgdma-lint.XXXXXX)
  if "$@" >"$log" 2>&1; then
    echo "lint: ok    $label"
  else
    echo "lint: FAIL  $label"
    cat "$log"
    failed+=("$label")
  fi
  rm -f "$log"
}

[ -e rtl/sgdma.f ] || { echo "lint: rtl/sgdma.f is not there" >&2; exit 1; }

rtl_sources() { # paths in rtl/sgdma.f are relative to rtl/ or to the root
  sed -e 's://.*$::' -e 's/#.*$//' -e 's/[[:space:]]//g' -e '/^$/d' rtl/sgdma.f |
    while read -r file; do if [ -e "rtl/$file" ]; then echo "rtl/$file"; else echo "$file"; fi; done
}

lint_verilator() {
  local channels
  # shellcheck disable=SC2046  # paths in rtl/sgdma.f have no spaces
  run "verilator -Wall, SgPort" verilator --lint-only -Wall --assert --top-module sgdma_top "-GSgPort=1'b1" \
    $(rtl_sources)
  for channels in 1 2; do
    # shellcheck disable=SC2046  # paths in rtl/sgdma.f have no spaces
    run "verilator -Wall, NumChannels=$channels" verilator --lint-only -Wall --assert --top-module sgdma_top \
      -GNumChannels=$channels $(rtl_sources)
  done
}

lint_yosys() {
  local reads
  reads=$(rtl_sources | grep '[.]sv$' | sed 's/^/read_verilog -sv /; s/$/;/' | tr '\n' ' ')
  # A warning of the elaboration is an error too: Yosys warns where it reads a construct in its own way.
  run "yosys elaboration" yosys -q -e '.*' -p "$reads hierarchy -check -top sgdma_top; proc; check -assert"
}

lint_shell() {
  local scripts
  mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' '.ci/run')
  run "shellcheck" shellcheck -x "${scripts[@]}"
}

lint_format() {
  local sources
  mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.cc')
  run "clang-format" scripts/format.sh --check "${sources[@]}"
}

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(verilator yosys shell format)
for part in "${parts[@]}"; do "lint_$part"; done

if [ ${#failed[@]} -gt 0 ]; then
  echo "lint: ${#failed[@]} of the checks failed" >&2
  exit 1
fi
