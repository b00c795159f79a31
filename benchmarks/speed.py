"""Speed and memory: `python -m benchmarks.speed [--quick] [--write]`.

Firms as columns against plain Mesa agents and against the same rules in C (`firms.c`, where
there is a compiler), ten million firms, a whole default run by process, the core
without firms against that of an earlier version, memory a firm and the start of the command. All
comparisons are of one run of this program: programs take turns, and times inside it are of the
processor, so that other work on the machine weighs less. Intervals are 95 % percentile bootstraps
of a median, or of a ratio of medians. `--write` puts the tables into benchmarks/results.md.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import core
from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.plain_c import PlainC, compiler
from benchmarks.plain_mesa import PlainMesa
from divide.experiments.text import markdown
from divide.model import DigitalDivideModel, Scenario
from divide.model.model import PROCESSES, Process

Array = NDArray[np.float64]

RESULTS = Path(__file__).with_name("results.md")
PACKAGES = ("numpy", "numba", "mesa", "pandas", "scipy")
RESAMPLES = 2_000
NOTE = (
    "Medians with 95 % bootstrap intervals, after compilation. Processor time where nothing "
    "else is said. Compare numbers of one run only."
)


def seconds(call: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def answer(command: list[str]) -> tuple[float, float]:
    """Time of a command, on the clock and of the processor."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, cwd=RESULTS.parents[1], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return time.perf_counter() - start, used


def medians(sample: list[float]) -> Array:
    """Medians of bootstrap resamples, (RESAMPLES,)."""
    rng = np.random.default_rng(1)
    return np.median(rng.choice(sample, (RESAMPLES, len(sample))), axis=1)


def shown(middle: float, resampled: Array, digits: str) -> str:
    """A number with its 95 % interval."""
    low, high = np.percentile(resampled, (2.5, 97.5))
    return f"{middle:{digits}} ({low:{digits}} to {high:{digits}})"


def timed(sample: list[float], scale: float, digits: str) -> str:
    """Median of a sample of seconds with its interval, in other units."""
    return shown(float(np.median(sample)) * scale, medians(sample) * scale, digits)


def table(header: str, rows: list[list[str]]) -> str:
    """A table in Markdown; the first column is text."""
    names = [name.strip() for name in header.split("|")]
    rule = ["---"] + ["---:"] * (len(names) - 1)
    return markdown.table(names, rows, rule).rstrip("\n")


def firm_steps(sizes: dict[int, int]) -> str:
    """Firm-steps a second by number of firms; `sizes` gives the steps of plain Mesa."""
    rows = []
    for size, steps in sizes.items():
        conditions = Conditions.of(DigitalDivideModel(Scenario(firms=size)))
        columns, plain = ColumnFirms(conditions, 1), PlainMesa(conditions, 1)
        compiled = PlainC(conditions, 1) if compiler() else None
        slow: list[float] = []
        fast: list[float] = []
        native: list[float] = []
        for turn in range(steps + 1):
            mesa_step = seconds(plain.step)
            pairs = [
                (seconds(columns.step), seconds(compiled.step) if compiled else np.nan)
                for _ in range(10)
            ]
            if turn:  # the first compiles, or loads what was compiled
                slow.append(mesa_step)
                fast += [ours for ours, _ in pairs]
                native += [theirs for _, theirs in pairs]
        rows.append(
            [
                f"{size:,}",
                f"{size / np.median(slow):,.0f}",
                f"{size / np.median(fast):,.0f}",
                _ratio(slow, fast, ",.0f"),
                _ratio(native, fast, ".2f") if compiled else "no compiler",
                f"{steps} / {len(fast)}",
            ]
        )
    return table(
        "firms|plain Mesa, firm-steps/s|columns, firm-steps/s|columns over plain Mesa"
        "|columns over C|steps timed",
        rows,
    )


def _ratio(slow: list[float], fast: list[float], digits: str) -> str:
    """How many times as fast the second is, with its interval."""
    middle = float(np.median(slow) / np.median(fast))
    return shown(middle, medians(slow) / medians(fast), digits)


def many_firms(firms: int, steps: int) -> str:
    """Time of a quarter and bytes of so many firms, without anything but firms."""
    columns = ColumnFirms(Conditions.of(DigitalDivideModel(Scenario(firms=firms))), 1)
    columns.step()
    quarters = [seconds(columns.step) for _ in range(steps)]
    held = columns.firms.nbytes / firms
    rows = [[f"{firms:,}", timed(quarters, 1e3, ".1f"), f"{held:.0f}"]]
    return table("firms|ms a quarter|bytes a firm", rows)


def whole_run(plan: Scenario, repeats: int) -> str:
    """Parts of a run, and the processes of its steps."""
    spent: dict[str, list[float]] = {}

    def watched(process: Process) -> Process:
        name = f"{process.__module__.rsplit('.', 1)[-1]}.{process.__name__}"

        def run(m: DigitalDivideModel) -> None:
            spent[name][-1] += seconds(lambda: process(m))

        spent[name] = []
        return run

    processes = [watched(process) for process in PROCESSES]
    DigitalDivideModel(plan).run()  # compiles, or loads what was compiled
    parts: dict[str, list[float]] = {"construction": [], "steps": [], "results()": []}
    for _ in range(repeats):
        start = time.process_time()
        m = DigitalDivideModel(plan, processes)
        parts["construction"].append(time.process_time() - start)
        for times in spent.values():
            times.append(0.0)
        start = time.process_time()
        for _ in range(plan.steps):
            m.step()
        parts["steps"].append(time.process_time() - start)
        parts["results()"].append(seconds(m.results))
    spent["recording"] = [
        whole - sum(times[k] for times in spent.values()) for k, whole in enumerate(parts["steps"])
    ]
    total = [sum(times) for times in zip(*parts.values(), strict=True)]

    def rows(found: dict[str, list[float]]) -> list[list[str]]:
        return [
            [name, timed(times, 1e3, ".1f"), f"{min(times) * 1e3:.1f}"]
            for name, times in found.items()
        ]

    order = sorted(spent, key=lambda name: -np.median(spent[name]))
    return "\n\n".join(
        (
            f"{plan.firms:,} firms, {plan.steps} quarters, {repeats} runs:",
            table("part|ms, median|fastest", rows({**parts, "all": total})),
            table("process|ms a run, median|fastest", rows({name: spent[name] for name in order})),
        )
    )


def core_of_adoption(repeats: int) -> str:
    """The core without firms, 18 years: compiled, as processes, and before it was rebuilt."""
    kinds = {
        "adoption, compiled, on what drove it in a recorded run, as the fit has it": core.compiled(
            10 * repeats
        ),
        "all as processes of the model": core.as_processes(repeats),
        f"all as processes, before the rebuild ({core.BEFORE})": core.before(repeats),
    }
    *_, old = kinds.values()
    rows = []
    for name, times in kinds.items():
        ratio = float(np.median(old) / np.median(times))
        resampled = medians(old) / medians(times)
        rows.append(
            [name, timed(times, 1e3, ".2f"), f"{min(times) * 1e3:.2f}",
             "1" if times is old else shown(ratio, resampled, ".3g")]
        )  # fmt: skip
    return (
        f"Networks, prices, skills, adoption and growth from {core.START} to {core.UNTIL} in "
        "quarters, construction left out; processor time of one thread:\n\n"
        + table("core|ms, median|fastest|times as fast as before", rows)
    )


def memory(firms: int) -> str:
    """Bytes a firm: what the columns hold, and what plain Mesa objects allocate."""
    conditions = Conditions.of(DigitalDivideModel(Scenario(firms=firms)))
    tracemalloc.start()
    plain = PlainMesa(conditions, 1)
    held = tracemalloc.get_traced_memory()[0] / len(plain.agents)
    tracemalloc.stop()
    column = conditions.firms.bytes_per_firm
    rows = [[f"{firms:,}", f"{column}", f"{held:.0f}", f"{held / column:.0f}"]]
    return table("firms|columns, bytes a firm|plain Mesa, bytes a firm|ratio", rows)


FIRST_QUARTER = (
    "from divide.model import DigitalDivideModel, Scenario; DigitalDivideModel(Scenario()).step()"
)


def start_up(repeats: int) -> str:
    """Time from the shell to an answer, compiled code cached."""
    divide = [sys.executable, "-m", "divide"]
    with tempfile.TemporaryDirectory() as scratch:
        one_year = [*divide, "run", "--until", "2023", "--replicates", "1"]
        calls = {
            "divide --help": [*divide, "--help"],
            "divide levers": [*divide, "levers"],
            "import, construction and first quarter": [sys.executable, "-c", FIRST_QUARTER],
            "divide run: two policies, one year, report": [*one_year, "--out", f"{scratch}/run"],
        }
        rows = []
        for name, command in calls.items():
            times = []
            for k in range(repeats + 1):
                here = [f"{part}{k}" if part.startswith(scratch) else part for part in command]
                times.append(answer(here))
            clock, used = map(list, zip(*times[1:], strict=True))  # the first fills caches
            rows.append([name, timed(used, 1.0, ".2f"), timed(clock, 1.0, ".2f")])
    return table("command|processor, seconds|clock, seconds", rows)


def machine() -> str:
    """The machine in general words, and the versions that matter."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {packages}."
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description="Speed and memory of the model.")
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results.md")
    asked = parser.parse_args()
    sizes = {2_000: 2} if asked.quick else {10_000: 20, 100_000: 6, 1_000_000: 3}
    plan = Scenario(firms=2_000, until=2024) if asked.quick else Scenario()
    repeats = 3 if asked.quick else 15
    sections = {
        "Firms: columns against plain Mesa and C": lambda: firm_steps(sizes),
        "Ten million firms": lambda: many_firms(10_000 if asked.quick else 10_000_000, 10),
        "A whole run": lambda: whole_run(plan, repeats),
        "The core without firms": lambda: core_of_adoption(repeats),
        "Memory": lambda: memory(2_000 if asked.quick else 100_000),
        "Start of the command": lambda: start_up(1 if asked.quick else 5),
    }
    text = f"# Speed\n\nMade by `python -m docs.pages --write speed`. {machine()}\n\n{NOTE}\n"
    print(text)
    for title, measure in sections.items():
        section = f"\n## {title}\n\n{measure()}\n"
        print(section, flush=True)
        text += section
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"Peak memory of this program: {peak:.1f} GiB")
    if asked.write:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
