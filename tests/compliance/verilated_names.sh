#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# verilated_names.sh [root]: only tb/dut with its own tests, and block benches under tests/rtl for their own blocks, may
# name a Verilated class or Verilator's run-time. Everyone else sees the engine through tb/dut.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

pattern='\b(V[A-Za-z]*[Ss]gdma[A-Za-z0-9_]*|Verilated[A-Za-z]*)\b|["<]verilated[a-z_]*[.]h'
folders=()
for folder in tb tests sw-driver examples; do [ ! -d "$folder" ] || folders+=("$folder"); done
found=$({ grep -rEn --include='*.[ch]' --include='*.cc' "$pattern" "${folders[@]}" || [ $? -eq 1 ]; } |
  sed -E -e '/^(tb\/dut\/|tests\/unit\/dut_|tests\/rtl\/)/d' -e '/^[^:]*:[0-9]+:[[:space:]]*(\/\/|\*)/d')
if [ -n "$found" ]; then
  echo "$found"
  echo "verilated_names: the lines above name a Verilated class outside tb/dut"
  exit 1
fi
echo "verilated_names: none outside tb/dut, its tests and tests/rtl"
