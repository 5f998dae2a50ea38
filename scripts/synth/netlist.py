# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""Counts cells of a mapped netlist (Yosys JSON), by block, and looks for paths that must not be there."""
import json
import re
from collections import Counter

# Lookup tables that a cell of distributed RAM occupies, and the same for block RAM in 36-kbit (ECP5: 18-kbit) blocks.
XC7_RAM_LUTS = {"RAM32M": 4, "RAM64M": 4, "RAM32M16": 8, "RAM64M8": 8, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4,
                "RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "RAM256X1S": 4, "SRL16E": 1, "SRLC32E": 1}
XC7_BLOCKS = {"RAMB36E1": 1.0, "RAMB18E1": 0.5}
FLIP_FLOPS = ("FDRE", "FDSE", "FDCE", "FDPE", "TRELLIS_FF", "$_DFF_P_")
LATCHES = ("LDCE", "LDPE", "LDCPE")
MULTIPLIERS = ("DSP48E1", "MULT18X18D", "ALU54B", "MULT25X18", "MULT27X27")
ARITHMETIC = ("$mul", "$div", "$mod", "$divfloor", "$modfloor", "$pow")


class Netlist:
    def __init__(self, path, top):
        with open(path, encoding="utf-8") as file:
            self.modules = json.load(file)["modules"]
        self.top = top

    def cells(self, module):
        for name, cell in self.modules[module]["cells"].items():
            if cell["type"] != "$scopeinfo":
                yield name, cell

    def blocks(self, module=None, path=""):
        """(instance path, Counter of cell types of all below it), children before their parent."""
        module = module or self.top
        total = Counter()
        for name, cell in self.cells(module):
            if is_module(self.modules, cell["type"]):
                below = None
                for entry in self.blocks(cell["type"], f"{path}/{name}" if path else name):
                    yield entry
                    below = entry[1]
                total += below
            else:
                total[cell["type"]] += 1
                if cell["type"] == "$mem_v2":
                    total["memory bits"] += number(cell, "WIDTH") * number(cell, "SIZE")
        yield path or "(all)", total


def number(cell, parameter):
    return int(cell["parameters"][parameter], 2)


def is_module(modules, kind):
    """Whether a cell is an instance of the design: not one of the library's, which Yosys marks as boxes."""
    if kind not in modules:
        return False
    marks = modules[kind].get("attributes", {})
    return not any(int(marks.get(m, "0"), 2) for m in ("blackbox", "whitebox", "cells_not_processed"))


def area(target, cells):
    """What the tables show, from a Counter of cell types."""
    row = {"ff": sum(cells[c] for c in FLIP_FLOPS)}
    if target == "xc7":
        row["lut"] = sum(cells[f"LUT{n}"] for n in range(1, 7))
        row["carry"] = cells["CARRY4"]
        row["lutram"] = sum(n * cells[c] for c, n in XC7_RAM_LUTS.items())
        row["bram"] = sum(n * cells[c] for c, n in XC7_BLOCKS.items())
    elif target == "ecp5":
        row["lut"] = cells["LUT4"]
        row["carry"] = cells["CCU2C"]
        row["lutram"] = cells["TRELLIS_DPR16X4"]
        row["bram"] = cells["DP16KD"]
    else:
        row["gates"] = cells["$_NAND_"] + cells["$_NOR_"]
        row["inverters"] = cells["$_NOT_"]
        row["memory_bits"] = cells["memory bits"]
    return row


def forbidden_cells(netlist):
    """Latches and multipliers, by name; a factor that is a constant makes an adder tree, and is allowed."""
    found = []
    for module in netlist.modules:
        if not is_module(netlist.modules, module):
            continue
        for name, cell in netlist.cells(module):
            kind = cell["type"]
            if kind in LATCHES or re.match(r"\$(_)?(a?dlatch|DLATCH|sr$|SR_)", kind):
                found.append(f"latch {name} ({kind})")
            if kind in MULTIPLIERS or (kind in ARITHMETIC and all(
                    any(isinstance(bit, int) for bit in cell["connections"][port]) for port in "AB")):
                found.append(f"multiplier or divider {name} ({kind})")
    return found


# ---- Paths, in a flat netlist of gates, flip-flops and memories ---------------------------------------------------------


def combinational(cell):
    """Pairs (input port bits, output port bits) of a cell that depend on each other within a cycle."""
    bits = cell["connections"]
    directions = cell["port_directions"]
    if cell["type"] == "$_DFF_P_":
        return []
    if cell["type"] == "$mem_v2":
        width, ports, abits = number(cell, "WIDTH"), number(cell, "RD_PORTS"), number(cell, "ABITS")
        clocked = cell["parameters"]["RD_CLK_ENABLE"].zfill(ports)[::-1]
        return [(bits["RD_ADDR"][p * abits:(p + 1) * abits], bits["RD_DATA"][p * width:(p + 1) * width])
                for p in range(ports) if clocked[p] == "0"]
    ins = [b for port, d in directions.items() if d == "input" for b in bits[port]]
    outs = [b for port, d in directions.items() if d == "output" for b in bits[port]]
    return [(ins, outs)]


def fan_in(module):
    """For each net that a cell drives within a cycle: the nets it depends on."""
    graph = {}
    for cell in module["cells"].values():
        if cell["type"] == "$scopeinfo":
            continue
        for ins, outs in combinational(cell):
            for out in outs:
                graph.setdefault(out, set()).update(b for b in ins if isinstance(b, int))
    return graph


def port_bits(module, direction):
    return {bit: f"{name}[{i}]" for name, port in module["ports"].items() if port["direction"] == direction
            for i, bit in enumerate(port["bits"]) if isinstance(bit, int)}


def net_names(module):
    names = {}
    for name, net in module["netnames"].items():
        for i, bit in enumerate(net["bits"]):
            if bit not in names or (net.get("hide_name", 0) == 0 and len(name) < len(names[bit])):
                names[bit] = f"{name}[{i}]" if len(net["bits"]) > 1 else name
    return names


def loops(module):
    """Names on combinational loops: what is left when everything that depends on nothing left is taken away."""
    graph = fan_in(module)
    users, waits = {}, {net: 0 for net in graph}
    for net, sources in graph.items():
        for source in sources:
            if source in graph:
                users.setdefault(source, []).append(net)
                waits[net] += 1
    ready = [net for net, n in waits.items() if n == 0]
    while ready:
        for user in users.get(ready.pop(), []):
            waits[user] -= 1
            if waits[user] == 0:
                ready.append(user)
    names = net_names(module)
    return sorted(names.get(net, str(net)) for net, n in waits.items() if n > 0)


def pin_paths(module):
    """(input pin, output pin) where one reaches the other without a register."""
    graph, inputs = fan_in(module), port_bits(module, "input")
    found = []
    for net, pin in port_bits(module, "output").items():
        seen, todo = {net}, [net]
        while todo:
            at = todo.pop()
            if at in inputs:
                found.append((inputs[at], pin))
            for source in graph.get(at, ()):
                if source not in seen:
                    seen.add(source)
                    todo.append(source)
    return sorted(found)
