"""A sweep folder read for analysis: its runs joined with what they were given, in pandas or SQL.

Only acknowledged shards are read, through DuckDB. A run that failed or has not been run never
enters an analysis without being asked for: `Sweep.ends`, on which every analysis stands, refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.shards import RUN, damaged, paths
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.precision import enough
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError

#: Tables of a sweep that hold results, and what DuckDB calls their stored form.
TABLES = ("model", "country", "spend")
DONE, FAILED, MISSING = "done", "failed", "missing"
NUMBER = f'"{RUN}"'
KEYS = ["run", "policy", "point", "replicate"]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep on the disk.

    Attributes:
        folder: Where it is.
        experiment: What was asked for.
        shards: Paths of the acknowledged shards by table.
        done: Numbers of the runs stored, and failed: of those that failed, in order.
    """

    folder: Path
    experiment: Experiment
    shards: dict[str, list[str]]
    done: np.ndarray
    failed: np.ndarray

    @cached_property
    def replicates(self) -> int:
        """Replicates of each policy and point that belong to the sweep.

        With a stated precision, as many as its rounds have run or have to run next.
        """
        experiment = self.experiment
        if experiment.precision is None:
            return experiment.replicates
        ends = self._stored_ends([experiment.precision.outcome]).iloc[:, 0]
        size = len(experiment.points) * len(experiment.policies)
        numbers = experiment.distinct()
        settled = np.concatenate([self.done, self.failed])
        for replicates in experiment.rounds:
            own = numbers[numbers < replicates * size]
            if not np.isin(own, settled).all() or enough(experiment, ends, replicates):
                return replicates
        return experiment.replicates

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run: run, policy, point, replicate, stored, status.

        `stored` is the number of the run that stands for it, `status` "done", "failed" or
        "missing".
        """
        e = self.experiment
        size = self.replicates * len(e.points) * len(e.policies)
        run = np.arange(size)
        stored = e.stored(run)
        place = np.unravel_index(run, (self.replicates, len(e.points), len(e.policies)))
        status = np.where(np.isin(stored, self.done), DONE, MISSING).astype(object)
        status[np.isin(stored, self.failed)] = FAILED
        return pd.DataFrame(
            {
                "run": run,
                "policy": np.array(e.names, dtype=object)[place[2]],
                "point": place[1],
                "replicate": place[0],
                "stored": stored,
                "status": status,
            }
        )

    @property
    def model(self) -> pd.DataFrame:
        """The outcomes of every finished run: run, policy, point, replicate, year, outcomes."""
        return self._table("model", *self._when)

    @property
    def country(self) -> pd.DataFrame:
        """The country columns of every finished run, if any were kept."""
        return self._table("country", "iso3", *self._when)

    @property
    def spend(self) -> pd.DataFrame:
        """US$ over the whole run by lever, of every finished run."""
        return self._table("spend", "lever")

    @property
    def _when(self) -> list[str]:
        return ["year"] if self.experiment.every == "year" else ["year", "quarter"]

    def _table(self, name: str, *order: str) -> pd.DataFrame:
        if not self.shards[name]:
            return pd.DataFrame(columns=KEYS)
        return self.query(f"SELECT * FROM {name} ORDER BY {', '.join(['run', *order])}")  # noqa: S608

    @property
    def inputs(self) -> pd.DataFrame:
        """The design: point, and one column a parameter or lever that it varies."""
        return self.experiment.inputs()

    def count(self, status: str) -> int:
        """How many runs are "done", "failed" or "missing"."""
        return int((self.runs["status"] == status).sum())

    def check_complete(self) -> None:
        """Raise InputError, saying how many runs failed or are missing, if any did or are."""
        failed, missing = self.count(FAILED), self.count(MISSING)
        if failed or missing:
            raise InputError(
                f"{self.folder}: {failed:,} of {len(self.runs):,} runs failed and {missing:,} are "
                f"missing; finish it with `divide sweep` or `divide retry {self.folder}`, or ask "
                "for an incomplete analysis"
            )

    def ends(self, outcomes: Sequence[str], *, incomplete: bool = False) -> pd.DataFrame:
        """Outcomes at the end of each run: run, policy, point, replicate, outcomes.

        Args:
            outcomes: Names of outcomes that were kept.
            incomplete: Leave out runs that failed or are missing, instead of refusing.

        Raises:
            InputError: Runs failed or are missing, or an outcome was not kept.
        """
        kept = dict.fromkeys(self.experiment.outcomes)
        for name in outcomes:
            if name not in kept:
                raise InputError(unknown("outcome kept", name, kept))
        if not incomplete:
            self.check_complete()
        ends = self._stored_ends(outcomes)
        runs = self.runs[self.runs["status"] == DONE]
        found = runs[[*KEYS, "stored"]].merge(ends, left_on="stored", right_index=True)
        return found.drop(columns="stored").sort_values("run", ignore_index=True)

    def query(self, sql: str, given: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The answer of DuckDB to a question about the tables runs, inputs, model, country, spend.

        `model`, `country` and `spend` hold a row for every run that is done, also where one run
        stands for several.

        Args:
            sql: The question.
            given: Values for its parameters $name.

        Raises:
            InputError: The question is not understood, or a shard cannot be read.
        """
        with self._database() as database, _understood():
            answer = database.sql(sql, params=given or None)
            return pd.DataFrame() if answer is None else answer.df()

    def _stored_ends(self, outcomes: Sequence[str]) -> pd.DataFrame:
        """Outcomes at the end of each stored run, by its number."""
        if not self.shards["model"]:
            return pd.DataFrame(columns=list(outcomes), index=pd.Index([], name=RUN), dtype=float)
        names = ", ".join(f'"{name}"' for name in outcomes)
        quarter = " AND quarter = 4" if self.experiment.every == "quarter" else ""
        with self._database(views=False) as database, _understood():
            database.read_parquet(self.shards["model"], union_by_name=True).create_view("stored")
            sql = f"SELECT {NUMBER}, {names} FROM stored WHERE year = ?{quarter}"  # noqa: S608
            found = database.execute(sql, [self.experiment.base.until]).df()
        return found.set_index(RUN).loc[lambda frame: frame.index.isin(self.done)]

    @contextmanager
    def _database(self, *, views: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        with closing(duckdb.connect(":memory:")) as database:
            if views:
                database.register("runs", self.runs)
                database.register("inputs", self.inputs)
                for name in TABLES:
                    self._view(database, name)
            yield database

    def _view(self, database: duckdb.DuckDBPyConnection, name: str) -> None:
        if not self.shards[name]:
            return
        with _understood():
            stored = database.read_parquet(self.shards[name], union_by_name=True)
            stored.create_view(f"stored_{name}")
            database.sql(
                f"CREATE VIEW {name} AS SELECT r.run, r.policy, r.point, r.replicate, "  # noqa: S608
                f"s.* EXCLUDE ({NUMBER}) FROM stored_{name} s JOIN runs r ON r.stored = s.{NUMBER} "
                f"WHERE r.status = '{DONE}'"
            )


def load(folder: str | Path) -> Sweep:
    """The sweep in a folder, finished or not.

    Raises:
        InputError: It holds no sweep, or a file of it cannot be read or is damaged.
    """
    folder = Path(folder)
    with Ledger(folder) as ledger:
        experiment = read_folder(folder)
        for shard, what in damaged(folder, ledger.shards()).items():
            raise InputError(
                f"{folder / shard.path}: {what}; the `divide sweep` that made it makes it anew"
            )
        shards = {name: paths(folder, ledger, name) for name in TABLES}
        return Sweep(folder, experiment, shards, ledger.done(), ledger.failed())


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise InputError(f"query: {str(error).strip()}") from None
