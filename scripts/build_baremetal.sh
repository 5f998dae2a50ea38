#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/build_baremetal.sh [output folder]: compiles the driver and its bare-metal port for Cortex-M4 and RV64 with
# the distribution's compilers, freestanding, every warning an error; prints the sizes, and fails when an object needs
# more from outside than memcpy and memset.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-build/baremetal}

build() {  # <name> <tool prefix> <machine flags...>
  local name=$1 tools=$2 source
  shift 2
  if ! command -v "${tools}gcc" >/dev/null; then
    echo "build_baremetal: ${tools}gcc is missing: make baremetal installs it, or: apt-get install gcc-${tools%-}" >&2
    return 1
  fi
  mkdir -p "$out/$name"
  rm -f "$out/$name"/*
  for source in sw-driver/src/*.c sw-driver/ports/baremetal/*.c; do
    "${tools}gcc" "$@" -std=c11 -Os -ffreestanding -nostdlib -ffunction-sections -fdata-sections \
      -Wall -Wextra -Werror -Wconversion -Wpedantic -Wmissing-prototypes -Wvla \
      -Isw-driver/include -Isw-driver/ports/baremetal -c "$source" -o "$out/$name/$(basename "$source" .c).o"
  done
  # One relocatable object: what is still undefined comes from outside.
  "${tools}ld" -r -o "$out/$name.o" "$out/$name"/*.o
  local foreign
  foreign=$("${tools}nm" -u "$out/$name.o" | awk '$2 != "memcpy" && $2 != "memset" {print $2}')
  if [ -n "$foreign" ]; then
    echo "build_baremetal: $name needs more than memcpy and memset: $foreign" >&2
    return 1
  fi
  echo "== $name: ${tools}gcc $*"
  "${tools}size" -t "$out/$name"/*.o
}

build cortex-m4 arm-none-eabi- -mcpu=cortex-m4 -mthumb
build rv64imac riscv64-unknown-elf- -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany
