"""Works out what is handed in: figures of a board are computed here, never taken from a browser."""

import logging
import threading
from concurrent.futures import CancelledError
from pathlib import Path

from divide.app.rooms.aim import paths
from divide.app.rooms.records import Submission
from divide.app.rooms.registry import Rooms
from divide.app.server.engine import Busy, Engine, Rank, RunFailed
from divide.app.visit.interval import interval_of, pairs, status_quo
from divide.app.visit.result import Result
from divide.model.outcomes import DIMENSIONS, OUTCOMES
from divide.model.scenario import Scenario

#: What is kept of every scenario. An outcome for which no way is better cannot be ranked.
OFFERED = tuple(
    name
    for name in (
        *(f"{dimension}_{measure}" for measure in ("gini", "mean") for dimension in DIMENSIONS),
        *(name for name, outcome in OUTCOMES.items() if outcome.group not in DIMENSIONS),
    )
    if OUTCOMES[name].better != "neither"
)
#: Cost of the whole run in the headline: US$, as [value, status quo, low, high].
COST = "cost"
#: A run takes a quarter of a second; this long means that the server is stopping or stuck.
PATIENCE = 300.0
#: Rest between looks for work that another process may have left (seconds).
REST = 2.0

logger = logging.getLogger(__name__)


def evaluate(engine: Engine, scenario: Scenario) -> dict[str, list[float]]:
    """Headline of a scenario at the end of its run.

    Returns:
        For each outcome of `OFFERED`: value, status quo, and the bounds of the 90 % interval of
        the difference (see `Interval.difference`), in the outcome's unit; `COST`, and the
        shares of people online by year.

    Raises:
        Busy: The engine has too much to do.
        RunFailed: The model cannot run the scenario.
    """
    base = status_quo(scenario)
    wanted = [scenario, base, *pairs(scenario, base)]
    asked = [engine.request(run, Rank.INTERVAL, "rooms") for run in wanted]
    you, before, *others = [future.result(PATIENCE) for future in asked]
    return headline_of(you, before, tuple(others))


def headline_of(you: Result, before: Result, others: tuple[Result, ...]) -> dict[str, list[float]]:
    """Headline from the results of a scenario, of the status quo and of their `pairs`."""
    interval = interval_of(others)
    found = {}
    for name in OFFERED:
        values = float(you.series[name][-1]), float(before.series[name][-1])
        found[name] = [*values, *interval.difference(name, -1)[1:]]
    found |= paths(you, before)
    found[COST] = [you.cost, before.cost, you.cost, you.cost]
    return found


class Evaluator:
    """The rooms of a server, and the thread that computes what is handed in.

    Args:
        folder: Where the rooms are kept.

    Raises:
        InputError: The folder cannot be used (see `RoomFile`).
        StoreError: The disk is full or fails.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.rooms = Rooms.open(folder)
        self.engine = engine
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, daemon=True, name="room evaluator")
        self._thread.start()

    def notify(self) -> None:
        """Something was handed in."""
        self._wake.set()

    def close(self) -> None:
        """Stop computing and close the file; what waits is computed after the next start."""
        self._closed = True
        self._wake.set()
        self._thread.join(10)
        self.rooms.file.close()

    def _work(self) -> None:
        while not self._closed:
            try:
                for submission in self.rooms.waiting():
                    if self._closed:
                        return
                    self._compute(submission)
            except (Busy, TimeoutError, CancelledError):
                pass  # later
            except Exception:  # a full disk, say, must not end the evaluator
                logger.exception("scenarios of a room could not be computed")
            self._wake.wait(REST)
            self._wake.clear()

    def _compute(self, submission: Submission) -> None:
        try:
            headline = evaluate(self.engine, submission.scenario)
        except RunFailed as error:
            self.rooms.computed(submission.digest, None, str(error))
        else:
            self.rooms.computed(submission.digest, headline, "")
