"""Progress of work in phases, with the time left."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def phase_bar(phases: Mapping[str, float]) -> Iterator[Callable[[str, int, int], None]]:
    """One bar on standard error over all phases.

    Args:
        phases: Work in each phase, in any unit, in order.

    Yields:
        A function to be told the phase, the runs done in it and its runs in all.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    names = list(phases)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=120) as bar:
        task = bar.add_task(names[0], total=sum(phases.values()))

        def told(phase: str, done: int, total: int) -> None:
            before = sum(phases[name] for name in names[: names.index(phase)])
            bar.update(task, description=phase, completed=before + phases[phase] * done / total)

        yield told
