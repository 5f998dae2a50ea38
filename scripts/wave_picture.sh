#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/wave_picture.sh [Suite.Name | file.fst] [out.png]: what GTKWave shows of a test, or of a wave file that is
# there, with the view of docs/waves/sgdma.gtkw, drawn on a virtual screen. Without arguments: of `sgdma copy` at work,
# into docs/waves/sgdma.png. Fails when a signal of the view is not in the waves.
#
# Environment: SGDMA_PICTURE_FROM, SGDMA_PICTURE_TO   the clock cycles to show
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source=${1:-}
picture=${2:-docs/waves/sgdma.png}
width=1600
height=$((150 + 19 * $(grep -cvE '^(#|$)' docs/waves/signals.txt) + 19 * $(grep -c '^\[' docs/waves/signals.txt)))
units_per_cycle=10  # of the wave file: tb/dut/wave_file.h

scripts/setup.sh picture
from=${SGDMA_PICTURE_FROM:-0}
to=${SGDMA_PICTURE_TO:-1000}
if [ -z "$source" ]; then
  # Five descriptors from doorbell to interrupt: a few fragments, no page walks in between.
  from=${SGDMA_PICTURE_FROM:-325}
  to=${SGDMA_PICTURE_TO:-450}
  waves=build/waves/copy.fst
  mkdir -p build/waves
  scripts/build.sh debug sgdma
  build/debug/bin/sgdma copy .editorconfig build/waves/copy.out --fragments 60-100 --latency 8 --no-iommu --waves "$waves"
elif [ -e "$source" ]; then
  waves=$source
else
  SGDMA_WAVES_OPEN=0 scripts/waves.sh "$source"
  waves=build/waves/$(printf '%s' "$source" | tr '/' '_').fst
fi

work=$(mktemp -d -t sgdma-picture.XXXXXX)
pids=()
finish() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || :; done
  rm -rf "$work"
}
trap finish EXIT

# Every signal of the view must be in the waves: GTKWave leaves out what it does not find, without a word.
fst2vcd -f "$waves" 2>/dev/null | awk '
  /\$scope/ { depth++; scope[depth] = $3 }
  /\$upscope/ { depth-- }
  /\$var/ { path = ""; for (i = 1; i <= depth; i++) path = path scope[i] "."; print path $5 ($6 == "$end" ? "" : $6) }
  /\$enddefinitions/ { exit }' | sort -u >"$work/have" || :
missing=$(scripts/wave_view.sh --names | sort -u | comm -23 - "$work/have")
if [ -n "$missing" ]; then
  echo "wave_picture: the view of docs/waves/signals.txt names signals that $waves does not have:" >&2
  echo "$missing" >&2
  exit 1
fi

# A screen of its own; the server writes the number it took.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 "${width}x${height}x24" -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
pids+=($!)
read -r -t 20 number <"$work/display" || { cat "$work/xvfb.log" >&2; exit 1; }
export DISPLAY=:$number

printf 'gtkwave::setZoomRangeTimes %d %d\n' $((from * units_per_cycle)) $((to * units_per_cycle)) >"$work/zoom.tcl"
for setting in 'splash_disable 1' 'hide_sst 1' 'fontname_signals DejaVu Sans Mono 9' \
  'fontname_waves DejaVu Sans Mono 8'; do
  echo "$setting"
done >"$work/rc"
HOME=$work NO_AT_BRIDGE=1 gtkwave -r "$work/rc" -S "$work/zoom.tcl" "$waves" docs/waves/sgdma.gtkw \
  >"$work/gtkwave.log" 2>&1 &
pids+=($!)

# Until the window is there, and what it shows stands still.
for _ in $(seq 100); do
  sleep 0.2
  window=$(xdotool search --onlyvisible --name 'GTKWave' 2>/dev/null | head -n 1) || :
  [ -n "$window" ] || continue
  xdotool windowsize "$window" $width "$height" windowmove "$window" 0 0
  import -window root "$work/now.png"
  if [ -e "$work/before.png" ] && cmp -s "$work/now.png" "$work/before.png"; then break; fi
  mv "$work/now.png" "$work/before.png"
done
if [ -z "${window:-}" ] || [ ! -e "$work/now.png" ]; then
  echo "wave_picture: GTKWave did not open its window" >&2
  cat "$work/gtkwave.log" >&2
  exit 1
fi
mkdir -p "$(dirname "$picture")"
convert "$work/now.png" -strip -define png:exclude-chunks=date,time -colors 64 "$picture"
echo "wave_picture: $picture ($(du -h "$picture" | cut -f 1)) of $waves"
