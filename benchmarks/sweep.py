"""Sweeps: `python -m benchmarks.sweep [--quick] [--write]`.

The same sweep of 20 ms runs with two workers in three programs: what the engine adds to a plain
loop over the runs in two processes, and what is left after one raised run and one killed worker.
Then memory of the parent and the start of a resume at 1,000, 10,000 and 100,000 runs, and 100,000
default runs projected from some measured.
`--write` puts the tables into benchmarks/sweeps.md.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figures import table
from benchmarks.speed import machine
from benchmarks.sweep_peers import LOOP, PROGRAMS, WORKERS

RESULTS = Path(__file__).with_name("sweeps.md")
ROOT = RESULTS.parents[1]
#: A program that has not ended after so many seconds hangs.
HANGS = 90
SMALL, LARGE = 100, 1_100
TRIVIAL = "benchmarks.sweep_peers:trivial"


def answer(program: str, runs: int, fault: str) -> dict[str, float | str]:
    """What a program reports; no results and "hangs" if it does not end."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "benchmarks.sweep_peers", program, str(runs), fault]
        process = subprocess.Popen(
            [*command, scratch],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            out, _ = process.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return {"results": 0, "error": "hangs", "seconds": float("nan")}
    found: dict[str, float | str] = json.loads(out.decode().strip().splitlines()[-1])
    return found


def peers(repeats: int, small: int, large: int) -> str:
    """Overhead and survival, by program; programs take turns."""
    times: dict[str, dict[int, list[float]]] = {name: {small: [], large: []} for name in PROGRAMS}
    for _ in range(repeats):
        for runs in (small, large):
            for name in PROGRAMS:
                times[name][runs].append(float(answer(name, runs, "none")["seconds"]))
    a_run = {
        name: (np.array(own[large]) - own[small]) / (large - small) for name, own in times.items()
    }
    rows = []
    for name in PROGRAMS:
        left = [""] * 2
        if name != LOOP:
            hurt = (answer(name, small, fault) for fault in ("raise", "kill"))
            left = [f"{found['results']} of {small} {found['error']}".strip() for found in hurt]
        added = "" if name == LOOP else f"{np.median(a_run[name] / a_run[LOOP]) - 1:.1%}"
        start = np.median(times[name][small] - small * a_run[name])
        rows.append([name, f"{np.median(a_run[name]) * 1e3:.2f}", added, f"{start:.1f}", *left])
    header = "program|ms a run|added to the loop|start, s|left after a raised run|after a kill"
    return table(header, rows)


def child(code: str) -> dict[str, float]:
    """What a piece of Python prints as JSON, in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise RuntimeError(found.stderr)
    made: dict[str, float] = json.loads(found.stdout.strip().splitlines()[-1])
    return made


def carry_out(scratch: str, out: str, runs: int, simulate: str = TRIVIAL) -> dict[str, float]:
    """Carry out a sweep: seconds, seconds to the first run, peak MiB of the parent."""
    from benchmarks.faults import experiment
    from divide.experiments import sweep
    from divide.experiments.carry.progress import Progress

    first: list[float] = []
    start = time.perf_counter()

    def listener(progress: Progress) -> None:
        if not first and progress.fresh:
            first.append(time.perf_counter() - start)

    made = experiment(Path(scratch), runs)
    finished = sweep(made, out, WORKERS, simulate=simulate, progress=listener)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {
        "seconds": time.perf_counter() - start,
        "first": first[0] if first else float("nan"),
        "peak": peak,
        "done": finished.progress.done,
        "fresh": finished.progress.fresh,
    }


CODE = """
import json, time
began = time.perf_counter()
from benchmarks.sweep import carry_out
if __name__ == "__main__":
    found = carry_out({arguments})
    print(json.dumps(found | {{"all": time.perf_counter() - began}}))
"""


def growth(sizes: tuple[int, ...]) -> str:
    """Parent's memory, and the start of a resume of a sweep that lacks its last part."""
    from divide.experiments.keep.folder import write_manifest
    from divide.experiments.keep.ledger import Ledger

    rows = []
    for runs in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "out"
            whole = child(CODE.format(arguments=f"{scratch!r}, {str(out)!r}, {runs}"))
            with Ledger(out, write=True) as ledger:
                shards = len(ledger.shards())
                ledger.forget([ledger.shards()[-1].part])
                write_manifest(out, ledger, {"finished": False})
            size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
            again = child(CODE.format(arguments=f"{scratch!r}, {str(out)!r}, {runs}"))
            start = again["first"] + again["all"] - again["seconds"]
            row = [f"{whole['peak']:.0f}", f"{shards}", f"{size / 1e6:.1f}", f"{start:.1f}"]
            rows.append([f"{runs:,}", f"{whole['seconds']:.0f}", *row])
    header = "runs|s|parent's peak, MiB|shards|folder, MB|resume to its first new run, s"
    return table(header, rows)


def projection(runs: int) -> str:
    """100,000 default runs from some measured, with what is kept by default."""
    from divide.experiments import sweep
    from divide.experiments.plan.experiment import Experiment

    scratch = tempfile.mkdtemp()
    try:
        data = {"policies": ["balanced"], "replicates": runs // 2}
        made = Experiment.from_mapping(data, "default")
        start = time.perf_counter()
        sweep(made, f"{scratch}/out", WORKERS)
        seconds = time.perf_counter() - start
        size = sum(f.stat().st_size for f in Path(scratch).rglob("*") if f.is_file())
    finally:
        shutil.rmtree(scratch)
    hours = seconds / runs * 1e5 / 3600
    row = [f"{runs:,}", f"{seconds:.0f}", f"{runs / seconds:.1f}", f"{size / runs / 1e3:.1f}"]
    header = "default runs measured|s|runs/s|kB a run|100,000 runs, h|100,000 runs, GB"
    return table(header, [[*row, f"{hours:.1f}", f"{size / runs * 1e5 / 1e9:.2f}"]])


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description="What sweeps cost and survive.")
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--write", action="store_true", help="write benchmarks/sweeps.md")
    parser.add_argument("--default-runs", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    repeats = 1 if asked.quick else asked.repeats
    small, large = (60, 120) if asked.quick else (SMALL, LARGE)
    sizes = (200, 2_000) if asked.quick else (1_000, 10_000, 100_000)
    sections = {
        "Three programs and a plain loop, two workers": lambda: peers(repeats, small, large),
        "Many runs that take no time": lambda: growth(sizes),
        "Default runs": lambda: projection(40 if asked.quick else asked.default_runs),
    }
    head = (
        f"# Sweeps\n\nMade by `python -m docs.pages --write sweep-speed`. {machine()}\n\nTimes on "
        f"the clock, median of {repeats}; a run takes 20 ms of a processor, so 10 ms of the clock "
        "with two workers. What is added is told from the difference of a long and a short sweep, "
        "so without the start. On a machine with other work (load above the number of cores) "
        "times scatter, and say little about what is added.\n"
    )
    print(head)
    measured = dict.fromkeys(sections, "Not measured.")
    for title, measure in sections.items():
        load = os.getloadavg()[0]
        found = measure()
        measured[title] = f"{found}\n\nLoad {load:.1f} before, {os.getloadavg()[0]:.1f} after."
        print(f"\n## {title}\n\n{measured[title]}", flush=True)
        if asked.write:  # as it goes, so that a page that was broken off says what it lacks
            parts = [f"\n## {name}\n\n{text}\n" for name, text in measured.items()]
            RESULTS.write_text("".join([head, *parts]))


if __name__ == "__main__":
    main()
