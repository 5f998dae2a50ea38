#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Rebuilds the part of docs/ that a program writes: register manual, header, package and table from the register
# description, and the picture of the waves. All of it is checked in, so git diff shows what changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh regs
.venv/bin/python scripts/gen_regs.py
scripts/wave_picture.sh
git status --short -- docs rtl sw-driver tests
