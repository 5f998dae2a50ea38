#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/format.sh [--check] [file...]: formats the C and C++ files (default: all of the tree), or only says which
# are not. Uses the pinned clang-format of .venv; generated headers are left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=(-i)
if [ "${1:-}" = --check ]; then
  mode=(--dry-run --Werror)
  shift
fi
scripts/setup.sh lint
clang_format=.venv/bin/clang-format
[ -x "$clang_format" ] || clang_format=clang-format  # SGDMA_NO_SETUP=1

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.cc')
ours=()
for file in "${files[@]}"; do
  if [ -e "$file" ] && ! head -n 12 "$file" | grep -q '[Gg]enerated by'; then ours+=("$file"); fi
done
[ ${#ours[@]} -eq 0 ] || "$clang_format" "${mode[@]}" "${ours[@]}"
