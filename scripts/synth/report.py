# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of the results, for the terminal and for docs/synthesis.md."""
import re

BEGIN, END = "<!-- synth: begin -->", "<!-- synth: end -->"
TITLES = {"xc7": "Xilinx 7 (`synth_xilinx -family xc7`)", "ecp5": "ECP5 (`synth_ecp5`)",
          "generic": "Generic gates (two-input NAND and NOR, plain flip-flops; memories as bits)"}
COLUMNS = {"xc7": [("LUT", "lut"), ("FF", "ff"), ("CARRY4", "carry"), ("distributed RAM, LUT", "lutram"),
                   ("RAMB36", "bram")],
           "ecp5": [("LUT4", "lut"), ("FF", "ff"), ("CCU2C", "carry"), ("DPR16X4", "lutram"), ("DP16KD", "bram")],
           "generic": [("NAND2/NOR2", "gates"), ("inverters", "inverters"), ("FF", "ff"),
                       ("memory bits", "memory_bits")]}
GOALS = {"lut": 3000, "ff": 4000, "fmax_mhz": 125}
LOGIC = {"xc7": "lut", "ecp5": "lut", "generic": "gates"}


def number(value):
    return f"{value:,.1f}" if isinstance(value, float) and value != int(value) else f"{int(value):,}"


def cells(target, row):
    return [number(row[key]) for _, key in COLUMNS[target]]


def one_line(result):
    text = ", ".join(f"{v} {t}" for (t, _), v in zip(COLUMNS[result["target"]],
                                                    cells(result["target"], result["blocks"]["(all)"])))
    return text + (f", {result['timing']['fmax_mhz']} MHz" if "timing" in result else "")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def pick(data, target, hier):
    found = [r for r in data["results"] if r["target"] == target and r["hier"] == hier]
    return sorted(found, key=lambda r: (int(r["params"]["NumChannels"]), int(r["params"]["DataWidth"])))


def shape(result):
    rest = "".join(f", {n} {v}" for n, v in result["params"].items() if n not in ("NumChannels", "DataWidth"))
    channels = int(result["params"]["NumChannels"])
    return f"{channels} channel{'s' * (channels > 1)}, {result['params']['DataWidth']} bits{rest}"


def block_rows(result):
    """Blocks of the top and of channel 0, larger first; a block's row counts what is inside it too."""
    target, key = result["target"], LOGIC[result["target"]]
    blocks = {p: row for p, row in result["blocks"].items() if p != "(all)" and not re.search(r"\[[1-9]", p)}

    def children(parent):
        inside = [p for p in blocks if p.startswith(parent) and p != parent.rstrip("/") and
                  "/" not in p[len(parent):]]
        return sorted(inside, key=lambda p: (-blocks[p][key], p))

    def walk(parent, depth):
        for path in children(parent):
            name = re.sub(r"gen_\w+(\[0\])?\.|u_", "", path[len(parent):])
            if depth < 2 or blocks[path][key] >= 50:
                yield ["&nbsp;" * 4 * depth + name, *cells(target, blocks[path])]
                if depth < 2:
                    yield from walk(path + "/", depth + 1)

    return [*walk("", 0), ["sum of all", *cells(target, result["blocks"]["(all)"])]]


def timing_section(data):
    timed = [r for r in pick(data, "ecp5", False) if "timing" in r]
    if not timed:
        return []
    head = ["64-bit engine" if len(timed) > 1 else "engine", "Fmax, MHz", "COMB", "FF", "DP16KD", "levels", "logic, ns",
            "wires, ns"]
    rows, paths = [], []
    for r in timed:
        t, p = r["timing"], r["timing"]["path"]
        used = [number(t["used"].get(c, 0)) for c in ("TRELLIS_COMB", "TRELLIS_FF", "DP16KD")]
        rows.append([shape(r), str(t["fmax_mhz"]), *used, str(p["levels"]), str(p["logic_ns"]), str(p["routing_ns"])])
        through = " → ".join(f"{b} {ns}" for b, ns in p["blocks"])
        paths.append(f"* {shape(r)}: from `{p['from']}` to `{p['to']}`; blocks on the way, ns: {through}")
    return ["### Clock: LFE5U-85F, speed grade 6, out of context, placed and routed", table(head, rows),
            "Longest path between registers (a cell has the name of a net next to it):", "\n".join(paths)]


def goals(results):
    lines = []
    for r in results:
        shape_of_goal = {"NumChannels": "1", "DataWidth": "64", "Streams": "0"}
        if r["hier"] or {n: str(v) for n, v in r["params"].items()} != shape_of_goal:
            continue
        values = dict(r["blocks"]["(all)"]) if r["target"] == "xc7" else {}
        values |= {"fmax_mhz": r["timing"]["fmax_mhz"]} if "timing" in r else {}
        for key, title in (("lut", "LUT, xc7"), ("ff", "FF, xc7"), ("fmax_mhz", "MHz, ECP5")):
            if key in values:
                good = values[key] >= GOALS[key] if key == "fmax_mhz" else values[key] <= GOALS[key]
                verb = "at least" if key == "fmax_mhz" else "at most"
                lines.append(f"goal {'reached' if good else 'MISSED '}: {values[key]} {title} ({verb} {GOALS[key]})")
    return lines


def tables(data):
    parts = []
    for target, title in TITLES.items():
        flat, hier = pick(data, target, False), pick(data, target, True)
        columns = [t for t, _ in COLUMNS[target]]
        if flat:
            parts += [f"### {title}",
                      table(["whole engine, flattened", *columns],
                            [[shape(r), *cells(target, r["blocks"]["(all)"])] for r in flat])]
        for r in hier:
            parts += [f"By block, each mapped alone ({shape(r)}):", table(["block", *columns], block_rows(r))]
    return "\n\n".join(parts + timing_section(data))


def write(data, path, missing):
    versions = ", ".join(f"{n} {v}" for n, v in data["tools"].items())
    body = f"{BEGIN}\nWritten by `{data['command']}` with {versions}.\n"
    if missing:
        body += f"The run was interrupted: {missing} of its rows are not here.\n"
    body += "\n"
    body += "\n".join(f"* {line}" for line in goals(data["results"])) + f"\n\n{tables(data)}\n{END}"
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise RuntimeError(f"{path} has lost the lines {BEGIN} and {END}")
    path.write_text(text[:text.index(BEGIN)] + body + text[text.index(END) + len(END):], encoding="utf-8")
