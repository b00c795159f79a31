"""A sweep folder read for analysis: its runs joined with what they were given, in pandas or SQL.

Only acknowledged shards are read, through DuckDB. A run that failed or has not been run never
enters an analysis without being asked for: `Sweep.ends`, on which every analysis stands, refuses.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.shards import RUN, Held, damaged, ends, files, read
from divide.experiments.keep.strays import check_newest
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.kept import TABLES
from divide.experiments.plan.precision import enough
from divide.experiments.read.question import (
    LIMIT_S,
    answer,
    confine,
    database,
    understood,
)
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError

#: Names of tables that SQL keeps for itself, and what they are called there.
VIEWS = {"group": "groups"}
DONE, FAILED, MISSING = "done", "failed", "missing"
NUMBER = f'"{RUN}"'
#: The number of the part, from the name of the file.
PART = "CAST(parse_filename(s.filename, true) AS BIGINT)"
KEYS = ["run", "policy", "point", "replicate"]


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """The runs of an experiment on the disk.

    Attributes:
        folder: Where it is.
        experiment: What was asked for.
        shards: Paths of the acknowledged shards by table.
        held: Runs stored, and the part of the shards that holds each.
        failed: Numbers of those that failed, in order.
    """

    folder: Path
    experiment: Experiment
    shards: dict[str, list[str]]
    held: Held
    failed: np.ndarray

    @property
    def done(self) -> np.ndarray:
        """Numbers of the runs stored, in order."""
        return self.held.run

    def __repr__(self) -> str:
        """What was run, how much of it is done, and what was kept."""
        e = self.experiment
        several = "replicate" if self.replicates == 1 else "replicates"
        return (
            f"Sweep {e.name} in {self.folder}: {self._status()}\n"
            f"  policies: {', '.join(e.names)}\n"
            f"  {len(e.points):,} points ({e.design.kind}), {self.replicates:,} {several}, "
            f"{e.base.start} to {e.base.until}\n"
            f"  outcomes: {len(e.outcomes)}, country columns: {len(e.countries)}, by {e.every}"
        )

    def _repr_html_(self) -> str:
        """A small table for notebooks: how many runs of each policy are done."""
        counts = self.runs.groupby(["policy", "status"], sort=False).size().unstack(fill_value=0)
        return f"<p>Sweep {escape(self.experiment.name)}: {self._status()}</p>{counts.to_html()}"

    def _status(self) -> str:
        return ", ".join(f"{self.count(each):,} {each}" for each in (DONE, FAILED, MISSING))

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
        """US$ by lever of every finished run: in all, with a report by year and country."""
        when = ["iso3", "year"] if self.experiment.report else []
        return self._table("spend", "lever", *when)

    @property
    def _when(self) -> list[str]:
        return ["year"] if self.experiment.every == "year" else ["year", "quarter"]

    def rows(self, name: str) -> pd.DataFrame:
        """A table as it was kept, number of the stored run first, in the order of these runs."""
        parts = [read(file, self.held) for file in self.shards[name]]
        frame = pa.concat_tables(parts, promote_options="permissive").to_pandas()
        return frame.sort_values(RUN, kind="stable", ignore_index=True)

    def _table(self, name: str, *order: str) -> pd.DataFrame:
        if not self.shards[name]:
            return pd.DataFrame(columns=KEYS)
        ordered = ", ".join(["run", *order])
        return self.query(f"SELECT * FROM {name} ORDER BY {ordered}", seconds=math.inf)  # noqa: S608

    @property
    def inputs(self) -> pd.DataFrame:
        """What each run was given of what the design varies: run, and one column a factor.

        A lever that the reference never had is missing (NaN, in SQL NULL).
        """
        return self.query("SELECT * FROM inputs ORDER BY run", seconds=math.inf)

    def count(self, status: str) -> int:
        """How many runs are "done", "failed" or "missing"."""
        return int((self.runs["status"] == status).sum())

    @property
    def result_digest(self) -> str:
        """SHA-256 of every figure of every finished run."""
        with Ledger(self.folder) as ledger:
            return ledger.result_digest()

    def check_complete(self) -> None:
        """Raise InputError, saying how many runs failed or are missing, if any did or are."""
        failed, missing = self.count(FAILED), self.count(MISSING)
        if failed or missing:
            raise InputError(
                f"{self.folder}: {failed:,} of {len(self.runs):,} runs failed and {missing:,} are "
                "missing; finish it with the command that began it or "
                f"`divide retry {self.folder}`, or ask for an incomplete analysis"
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
                raise InputError(unknown("outcome of these runs", name, kept))
        if not incomplete:
            self.check_complete()
        runs = self.runs[self.runs["status"] == DONE]
        stored = self._stored_ends(outcomes)
        found = runs[[*KEYS, "stored"]].merge(stored, left_on="stored", right_index=True)
        return found.drop(columns="stored").sort_values("run", ignore_index=True)

    def query(
        self, sql: str, given: Mapping[str, Any] | None = None, seconds: float = LIMIT_S
    ) -> pd.DataFrame:
        """The answer of DuckDB to a question about runs, inputs, design, model, country and spend.

        `model`, `country` and `spend` hold rows of every run that is done, also where one run
        stands for several. A comparison has `groups` and `platform` too. Nothing else can be read,
        and nothing written (see `question`).

        Args:
            sql: The question, one SELECT, WITH, DESCRIBE or SHOW.
            given: Values for its parameters $name.
            seconds: When it is given up.

        Raises:
            InputError: The question is not understood or not allowed, takes too long, or a shard
                cannot be read.
        """
        with database() as made:
            made.register("runs", self.runs)
            made.register("design", self.experiment.inputs())
            with understood():
                made.execute(self._given)
                made.register("done_runs", self._done_runs)
                for name in TABLES:
                    self._view(made, name)
                confine(made, (file for name in TABLES for file in self.shards[name]))
            return answer(made, sql, given, seconds)

    @property
    def _given(self) -> str:
        """SQL that makes the table `inputs`: by run, since levers leave the reference alone."""
        experiment, columns = self.experiment, ["r.run"]
        for factor in experiment.factors:
            name = _quoted(factor.name)
            value = f"d.{name}"
            if factor.role == "lever" and experiment.reference is not None:
                reference = experiment.reference.replace("'", "''")
                value = f"CASE WHEN r.policy <> '{reference}' THEN {value} END"
            columns.append(f"{value} AS {name}")
        chosen = ", ".join(columns)
        return f"CREATE VIEW inputs AS SELECT {chosen} FROM runs r JOIN design d USING (point)"  # noqa: S608

    @property
    def _done_runs(self) -> pd.DataFrame:
        """Runs that are done, each with the part that holds its rows."""
        runs = self.runs[self.runs["status"] == DONE]
        return runs.assign(part=self.held.part[np.searchsorted(self.done, runs["stored"])])

    def _stored_ends(self, outcomes: Sequence[str]) -> pd.DataFrame:
        """Outcomes at the end of each stored run, by its number."""
        return ends(self.shards["model"], self.held, outcomes, self.experiment.base.until)

    def _view(self, made: duckdb.DuckDBPyConnection, name: str) -> None:
        """A table of a run that is done, from the part that the ledger names and no other."""
        if not self.shards[name]:
            return
        stored = made.read_parquet(self.shards[name], union_by_name=True, filename=True)
        stored.create_view(f"stored_{name}")
        made.execute(
            f"CREATE VIEW {VIEWS.get(name, name)} AS "  # noqa: S608
            f"SELECT r.run, r.policy, r.point, r.replicate, s.* EXCLUDE ({NUMBER}, filename) "
            f"FROM stored_{name} s JOIN done_runs r ON r.stored = s.{NUMBER} "
            f"AND r.part = {PART}"
        )


def _quoted(name: str) -> str:
    """A name as SQL has it, whatever its letters."""
    return '"' + name.replace('"', '""') + '"'


def load(folder: str | Path) -> Sweep:
    """The runs in a folder, finished or not.

    Raises:
        InputError: It holds no runs, or a file of it cannot be read or is damaged.
    """
    folder = Path(folder)
    with Ledger(folder) as ledger:
        check_newest(folder, ledger)
        experiment = read_folder(folder)
        for shard, what in damaged(folder, ledger.shards()).items():
            raise InputError(
                f"{folder / shard.path}: {what}; the command that made it makes it anew"
            )
        shards = {name: files(folder.absolute(), ledger, name) for name in TABLES}
        held = Held(*ledger.done_in_parts())
        return Sweep(folder, experiment, shards, held, ledger.failed())
