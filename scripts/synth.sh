#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# scripts/synth.sh [option...]: area and clock of the engine; scripts/synth/main.py --help tells the options. The first
# run installs pinned Yosys and nextpnr into .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh synth
exec .venv/bin/python scripts/synth/main.py "$@"
