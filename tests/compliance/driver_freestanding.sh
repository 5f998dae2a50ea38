#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# driver_freestanding.sh <C compiler> <sw-driver folder>: every driver source compiles alone as freestanding C11 with
# strict warnings, and every public header compiles when included first, also from C++.
set -euo pipefail
compiler=${1:?usage: driver_freestanding.sh <C compiler> <sw-driver folder>}
driver=${2:?usage: driver_freestanding.sh <C compiler> <sw-driver folder>}

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
strict=(-Wall -Wextra -Wpedantic -Werror -I "$driver/include")
count=0
for source in "$driver"/src/*.c; do
  "$compiler" -std=c11 -ffreestanding -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
    -O2 "${strict[@]}" -I "$driver/src" -c "$source" -o "$out/object.o"
  count=$((count + 1))
done
for header in "$driver"/include/sgdma/*.h; do
  name=sgdma/$(basename "$header")
  echo "#include \"$name\"" | "$compiler" -x c -std=c11 -ffreestanding "${strict[@]}" -fsyntax-only -
  echo "#include \"$name\"" | "$compiler" -x c++ -std=c++20 "${strict[@]}" -fsyntax-only -
  count=$((count + 1))
done
echo "driver_freestanding: $count files"
[ $count -gt 0 ]
