#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# spdx.sh [root]: every source file says in its first lines who owns it and under which licence.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

files() {
  find . \( -name .git -o -name .venv -o -name build \) -prune -o -type f \( -name '*.sv' -o -name '*.svh' -o -name '*.rdl' \
    -o -name '*.vlt' -o -name '*.[chS]' -o -name '*.cc' -o -name '*.inc' -o -name '*.ld' -o -name '*.py' -o -name '*.sh' \
    -o -name '*.cmake' -o -name CMakeLists.txt -o -name Makefile -o -path './.ci/run' \) -print | sort
}

count=0
bad=0
while read -r file; do
  count=$((count + 1))
  head=$(head -n 5 "$file")
  if [[ $head != *"SPDX-FileCopyrightText: sgdma contributors"* ||
    $head != *"SPDX-License-Identifier: Apache-2.0"* ]]; then
    echo "$file: no SPDX lines in its first five"
    bad=$((bad + 1))
  fi
done < <(files)
echo "spdx: $count files, $bad without"
[ $bad -eq 0 ] && [ $count -gt 0 ]
