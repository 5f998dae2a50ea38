#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# illegal.sh <source folder> <verilator>: elaborates the engine with one illegal combination of parameters after the
# other; each must end with the sentence that names what is wrong. Then with legal ones at the edge of what is allowed.
set -euo pipefail
cd "$1/rtl"
verilator=$2
failed=0

elaborate() { # elaborate <Name=value>...: what Verilator says
  local files
  mapfile -t files < <(grep -v '^//' sgdma.f)
  "$verilator" --lint-only -Wno-fatal -Werror-USERERROR --top-module sgdma_top "${@/#/-G}" "${files[@]}" 2>&1
}

refused() { # refused <sentence> <Name=value>...
  local sentence=$1 said
  shift
  if said=$(elaborate "$@"); then
    echo "taken, but illegal: $*"
    failed=1
  elif ! grep -qF "sgdma_top: $sentence" <<<"$said"; then
    printf 'refused without its sentence: %s\n%s\n' "$*" "$said"
    failed=1
  fi
}

taken() {
  local said
  if ! said=$(elaborate "$@"); then
    printf 'refused, but legal: %s\n%s\n' "$*" "$said"
    failed=1
  fi
}

refused 'NumChannels must be 1..16' NumChannels=0
refused 'NumChannels must be 1..16' NumChannels=17
refused 'DataWidth must be 32, 64, 128, 256 or 512' DataWidth=16
refused 'DataWidth must be 32, 64, 128, 256 or 512' DataWidth=96
refused 'DataWidth must be 32, 64, 128, 256 or 512' DataWidth=1024
refused 'AddrWidth must be 32..48' AddrWidth=31
refused 'AddrWidth must be 32..48' AddrWidth=49
refused 'MaxBurstBeats must be' MaxBurstBeats=1
refused 'MaxBurstBeats must be' MaxBurstBeats=12
refused 'MaxBurstBeats must be' MaxBurstBeats=512
refused 'MaxBurstBeats must be' DataWidth=32 MaxBurstBeats=2
refused 'MaxBurstBeats must be' DataWidth=512 MaxBurstBeats=128 BufferBytes=16384
for window in ReadsOutstanding WritesOutstanding RecordsOutstanding; do
  refused 'ReadsOutstanding, WritesOutstanding and RecordsOutstanding must be 4..256' $window=3
  refused 'ReadsOutstanding, WritesOutstanding and RecordsOutstanding must be 4..256' $window=257
done
refused 'BufferBytes must be' BufferBytes=128
refused 'BufferBytes must be' BufferBytes=3000
refused 'BufferBytes must be' BufferBytes=131072
refused 'PrefetchDepth must be' PrefetchDepth=3
refused 'PrefetchDepth must be' PrefetchDepth=257
refused 'TrackerDepth must be 4..256' TrackerDepth=3
refused 'TrackerDepth must be 4..256' TrackerDepth=257
refused 'PageLog2 must be 12, 14 or 16' PageLog2=13

taken NumChannels=1 DataWidth=32 AddrWidth=32 MaxBurstBeats=4 BufferBytes=32 ReadsOutstanding=4 WritesOutstanding=4 \
  RecordsOutstanding=4 PrefetchDepth=4 TrackerDepth=4 PageLog2=16
taken NumChannels=3 DataWidth=512 MaxBurstBeats=64 BufferBytes=65536 ReadsOutstanding=256 WritesOutstanding=256 \
  RecordsOutstanding=256 PrefetchDepth=256 TrackerDepth=256 PageLog2=14
exit $failed
