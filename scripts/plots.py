#!/usr/bin/env python3
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of docs/performance.md from what the benchmark has measured.

    plots.py <bench.json> <crossover.json> <folder> [--png]

Writes utilisation.svg, scaling.svg and crossover.svg, the same bytes for the same numbers; --png writes pictures
for the eye instead.
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: E402

BLUE, ORANGE, GREEN, GREY = "#1f6fb4", "#d9731a", "#2e8b57", "#8a8a8a"
LICENCE = ("<!-- SPDX-FileCopyrightText: sgdma contributors -->", "<!-- SPDX-License-Identifier: Apache-2.0 -->")
SIZES = (8, 16, 64, 256, 1024, 4096)

plt.rcParams.update({
    "svg.hashsalt": "sgdma",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
})


def plain(value, _position=None):
    """16 K instead of 16384."""
    return f"{value / 1024:g} K" if value >= 1024 else f"{value:g}"


def bytes_axis(axes, sizes):
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(plain))
    axes.set_xlabel("bytes a descriptor")


def choose(rows, **wanted):
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return sorted(found, key=lambda row: row["fragment"])


def utilisation(rows):
    """One panel a latency: the limit is a line, what was measured a mark on it."""
    figure, panels = plt.subplots(1, 3, figsize=(10, 3.6), sharey=True, layout="constrained")
    kinds = (("aligned", True, BLUE, "o"), ("unaligned", False, ORANGE, "s"))
    for axes, latency in zip(panels, (1, 26, 200)):
        axes.set_title(f"latency {latency} cycle{'s' if latency > 1 else ''}", fontsize=10)
        dense = [8 * 2 ** (step / 8) for step in range(73)]
        axes.plot(dense, [n / (n + 32) for n in dense], color=GREY, linewidth=1, linestyle="--")
        axes.plot(dense, [n / (n + 48) for n in dense], color=GREY, linewidth=1, linestyle=":")
        for name, aligned, colour, mark in kinds:
            line = choose(rows, data_bits=64, channels=1, sg_port=False, aligned=aligned, records=False,
                          latency=latency)
            sizes = [row["fragment"] for row in line]
            axes.plot(sizes, [row["limit"] for row in line], color=colour, linewidth=1.2,
                      label=f"limit, {name}")
            for promised in (True, False):
                some = [row for row in line if row["promised"] == promised]
                axes.plot([row["fragment"] for row in some], [row["measured"] for row in some], mark, color=colour,
                          markersize=5.5, markerfacecolor=colour if promised else "white", linestyle="none",
                          label=f"measured, {name}" if promised else None)
        bytes_axis(axes, SIZES)
        axes.set_ylim(0, 1.02)
    panels[0].set_ylabel("share of the bus that is payload")
    panels[0].annotate("n/(n+32), as iDMA", (64, 0.667), (100, 0.53), color="#606060", fontsize=8)
    panels[0].annotate("n/(n+48), as ADI", (24, 0.333), (40, 0.33), color="#606060", fontsize=8)
    panels[2].annotate("hollow: not promised", (16, 0.3), (20, 0.12), color="#606060", fontsize=8)
    panels[0].legend(loc="lower right", fontsize=8)
    return figure


def scaling(rows):
    """Bytes a cycle over widths, and the total over busy channels."""
    figure, (widths, channels) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    colours = (GREY, BLUE, GREEN, ORANGE, "#8b3a8b")
    for bits, colour in zip((32, 64, 128, 256, 512), colours):
        line = choose(rows, data_bits=bits, channels=1, sg_port=False, aligned=True, records=False, latency=26)
        line = [row for row in line if row["promised"]]
        if not line:
            continue
        sizes = [row["fragment"] for row in line]
        widths.plot(sizes, [row["limit"] * bits / 8 for row in line], color=colour, linewidth=1.2)
        widths.plot(sizes, [row["measured"] * bits / 8 for row in line], "o", color=colour, markersize=5)
        widths.annotate(f"{bits} bits", (sizes[-1], line[-1]["measured"] * bits / 8), (6, -3),
                        textcoords="offset points", color=colour, fontsize=9)
    bytes_axis(widths, SIZES)
    widths.set_xlim(7, 4096 * 2.6)
    widths.set_yscale("log", base=2)
    widths.yaxis.set_major_formatter(FuncFormatter(plain))
    widths.set_ylabel("payload bytes a cycle")
    widths.set_title("bus width: limit (line), measured (marks); latency 26", fontsize=10)

    busy = sorted({row["channels"] for row in rows if row["data_bits"] == 64})
    for n, colour in zip((16, 64, 256, 4096), colours):
        points = [(count, choose(rows, data_bits=64, channels=count, sg_port=False, aligned=True, records=False,
                                 latency=26, fragment=n)) for count in busy]
        points = [(count, row[0]) for count, row in points if row]
        xs = [count for count, _ in points]
        channels.plot(xs, [row["limit"] for _, row in points], color=colour, linewidth=1.2)
        channels.plot(xs, [row["measured"] for _, row in points], "o", color=colour, markersize=5)
        channels.annotate(f"{n} bytes", (xs[-1], points[-1][1]["measured"]), (8, -3), textcoords="offset points",
                          color=colour, fontsize=9)
    channels.set_xticks(busy)
    channels.set_xlim(0.8, busy[-1] * 1.3)
    channels.set_ylim(0, 1.02)
    channels.set_xlabel("busy channels")
    channels.set_ylabel("share of the bus that is payload, all channels")
    channels.set_title("channels: limit (line), measured (marks); 64 bits, latency 26", fontsize=10)
    return figure


def crossover(data):
    """Cycles of the three ways to move a block."""
    figure, axes = plt.subplots(figsize=(6, 3.8), layout="constrained")
    rows = data["rows"]
    sizes = [row["bytes"] for row in rows]
    for key, name, colour in (("words", "word by word", GREY), ("direct", "DIRECT", ORANGE),
                              ("ring", "ring", BLUE)):
        axes.plot(sizes, [row[key] for row in rows], "o-", color=colour, markersize=4, linewidth=1.4, label=name)
    for key, name, colour in (("direct_pays_from", "DIRECT", ORANGE), ("ring_pays_from", "ring", BLUE)):
        if data[key]:
            axes.axvline(data[key], color=colour, linewidth=0.8, linestyle="--")
            level = 0.96 if key.startswith("direct") else 0.88
            axes.annotate(f"{name} pays from {data[key]} bytes", (data[key], level), (5, -8),
                          xycoords=("data", "axes fraction"), textcoords="offset points", color=colour, fontsize=8)
    bytes_axis(axes, sizes[::2])
    axes.set_xlabel("bytes of the block")
    axes.set_yscale("log")
    axes.set_ylabel("cycles until the block is there")
    axes.legend(loc="lower right")
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=pathlib.Path)
    parser.add_argument("crossover", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--png", action="store_true")
    options = parser.parse_args()
    rows = choose(json.loads(options.bench.read_text())["utilisation"], sg_port=False)
    pictures = {"utilisation": utilisation(rows), "scaling": scaling(rows),
                "crossover": crossover(json.loads(options.crossover.read_text()))}
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, figure in pictures.items():
        if options.png:
            figure.savefig(options.folder / f"{name}.png", dpi=110)
        else:
            path = options.folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None})
            lines = [line.rstrip() for line in path.read_text().splitlines()]
            path.write_text("\n".join([lines[0], *LICENCE, *lines[1:]]) + "\n")


if __name__ == "__main__":
    main()
