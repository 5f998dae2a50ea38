#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# registers_drift.sh: the checked-in outputs are what the register description gives today. Needs the Python tools
# (scripts/setup.sh regs); exit status 77, which ctest shows as skipped, when they are not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! compgen -G '.venv/.regs-*' >/dev/null; then
  echo "registers_drift: skipped, needs the SystemRDL tools: scripts/setup.sh regs"
  exit 77
fi
.venv/bin/python scripts/gen_regs.py --check
