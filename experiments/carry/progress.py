"""How far work has come: in numbers, and as a bar."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from divide.experiments.text.units import span


@dataclass(frozen=True)
class Progress:
    """How many runs of an experiment are done.

    Attributes:
        total: Runs to be done, each counted once; the most, where a stated precision decides.
        done, failed: Of these, as acknowledged or about to be.
        seconds: Length of this session.
        fresh: Runs finished in this session.
    """

    total: int
    done: int
    failed: int
    seconds: float
    fresh: int

    @property
    def left(self) -> int:
        """Runs neither done nor failed."""
        return self.total - self.done - self.failed

    @property
    def seconds_left(self) -> float:
        """Time to the end at the pace of this session; NaN before its first run."""
        return self.left * self.seconds / self.fresh if self.fresh else float("nan")


#: Told how far it is, several times a second.
Listener = Callable[[Progress], None]


@contextmanager
def progress_bar() -> Iterator[Listener]:
    """A bar on standard error: runs finished, failed, and time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("runs"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}", style="yellow"),
        TextColumn("{task.fields[left]}"),
    )
    console = Console(stderr=True)
    # A complaint before the first word on how it stands takes the place of the bar.
    with Bar(*columns, console=console, refresh_per_second=4, transient=True) as bar:
        task = bar.add_task("runs", total=None, failed="", left="starting")

        def show(progress: Progress) -> None:
            bar.live.transient = False
            over = progress.done + progress.failed
            left = f"{span(progress.seconds_left)} left" if progress.fresh else "starting"
            bar.update(
                task,
                total=progress.total,
                completed=over,
                failed=f"{progress.failed:,} failed" if progress.failed else "",
                left=left if over < progress.total else "",
            )

        yield show


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
