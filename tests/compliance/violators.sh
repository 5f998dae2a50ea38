#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# violators.sh <C compiler>: breaks each rule of this folder once, in a little tree of its own, and expects the check
# to say so; and expects silence on the same tree unbroken.
set -euo pipefail
compiler=${1:?usage: violators.sh <C compiler>}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

plant() { # plant <file> <line>...: a source file with its SPDX lines
  mkdir -p "$tree/$(dirname "$1")"
  local file=$1
  shift
  printf '%s\n' '// SPDX-FileCopyrightText: sgdma contributors' '// SPDX-License-Identifier: Apache-2.0' "$@" >"$tree/$file"
}

expect() { # expect <holds|breaks> <what is tried> <command...>
  local wanted=$1 what=$2 got=holds output
  shift 2
  output=$("$@" 2>&1) || got=breaks
  if [ "$got" != "$wanted" ]; then
    printf 'violators: %s: the check %s, but should not have\n%s\n' "$what" "$got" "$output"
    failures=$((failures + 1))
  fi
}

clean_tree() {
  rm -rf "${tree:?}"/*
  plant tb/axi/port.h '#include <vector>' '#include "mem/bus_target.h"' '#include "sim/model.h"'
  plant tb/mem/memory.cc '#include "mem/memory.h"'
  plant tb/dut/dut.cc '#include "Vsgdma_top.h"'
  plant sw-driver/src/ring.c '#include <stdint.h>' '#include "sgdma/sgdma.h"'
  plant sw-driver/include/sgdma/sgdma.h '#include <stddef.h>' 'void *memcpy(void *, const void *, size_t);'
  plant tests/cosim/copy_test.cc '#include <gtest/gtest.h>' '#include "support/fixture.h"' '#include "sgdma/sgdma.h"'
}

violates() { # violates <check> <file> <line>: this one file breaks this one check
  clean_tree
  plant "$2" "$3"
  expect breaks "$2: $3" "$here/$1" "$tree"
}

clean_tree
for check in layers.sh verilated_names.sh spdx.sh; do expect holds "clean tree, $check" "$here/$check" "$tree"; done

violates layers.sh tb/mem/x.h '#include "sim/model.h"'
violates layers.sh tb/axi/x.h '#include "mem/memory.h"'
violates layers.sh tb/axi/x.h '#include "iommu/iommu.h"'
violates layers.sh tb/iommu/x.h '#include "axi/port.h"'
violates layers.sh tb/dut/x.h '#include "axi/port.h"'
violates layers.sh tb/model/x.cc '#include "sgdma/sgdma.h"'
violates layers.sh tb/hal/x.cc '#include "dut/dut.h"'
violates layers.sh tb/sim/x.cc '  #  include "../mem/memory.h"'
violates layers.sh tb/sim/x.cc '#include <gtest/gtest.h>'
violates layers.sh tb/other/x.cc '#include <vector>'
violates layers.sh sw-driver/src/x.c '#include <string.h>'
violates layers.sh sw-driver/src/x.c '#include "hal/hal.h"'
violates layers.sh sw-driver/include/sgdma/x.h '#include <stdio.h>'
violates layers.sh sw-driver/ports/x.c '#include "tb/hal/hal.h"'
violates verilated_names.sh tb/axi/x.cc 'Vsgdma_top* top;'
violates verilated_names.sh tests/cosim/x.cc 'VerilatedContext context;'
violates verilated_names.sh tests/unit/axi_x_test.cc '#include <verilated.h>'
violates verilated_names.sh tb/cli/x.cc '#include <verilated_fst_c.h>'

clean_tree
echo 'int x;' >"$tree/tb/axi/bare.cc"
expect breaks 'file without SPDX lines' "$here/spdx.sh" "$tree"

compile() { echo "$1" | "$compiler" -x c -O1 -c - -o "$tree/object.o"; }
compile 'void *memcpy(void *, const void *, unsigned long); void copy(char *a, char *b, unsigned long n) { memcpy(a, b, n); }'
expect holds 'memcpy' "$here/driver_symbols.sh" "$tree/object.o"
compile 'int puts(const char *); void greet(void) { puts("x"); }'
expect breaks 'puts' "$here/driver_symbols.sh" "$tree/object.o"
compile 'int count(void) { static int n; return ++n; }'
expect breaks 'static counter' "$here/driver_symbols.sh" "$tree/object.o"

clean_tree
expect holds 'freestanding' "$here/driver_freestanding.sh" "$compiler" "$tree/sw-driver"
plant sw-driver/src/x.c 'void f(void) { int unused; }'
expect breaks 'warning in the driver' "$here/driver_freestanding.sh" "$compiler" "$tree/sw-driver"

echo "violators: $failures checks did not do their work"
[ $failures -eq 0 ]
