#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# wave_view.sh: the GTKWave view and its state names are what docs/waves/signals.txt and the RTL's constants give today.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/wave_view.sh --check
