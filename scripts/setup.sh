#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, and says so first. Does nothing, quickly, when nothing is missing.
#
#   scripts/setup.sh [group...]        default group: build
#     build      compiler, Verilator, libraries: make run, test, bench
#     lint       Yosys, shellcheck, pinned clang-format: make lint, format
#     waves      GTKWave: make waves
#     picture    GTKWave on a virtual screen: make docs
#     baremetal  cross compilers for Cortex-M and RV64 (about 2 GB): make baremetal
#     regs       pinned SystemRDL tools: make docs
#     synth      pinned Yosys and nextpnr: make synth
#     plots      pinned matplotlib: the pictures of make bench
#
# Debian 12 and Ubuntu 24.04 or newer, by apt-get, as root or through sudo; Python tools go to .venv of the project.
# SGDMA_NO_SETUP=1 switches it off. Exit status: 0 nothing (more) missing, 1 something is and could not be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${SGDMA_NO_SETUP:-}" = 1 ]; then exit 0; fi

# What shows that a package is there ('cmd:' on PATH, 'inc:' header, 'py:' Python module), and the package's name.
requirements() {
  case "$1" in
    build)
      echo cmd:g++ g++; echo cmd:make make; echo cmd:cmake cmake; echo cmd:ninja ninja-build
      echo cmd:verilator verilator; echo cmd:ccache ccache; echo inc:zlib.h zlib1g-dev
      echo inc:gtest/gtest.h libgtest-dev; echo inc:gmock/gmock.h libgmock-dev
      echo inc:rapidcheck.h librapidcheck-dev; echo inc:benchmark/benchmark.h libbenchmark-dev
      echo inc:CLI/CLI.hpp libcli11-dev; echo inc:fmt/format.h libfmt-dev
      echo inc:spdlog/spdlog.h libspdlog-dev; echo inc:nlohmann/json.hpp nlohmann-json3-dev ;;
    lint) echo cmd:verilator verilator; echo cmd:yosys yosys; echo cmd:shellcheck shellcheck; python_packages ;;
    waves) echo cmd:gtkwave gtkwave ;;
    picture)
      echo cmd:gtkwave gtkwave; echo cmd:Xvfb xvfb; echo cmd:xdotool xdotool; echo cmd:import imagemagick
      echo cmd:fc-list fontconfig; echo file:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core ;;
    baremetal)
      echo cmd:arm-none-eabi-gcc gcc-arm-none-eabi; echo cmd:riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf ;;
    regs | synth | plots) python_packages ;;
    *) echo "setup: unknown group '$1'; groups are listed at the head of scripts/setup.sh" >&2; exit 1 ;;
  esac
}

python_packages() { echo cmd:python3 python3; echo py:ensurepip python3-venv; }

is_there() {
  local kind=${1%%:*} what=${1#*:}
  case "$kind" in
    cmd) command -v "$what" >/dev/null ;;
    inc) [ -e "/usr/include/$what" ] || [ -e "/usr/local/include/$what" ] ;;
    file) [ -e "$what" ] ;;
    py) command -v python3 >/dev/null && python3 -c "import $what" 2>/dev/null ;;
  esac
}

# Pinned Python packages of a group; the stamp holds the checksum of the file they were installed from.
python_file() { echo "scripts/requirements-$1.txt"; }
python_stamp() { echo ".venv/.$1-$(cksum <"$(python_file "$1")" | tr ' ' -)"; }
python_done() { [ ! -e "$(python_file "$1")" ] || [ -e "$(python_stamp "$1")" ]; }

groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=(build)

missing=()
for group in "${groups[@]}"; do
  needed=$(requirements "$group")
  while read -r check package; do
    if ! is_there "$check" && [[ " ${missing[*]} " != *" $package "* ]]; then missing+=("$package"); fi
  done <<<"$needed"
done

give_up() {
  {
    echo "setup: $1"
    echo "setup: please install: ${missing[*]}"
    echo "setup: (names of Debian 12; SGDMA_NO_SETUP=1 skips this check)"
  } >&2
  exit 1
}

install_packages() {
  local id='' id_like='' log root=()
  if [ -r /etc/os-release ]; then
    id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
    id_like=$(sed -n 's/^ID_LIKE=//p' /etc/os-release | tr -d '"')
  fi
  case " $id $id_like " in
    *" debian "* | *" ubuntu "*) ;;
    *) give_up "this system (${id:-unknown}) is neither Debian nor Ubuntu, so nothing is installed for you." ;;
  esac
  command -v apt-get >/dev/null || give_up "there is no apt-get here."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "installing needs root, and there is no sudo."
    root=(sudo)
    if [ ! -t 0 ]; then
      sudo -n true 2>/dev/null || give_up "installing needs root, and sudo wants a password."
      root=(sudo -n)
    fi
  fi
  echo "setup: will install with apt-get: ${missing[*]}"
  root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  log=$(mktemp -t sgdma-setup.XXXXXX)
  if ! { "${root[@]}" update && "${root[@]}" install --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    give_up "apt-get failed; all it said is in $log"
  fi
  rm -f "$log"
}

install_python() {
  echo "setup: will install into .venv: $(grep -vE '^[[:space:]]*(#|$)' "$(python_file "$1")" | tr '\n' ' ')"
  [ -x .venv/bin/pip ] || python3 -m venv .venv
  .venv/bin/pip install -q --disable-pip-version-check -r "$(python_file "$1")"
  rm -f .venv/."$1"-*
  touch "$(python_stamp "$1")"
}

# The distribution may be too old: 'verilator 5.006' and 'cmake 3.25' are the floor.
check_version() {
  local found
  command -v "$1" >/dev/null || return 0
  found=$("$1" --version | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+).*/\1/p')
  if [ "$(printf '%s\n' "$2" "$found" | sort -V | head -n 1)" != "$2" ]; then
    echo "setup: $1 $found is too old, $2 or newer is needed; Debian 12 and Ubuntu 24.04 have it" >&2
    exit 1
  fi
}

start=$SECONDS
did=0
if [ ${#missing[@]} -gt 0 ]; then install_packages; did=1; fi
for group in "${groups[@]}"; do
  if ! python_done "$group"; then install_python "$group"; did=1; fi
done
check_version verilator 5.006
check_version cmake 3.25
if [ $did = 1 ]; then echo "setup: done in $((SECONDS - start)) s"; fi
