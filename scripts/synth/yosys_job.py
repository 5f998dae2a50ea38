#!/usr/bin/env python3
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""One synthesis by Yosys, in a process of its own: a failed pass ends the process that ran it.

  yosys_job.py TARGET OUT TOP [--hier] [--param NAME=VALUE]... FILE...

TARGET is xc7, ecp5 or generic. OUT gets the mapped netlist as JSON, and with generic OUT.words the one before mapping;
what Yosys says goes to OUT.log.
With --hier the modules are kept apart, so that the cells can be counted by block.
"""
import argparse

from pyosys import libyosys

# As `synth`, but memories stay memories, flip-flops are plain (enable and reset are gates) and gates have two inputs.
GENERIC = ["opt -fast -full", "techmap", "opt -fast", "simplemap",
           "dfflegalize -cell $_DFF_P_ 01 -cell $_DLATCH_P_ x",  # a latch is named as a fault later
           "opt_expr",
           "opt_merge", "opt_clean", "abc -g cmos2", "opt_clean"]


def passes(target, top, hier, out):
    if target == "xc7":
        yield f"synth_xilinx -family xc7 -noiopad -top {top}" + ("" if hier else " -flatten")
        yield f"write_json {out}"
    elif target == "ecp5":
        yield f"synth_ecp5 -top {top}" + (" -noflatten" if hier else "")
        yield f"write_json {out}"
    else:
        yield f"hierarchy -check -top {top}"
        yield "proc"
        yield "opt_expr" if hier else "flatten"
        yield from ("opt_clean", "opt -nodffe -nosdff", "fsm", "opt", "wreduce", "peepopt", "opt_clean")
        yield f"write_json {out}.words"  # where latches, multipliers and dividers still have names
        yield from ("alumacc", "share", "opt", "memory -nomap", "opt_clean")
        yield from GENERIC
        yield f"write_json {out}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=["xc7", "ecp5", "generic"])
    parser.add_argument("out")
    parser.add_argument("top")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--hier", action="store_true")
    parser.add_argument("--param", action="append", default=[])
    args = parser.parse_args()

    design = libyosys.Design()

    def run(command):
        libyosys.run_pass(f"tee -q -a {args.out}.log {command}", design)

    open(args.out + ".log", "w", encoding="utf-8").close()
    for file in args.files:
        run(f"read_verilog -sv -DSYNTHESIS {file}")
    if args.param:
        sets = " ".join("-set " + p.replace("=", " ") for p in args.param)
        run(f"chparam {sets} {args.top}")
    for command in passes(args.target, args.top, args.hier, args.out):
        run(command)


main()
