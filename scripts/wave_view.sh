#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/wave_view.sh            writes docs/waves/sgdma.gtkw and docs/waves/filters/ from docs/waves/signals.txt and
#                                 the constants of rtl/: after a change of either
# scripts/wave_view.sh --check    only says whether they would change
# scripts/wave_view.sh --names    the full signal names of the view, one a line
#
# The filters turn numbers into names: GTKWave looks up the value as it is shown (hexadecimal, all digits).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

signals=docs/waves/signals.txt

# constants <prefix>: 'value name' for the localparams <prefix><Name> of sgdma_pkg.
constants() {
  sed -nE "s/^ *localparam logic \[([0-9]+):0\] $1([A-Z][A-Za-z]*) *= [0-9]+'d([0-9]+);.*/\1 \3 \2/p" rtl/sgdma_pkg.sv
}

# narrow <bits>: the same with values as a signal of so many bits is shown.
narrow() { while read -r _ value name; do printf '%0*x %s\n' "$((($1 + 3) / 4))" "$value" "$name"; done; }

# Addresses on the register port, for the global page and the pages of two channels.
registers() {
  sed -nE "s/^ *localparam logic \[11:0\] ([A-Za-z0-9]+)Offset .*= 12'h([0-9A-F]+);.*/\2 \1/p" rtl/sgdma_reg_pkg.sv |
    while read -r offset camel; do
      name=$(sed -E 's/^(GlbCh|Glb|Ch)//; s/([a-z0-9])([A-Z])/\1_\2/g' <<<"$camel" | tr '[:lower:]' '[:upper:]')
      case "$camel" in
        GlbCh*) for c in 0 1; do printf '%05x CH%d.%s\n' $((0x100 + 0x40 * c + 0x$offset)) $c "$name"; done ;;
        Glb*) printf '%05x %s\n' $((0x$offset)) "$name" ;;
        Ch*) for c in 0 1; do printf '%05x ch%d.%s\n' $((0x1000 * (1 + c) + 0x$offset)) $c "$name"; done ;;
      esac
    done | sort
}

write_filters() { # <folder>
  mkdir -p "$1"
  constants State | narrow 3 >"$1/state.txt"
  constants Op | narrow 4 >"$1/opcode.txt"
  constants St | narrow 4 >"$1/status.txt"
  constants Where | narrow 3 >"$1/where.txt"
  constants Resp | narrow 2 >"$1/resp.txt"
  registers >"$1/register.txt"
}

# Lines 'how label path' with the shorthands replaced; groups as they are.
# shellcheck disable=SC2016  # the dollars are the list's own
expand() {
  sed -E -e '/^(#|$)/d' -e 's/\$CH\./gen_chan[0].u_channel./' -e 's/\$REGS\./u_regs.gen_ch[0].u_chan./' \
    -e 's/^([a-z]+ +[^ ]+ +)/\1sgdma_top.sgdma_top./' "$signals"
}

save_file() {
  echo '[*] Written by scripts/wave_view.sh from docs/waves/signals.txt. Open it from the root of the project.'
  echo '[timestart] 0'
  echo '[size] 1600 1000'
  echo '[pos] -1 -1'
  echo '[sst_expanded] 0'
  echo '[signals_width] 230'
  local group='' color=0 how label path
  while read -r how label path; do
    if [[ $how == \[* ]]; then
      [ -z "$group" ] || printf '@1000200\n-%s\n' "$group"
      group=${how:1:-1}
      color=$((color % 3 + 1))
      printf '@800200\n-%s\n' "$group"
      continue
    fi
    printf '[color] %d\n' $((5 - color))  # green, yellow, orange: the ones that read well
    case "$how" in
      bit) echo '@28' ;;
      hex) echo '@22' ;;
      dec) echo '@24' ;;
      enum) echo '@100000028' ;;
      *) printf '@2022\n^1 docs/waves/filters/%s.txt\n' "$how" ;;
    esac
    printf '+{%s} %s\n' "$label" "$path"
  done < <(expand)
  printf '@1000200\n-%s\n' "$group"
  echo '[pattern_trace] 1'
  echo '[pattern_trace] 0'
}

write_view() { # <folder>
  write_filters "$1/filters"
  save_file >"$1/sgdma.gtkw"
}

case "${1:-}" in
  --names) expand | awk '$1 !~ /^\[/ { print $3 }' ;;
  --check)
    now=$(mktemp -d)
    trap 'rm -rf "$now"' EXIT
    write_view "$now"
    for name in sgdma.gtkw filters; do
      diff -r "docs/waves/$name" "$now/$name" || { echo "wave_view: run scripts/wave_view.sh"; exit 1; }
    done
    ;;
  '') write_view docs/waves ;;
  *) sed -n 5,10p "${BASH_SOURCE[0]}" | cut -c 3- >&2; exit 2 ;;
esac
