"""Speed and memory: `python -m benchmarks.speed [--quick] [--write]`.

Firms as columns against plain Mesa, AgentPy, mesa-frames and the same rules in C (`firms.c`, where
there is a compiler), ten million firms, a whole default run by process, the core without firms and
the start of the command against those of an earlier version, what many runs take and memory a
firm. All
comparisons are of one run of this program: programs take turns, and times inside it are of the
processor, so that other work on the machine weighs less. Intervals are 95 % percentile bootstraps
of a median, or of a ratio of medians. `--write` puts the tables into benchmarks/results.md.
"""

import argparse
import os
import platform
import resource
import subprocess
import tempfile
import time
import tracemalloc
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import core
from benchmarks.before import BEFORE, FIRST_QUARTER, Runs, Version
from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.figures import medians, seconds, shown, table, timed
from benchmarks.firm_steps import firm_steps
from benchmarks.plain_mesa import PlainMesa
from divide.model import DigitalDivideModel, Scenario

RESULTS = Path(__file__).with_name("results.md")
PACKAGES = ("numpy", "numba", "mesa", "pandas", "scipy")
NOTE = (
    "Medians with 95 % bootstrap intervals, after compilation. Processor time where nothing "
    "else is said. Compare numbers of one run only."
)


def answer(command: list[str], version: Version) -> tuple[float, float]:
    """Time of a command of a version, on the clock and of the processor."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command, cwd=version.folder, env=version.variables, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return time.perf_counter() - start, used


def many_firms(firms: int, steps: int) -> str:
    """Time of a quarter and bytes of so many firms, without anything but firms."""
    columns = ColumnFirms(Conditions.of(DigitalDivideModel(Scenario(firms=firms))), 1)
    columns.step()
    quarters = [seconds(columns.step) for _ in range(steps)]
    held = columns.firms.nbytes / firms
    rows = [[f"{firms:,}", timed(quarters, 1e3, ".1f"), f"{held:.0f}"]]
    return table("firms|ms a quarter|bytes a firm", rows)


#: Parts of a run that are no process of the model, and the sums that are told of it.
PARTS = ("construction", "steps", "results()")
COUNTRY_SIDE = "all processes but firms, and recording"


def parts_of(found: tuple[dict[str, float], dict[str, float]]) -> dict[str, float]:
    """Seconds of a run by part and process, with what is left of the steps and the sums."""
    parts, processes = found
    recording = parts["steps"] - sum(processes.values())
    firms = sum(used for name, used in processes.items() if name.startswith("firms."))
    return {
        "all": sum(parts.values()),
        COUNTRY_SIDE: parts["steps"] - firms,
        "construction": parts["construction"],
        "results()": parts["results()"],
        **processes,
        "recording": recording,
    }


def whole_run(policy: str, firms: int, repeats: int) -> str:
    """Default runs of this version and of the earlier one, which take turns."""
    samples: dict[str, dict[str, list[float]]] = {"now": {}, "before": {}}
    with Runs(Version("now")) as now, Runs(Version("before")) as before:
        for k in range(repeats + 1):
            for name, runs in (("before", before), ("now", now)):
                found = parts_of(runs.run(policy, firms if name == "now" else 0))
                for part, used in found.items():
                    if k:
                        samples[name].setdefault(part, []).append(used)
    new, old = samples["now"], samples["before"]
    order = sorted(new, key=lambda part: -float(np.median(new[part])))
    rows = [
        [part, timed(new[part], 1e3, ".1f"), *against(new[part], old.get(part))] for part in order
    ]
    number = f"{firms:,} firms" if firms else "the default number of firms"
    return (
        f"Policy {policy}, {repeats} runs each; now with {number}, {BEFORE} with 20,000:\n\n"
        + table(f"part|ms a run, median|{BEFORE}, ms|share of it", rows)
    )


def against(new: list[float], old: list[float] | None) -> list[str]:
    """The median before, in ms, and the ratio of the medians with its interval."""
    if not old or not np.median(old):
        return ["", ""]
    ratio = float(np.median(new) / np.median(old))
    return [timed(old, 1e3, ".1f"), shown(ratio, medians(new) / medians(old), ".2f")]


def core_of_adoption(repeats: int) -> str:
    """The core without firms, 18 years: compiled, as processes, and before it was rebuilt."""
    kinds = {
        "adoption, compiled, on what drove it in a recorded run, as the fit has it": core.compiled(
            10 * repeats
        ),
        "all as processes of the model": core.as_processes(repeats),
        f"all as processes, before the rebuild ({BEFORE})": core.before(repeats),
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


def start_up(repeats: int) -> str:
    """Time from the shell to an answer, compiled code cached, against the earlier version.

    It is measured as each version's notes on installation leave it, in an environment that writes
    no byte code (ours compiles it, the earlier one did not), and where byte code is kept.
    """
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for title, byte_code in (("as installed", False), ("byte code kept", True)):
            new, old = (Version(name, byte_code=byte_code) for name in ("now", "before"))
            for what in ("--help", "first quarter", "run of a year"):
                taken: dict[str, list[tuple[float, float]]] = {"now": [], "before": []}
                for k in range(repeats + 1):
                    for version in (old, new):
                        out = f"{scratch}/{title}-{version.name}-{k}"
                        used = answer(command(version, what, out), version)
                        if k:  # the first fills caches
                            taken[version.name].append(used)
                clock, used_now = map(list, zip(*taken["now"], strict=True))
                _, before = map(list, zip(*taken["before"], strict=True))
                ratio = shown(
                    float(np.median(used_now) / np.median(before)),
                    medians(used_now) / medians(before),
                    ".2f",
                )
                cells = [timed(each, 1.0, ".2f") for each in (used_now, before)]
                rows.append([f"{what}, {title}", *cells, ratio, timed(clock, 1.0, ".2f")])
    return table(f"command|processor, s|{BEFORE}, s|share of it|clock, s", rows)


def command(version: Version, what: str, out: str) -> list[str]:
    """The words of a command of a version.

    Args:
        version: Whose command.
        what: "--help", "first quarter" (import, construction and a step) or "run of a year"
            (two policies and a report).
        out: Folder that a run is written to.
    """
    if what == "first quarter":
        return [version.python, "-c", FIRST_QUARTER[version.name]]
    if what == "--help":
        return [*version.divide, what]
    return [*version.divide, "run", "--until", "2023", "--replicates", "1", "--out", out]


def many_runs(runs: int) -> str:
    """What 100,000 default runs take, told from some; half of them have a policy."""
    from benchmarks.sweep import projection

    return projection(runs)


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
    parser.add_argument("--firms", type=int, default=0, help="firms of a whole run now")
    parser.add_argument("--runs", type=int, default=2_000, help="runs that 100,000 are told from")
    asked = parser.parse_args()
    sizes = {2_000: 2} if asked.quick else {10_000: 20, 100_000: 6, 1_000_000: 3}
    repeats = 3 if asked.quick else 15
    sections = {
        "Firms: columns against plain Mesa, AgentPy, mesa-frames and C": lambda: firm_steps(sizes),
        "Ten million firms": lambda: many_firms(10_000 if asked.quick else 10_000_000, 10),
        "A whole run": lambda: "\n\n".join(
            whole_run(policy, asked.firms, repeats) for policy in ("status_quo", "balanced")
        ),
        "100,000 default runs on two cores": lambda: many_runs(40 if asked.quick else asked.runs),
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
