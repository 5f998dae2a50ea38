#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# layers.sh [root]: who may include whom. Prints every #include that crosses a wall; exit status 1 if there is one.
#
#   tests ─► tb ─► sw-driver/include          sw-driver/src ─► sw-driver/include ─► <stdint.h> <stddef.h> <stdbool.h>
#   inside tb:  hal ─► axi iommu mem sim      axi ─► mem/bus_target.h, sim      iommu ─► mem      dut ─► sim
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

# One rule a line: files that start with the first column may include what matches the second (an extended regular
# expression over the include as written, with its quotes or brackets). The first rule that fits a file counts.
rules() {
  cat <<'RULES'
sw-driver/src/      "sgdma/|"[a-z_]+[.]h"|<std(int|def|bool)[.]h>
sw-driver/include/  "sgdma/|<std(int|def|bool)[.]h>
sw-driver/ports/    "sgdma/|"[a-z_]+[.]h"|<
tb/sim/             "sim/|<
tb/mem/             "mem/|<
tb/model/           "model/|<
tb/iommu/           "(iommu|mem)/|<
tb/axi/             "(axi|sim)/|"mem/bus_target[.]h"|<
tb/dut/             "(dut|sim)/|"sgdma_build_info[.]h"|"(V|verilated)|<
tb/hal/             "(hal|axi|iommu|mem|sim|sgdma)/|<
tb/cli/             "(cli|hal|axi|iommu|mem|sim|model|dut|sgdma)/|"sgdma_build_info[.]h"|<
tests/rtl/          "[a-z0-9_]+[.](h|inc)"|"(support|rtl|axi|iommu|mem|sim|model|dut|sgdma)/|"sgdma_build_info[.]h"|"(V|verilated)|<
tests/              "[a-z0-9_]+[.](h|inc)"|"(support|unit|rtl|cosim|bench|hal|axi|iommu|mem|sim|model|dut|sgdma)/|"sgdma_build_info[.]h"|<
examples/           "(support|hal|axi|iommu|mem|sim|model|dut|sgdma)/|"sgdma_build_info[.]h"|<
RULES
}

includes() { # file:line:include
  local folders=()
  local folder
  for folder in sw-driver tb tests examples; do [ ! -d $folder ] || folders+=("$folder"); done
  [ ${#folders[@]} -gt 0 ] || return 0
  grep -rEn --include='*.[ch]' --include='*.cc' --include='*.inc' '^[[:space:]]*#[[:space:]]*include' "${folders[@]}" |
    sed -E 's/^([^:]+:[0-9]+):[^"<]*(["<][^">]*[">]).*/\1:\2/'
}

check() {
  awk -v rules="$(rules)" '
    BEGIN {
      count = split(rules, line, "\n")
      for (i = 1; i <= count; ++i) { split(line[i], part, / +/); where[i] = part[1]; allowed[i] = part[2] }
    }
    {
      split($0, field, ":"); file = field[1]; what = substr($0, length(field[1] field[2]) + 3)
      ++seen
      rule = 0
      for (i = 1; i <= count && !rule; ++i) if (index(file, where[i]) == 1) rule = i
      if (!rule) { print file ":" field[2] ": no rule for this folder"; ++bad; next }
      if (what ~ /[.][.]\// || what !~ ("^(" allowed[rule] ")")) {
        print file ":" field[2] ": may not include " what " from " where[rule]; ++bad
      }
      if (file ~ /^(tb|sw-driver)\// && what ~ /gtest|gmock|rapidcheck/) {
        print file ":" field[2] ": test framework in a library"; ++bad
      }
    }
    END {
      printf "layers: %d includes, %d cross a wall\n", seen, bad
      exit (bad > 0 || seen == 0)
    }'
}

includes | check
