#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# build_and_run.sh <source folder> <build folder> <generator> <build type> <C++ compiler> <target>
#
# Builds one of the rarer builds of the engine with its tests, and runs them. One at a time for a build folder.
set -euo pipefail
source=$1 build=$2 generator=$3 type=$4 compiler=$5 target=$6

cmake -S "$source" -B "$build" -G "$generator" -DCMAKE_BUILD_TYPE="$type" -DCMAKE_CXX_COMPILER="$compiler" \
  -DSGDMA_MORE_WIDTHS=ON >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" --target "$target"
"$build/bin/$target"
