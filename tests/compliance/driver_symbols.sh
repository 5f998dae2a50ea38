#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# driver_symbols.sh <object or archive>...: what the driver's objects import, beyond each other, is memcpy and memset
# at most. (memmove, memcmp: a compiler may make them up too, but then the HAL's platform has to bring them.)
# So it needs no C library. Also: no writable static data, so two engines never share state.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: driver_symbols.sh <object or archive>..." >&2; exit 2; }

# Instrumentation of the asan and coverage builds is not the driver's.
instrumentation='^(__asan_|__ubsan_|__gcov|_GLOBAL_OFFSET_TABLE_$|__stack_chk_fail$)'

defined=$(nm --defined-only "$@" | awk 'NF == 3 && $2 ~ /[TRDBVWC]/ { print $3 }' | sort -u)
wanted=$(nm --undefined-only "$@" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u)
foreign=$(comm -13 <(echo "$defined") <(echo "$wanted") | grep -vE "^(memcpy|memset)$|$instrumentation") || foreign=
writable=$(nm --defined-only "$@" | awk 'NF == 3 && $2 ~ /^[dDbBC]$/ { print $3 }' |
  grep -vE '^(__|\.L|_?lprof|llvm)|asan|gcov|ubsan|^[.]') || writable=

status=0
if [ -z "$defined" ]; then echo "driver_symbols: no symbols at all in $*"; status=1; fi
if [ -n "$foreign" ]; then echo "driver_symbols: imports ${foreign//$'\n'/ }"; status=1; fi
if [ -n "$writable" ]; then echo "driver_symbols: writable static data ${writable//$'\n'/ }"; status=1; fi
[ $status = 0 ] && echo "driver_symbols: imports nothing but memcpy and memset"
exit $status
