"""How an experiment stands, for people at the terminal."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from divide.experiments.keep.ledger import Failed, Ledger
from divide.experiments.keep.lock import held, holder
from divide.experiments.keep.strays import check_newest
from divide.experiments.text.units import plain, span

#: Failures that are shown one by one.
SHOWN = 10


@dataclass(frozen=True)
class Status:
    """What the ledger of a folder says.

    Attributes:
        total: Runs to be done; the most, where a stated precision decides.
        seconds_a_run: Mean time of a finished run; NaN if there is none.
        workers: Of the last session; None on a cluster, where they come and go.
        writer: Who writes there now: pid, host, since; None if nobody does.
        digest: Of all figures so far.
    """

    folder: Path
    name: str
    total: int
    at_most: bool
    done: int
    failures: list[Failed]
    seconds_a_run: float
    workers: int | None
    writer: dict[str, Any] | None
    digest: str

    @property
    def left(self) -> int:
        """Runs neither done nor failed."""
        return max(self.total - self.done - len(self.failures), 0)

    @property
    def seconds_left(self) -> float:
        """Time to the end with as many workers as last; NaN if these or a run's are not known."""
        return self.left * self.seconds_a_run / self.workers if self.workers else math.nan


def read_status(folder: str | Path) -> Status:
    """How the experiment in a folder stands.

    Raises:
        InputError: There is none.
    """
    folder = Path(folder)
    with Ledger(folder) as ledger:
        check_newest(folder, ledger)
        sessions = ledger.get("sessions", [])
        done, _ = ledger.counts()
        return Status(
            folder,
            ledger.get("name", folder.name),
            int(ledger.get("total", done)),
            bool(ledger.get("at_most", False)),
            done,
            ledger.failures(),
            ledger.seconds(),
            sessions[-1]["workers"] if sessions else 1,
            holder(folder) if held(folder) else None,
            ledger.result_digest(),
        )


def print_status(status: Status) -> None:
    """Done, failed, left, time left and what to do next."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    most = "at most " if status.at_most else ""
    console.print(f"{plain(status.name)}: {most}{status.total:,} runs in {status.folder}")
    failed = len(status.failures)
    line = f"done {status.done:,}, failed {failed:,}, left {most}{status.left:,}"
    if status.left and not math.isnan(status.seconds_left):
        line += f"; about {span(status.seconds_left)} to go"
    console.print(line)
    print_failures(console, status.failures)
    if status.writer is not None:
        who = status.writer
        console.print(
            f"process {who['pid']} on {who['host']} works on it since {plain(who['since'])}"
        )
    elif status.left:
        console.print("nobody works on it; the command that began it goes on with it")
    if failed:
        console.print(f"`divide retry {status.folder}` runs the failed ones again")
    console.print(f"digest of the results so far {status.digest}")


def print_failures(console: Console, failures: list[Failed]) -> None:
    """How many runs failed in which way, and the first of them."""
    kinds = Counter(failure.kind for failure in failures)
    if len(failures) > SHOWN:
        console.print(", ".join(f"{kind}: {count:,}" for kind, count in kinds.most_common()))
    for failure in failures[:SHOWN]:
        where = ""
        if failure.policy is not None:
            where = f" ({failure.policy}, point {failure.point}, seed {failure.seed})"
        text = f"  run {failure.run}{where}: {failure.kind}: {plain(failure.message)[:200]}"
        console.print(Text(text, "yellow"))
    if len(failures) > SHOWN:
        console.print(f"  and {len(failures) - SHOWN:,} more, in the ledger's table failures")
