"""Firm-steps a second of the columns, of plain Mesa, AgentPy and mesa-frames, and of C."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.figures import ratio, seconds, table
from benchmarks.plain_c import PlainC, compiler
from benchmarks.plain_mesa import PlainMesa
from divide.model import DigitalDivideModel, Scenario

#: Steps of a program in a turn: of whole columns, and of one object after another.
OFTEN, SELDOM = 10, 1
COLUMNS, MESA, C = "columns", "plain Mesa", "C"


def firm_steps(sizes: dict[int, int]) -> str:
    """Firm-steps a second by number of firms.

    Args:
        sizes: Steps of plain Mesa by number of firms.

    Raises:
        RuntimeError: A program is not the same model as the columns.
    """
    rows, beside = [], []
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running, missing = peers.start()
        for peer in running:
            stack.enter_context(peer)
        for peer in running:
            peer.check(scratch)
        for size, steps in sizes.items():
            conditions = Conditions.of(DigitalDivideModel(Scenario(firms=size)))
            taken = in_turns(conditions, steps, running, scratch)
            rows.append(_row(size, taken))
            beside += [_beside(peer.name, size, taken) for peer in running]
    found = table(
        "firms|plain Mesa, firm-steps/s|columns, firm-steps/s|columns over plain Mesa"
        "|columns over C|steps timed",
        rows,
    )
    if beside:
        found += "\n\nOther frameworks under the same rules, in the same turns:\n\n" + table(
            "framework|firms|firm-steps/s|over plain Mesa|columns over it|steps timed",
            sorted(beside, key=lambda row: row[0]),
        )
    reasons = [f"{name} is not measured: {' '.join(why.split())}" for name, why in missing.items()]
    return "\n\n".join([found, *reasons])


def in_turns(
    conditions: Conditions, steps: int, running: list[peers.Peer], scratch: Path
) -> dict[str, list[float]]:
    """Seconds of the steps of all programs, which take turns.

    Args:
        conditions: What the firms meet.
        steps: Turns that count; the first before them compiles, or loads what was compiled.
        running: Peers in environments of their own.
        scratch: Folder for what they are handed.
    """
    columns, plain = ColumnFirms(conditions, 1), PlainMesa(conditions, 1)
    for peer in running:
        peer.take(conditions, scratch)
    near = {COLUMNS: columns.step}
    if compiler():
        near[C] = PlainC(conditions, 1).step
    # Within a block programs alternate, and what a step leaves in the caches stays for the next.
    blocks: list[tuple[int, dict[str, Callable[[], float]]]] = [
        (SELDOM, {MESA: partial(seconds, plain.step)}),
        (OFTEN, {name: partial(seconds, step) for name, step in near.items()}),
        *((OFTEN if peer.by_columns else SELDOM, {peer.name: peer.step}) for peer in running),
    ]
    taken: dict[str, list[float]] = {name: [] for _, programs in blocks for name in programs}
    for turn in range(steps + 1):
        for often, programs in blocks:
            for name, step in list(programs.items()) * often:
                spent = step()
                taken[name] += [spent] if turn else []
    return taken


def _rate(size: int, sample: list[float]) -> str:
    return f"{size / np.median(sample):,.0f}"


def _row(size: int, taken: dict[str, list[float]]) -> list[str]:
    mesa, columns, compiled = taken[MESA], taken[COLUMNS], taken.get(C)
    return [
        f"{size:,}",
        _rate(size, mesa),
        _rate(size, columns),
        ratio(mesa, columns, ",.0f"),
        ratio(compiled, columns, ".2f") if compiled else "no compiler",
        f"{len(mesa)} / {len(columns)}",
    ]


def _beside(name: str, size: int, taken: dict[str, list[float]]) -> list[str]:
    sample = taken[name]
    return [
        name,
        f"{size:,}",
        _rate(size, sample),
        ratio(taken[MESA], sample, ".3g"),
        ratio(sample, taken[COLUMNS], ",.0f"),
        f"{len(sample)}",
    ]
