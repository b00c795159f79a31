"""The model connected to other tools: `python -m benchmarks.connect [--quick] [--write]`.

The same study of four levers, written with a sweep, with the connector to the EMA Workbench and
with the Workbench alone around the bare model: lines of code and time. The same search, by `divide
optimise`, the Workbench's optimiser and pymoo alone: runs a second. Programs take turns, each in a
process of its own. `--write` puts the tables into benchmarks/connect.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.connect_peers import LOOP, POPULATION, SEARCHES, SMALL, STUDIES, lines
from benchmarks.figures import table
from benchmarks.speed import machine

RESULTS = Path(__file__).with_name("connect.md")
ROOT = RESULTS.parents[1]
#: A program that has not ended after so many seconds hangs.
HANGS = 900
#: Points of a study (runs are ten times as many), generations of a search, runs of the loop.
QUICK, WHOLE = (4, 2, 16), (16, 10, 160)


def answer(name: str, size: int) -> dict[str, Any]:
    """What a program reports.

    Raises:
        RuntimeError: It failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.connect_peers", name, str(size), scratch],
            cwd=ROOT, capture_output=True, text=True, timeout=HANGS, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def turns(programs: Iterable[tuple[str, int]], repeats: int) -> dict[str, list[dict[str, Any]]]:
    """Answers of each program, one after another, over and over."""
    asked = dict(programs)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, size in asked.items():
            found[name].append(answer(name, size))
    return found


def seconds(answers: list[dict[str, Any]]) -> float:
    """Median time on the clock."""
    return float(np.median([each["seconds"] for each in answers]))


def study(size: int, repeats: int) -> str:
    """Lines, time and what each finds to matter most."""
    found = turns(((name, size) for name in STUDIES), repeats)
    rows = []
    for name, answers in found.items():
        total: dict[str, float] = answers[0]["found"]
        first = max(total, key=lambda lever: total[lever])
        took, runs = seconds(answers), answers[0]["runs"]
        most = f"{first} {total[first]:.2f}"
        rows.append(
            [name, str(lines(name)), f"{runs:,}", f"{took:.1f}", f"{runs / took:.1f}", most]
        )
    return table("written with|lines|runs|s|runs/s|largest total index", rows)


def search(generations: int, runs: int, repeats: int) -> str:
    """Runs a second of the searches, and of nothing but the runs."""
    asked = [(LOOP, runs), *((name, generations) for name in SEARCHES)]
    found = turns(asked, repeats)
    rows = []
    for name, answers in found.items():
        took, done = seconds(answers), answers[0]["runs"]
        code = "" if name == LOOP else str(lines(name))
        front = "" if name == LOOP else f"{answers[0]['found']['front']:.0f}"
        rows.append([name, code, f"{done:,}", f"{took:.1f}", f"{done / took:.1f}", front])
    return table("search by|lines|runs|s|runs/s|policies of the front", rows)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        description="Studies and searches beside those of other tools."
    )
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--write", action="store_true", help="write benchmarks/connect.md")
    asked = parser.parse_args()
    points, generations, runs = QUICK if asked.quick else WHOLE
    repeats = 1 if asked.quick else 3
    sections = {
        "A study of four levers, two workers": lambda: study(points, repeats),
        "A search over four levers, two workers": lambda: search(generations, runs, repeats),
    }
    parts = []
    for title, measured in sections.items():
        before = os.getloadavg()[0]
        text = measured()
        load = f"Load {before:.1f} before, {os.getloadavg()[0]:.1f} after."
        parts.append(f"\n## {title}\n\n{text}\n\n{load}\n")
        print(parts[-1])
    head = (
        "# The model and other tools\n\nMade by `python -m docs.pages --write connect-speed`. "
        f"{machine()}\n\n"
        f"A run is small ({SMALL['start']} to {SMALL['until']}, {SMALL['firms']:,} firms), so that "
        f"what the tools add shows. Times on the clock, median of {repeats}, imports left out and "
        "the start of the workers counted; lines are those of the functions in "
        "benchmarks/connect_peers.py. The study is a Sobol design with pairs; samplers scramble "
        "differently, so that indices agree within their intervals only. A sweep keeps every run "
        "on the disk, checked and ready to go on; the Workbench keeps outcomes in memory. `divide "
        f"optimise` keeps every run too, and tries each policy of its {POPULATION} a generation in "
        "the central run and in one draw; the others try each once and keep what is on the front. "
        "On a machine with other work (load above the number of cores) times scatter.\n"
    )
    if asked.write:
        RESULTS.write_text("".join([head, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
