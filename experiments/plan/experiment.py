"""An experiment and its runs: design x policy x replicate, each worked out when asked for.

Run i of an experiment is found by arithmetic, so that a hundred thousand runs take no memory:
replicates vary slowest, so that more replicates only add runs at the end, then points, then
policies. By default all policies and points meet the same luck: replicate r has the seed of the
experiment plus r (common random numbers).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.experiments.plan.design import Array, Design, Factor, points_digest
from divide.experiments.plan.duplicates import first_equal
from divide.experiments.plan.precision import Precision
from divide.model.declare.extension import Extension
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Draws = Literal["common", "by_point", "by_replicate"]


@dataclass(frozen=True)
class Run:
    """One run of an experiment.

    Attributes:
        index: Its number, from 0.
        policy: Name of its policy; point: row of the design; replicate: from 0.
        scenario: What is run.
        digest: SHA-256 of the scenario and of what is kept of it; runs with equal digests have
            equal results, and one of them is run for all.
    """

    index: int
    policy: str
    point: int
    replicate: int
    scenario: Scenario
    digest: str


@dataclass(frozen=True, eq=False)
class Experiment:
    """What a sweep runs and keeps; made by `from_file` or `from_mapping`.

    Attributes:
        name: Short name, and title, for people.
        source: The text of the file it was read from.
        policies: Policies by name, the reference first if there is one.
        reference: Name of the policy that the others are compared with, untouched by levers.
        base: Period, first seed, size and fixed parameters.
        factors: What the design varies, in the order of the columns of `points`.
        points: The design, (points, factors).
        design: How the points were chosen.
        replicates: Runs of each policy at each point; the most, if `precision` is given.
        precision: When enough replicates are run; None runs all.
        random_numbers: "common": replicate r has the same seed everywhere. "by_point": every
            point has seeds of its own, the same for all policies.
        draws: Predictive draw of each run (`Scenario.draw`), the same for all policies. "common":
            that of `base` everywhere. "by_point": point k has that of `base` plus k, so that row k
            of a posterior keeps its draw. "by_replicate": replicate r has that of `base` plus r.
        outcomes: Columns of `Results.model` that are kept.
        countries: Columns of `Results.country` that are kept.
        every: "year" keeps the last record of each year, "quarter" all.
        limit_s: Seconds after which a run is given up.
        report: Whether all is kept that the report of a comparison needs (see `kept`).
    """

    name: str
    title: str
    source: str
    policies: Mapping[str, Policy]
    reference: str | None
    base: Scenario
    factors: tuple[Factor, ...]
    points: Array
    design: Design
    replicates: int
    precision: Precision | None
    random_numbers: Literal["common", "by_point"]
    outcomes: tuple[str, ...]
    countries: tuple[str, ...]
    every: Literal["year", "quarter"]
    limit_s: float
    report: bool = False
    draws: Draws = "common"

    @classmethod
    def from_file(cls, path: str | Path, extensions: tuple[Extension, ...] = ()) -> Self:
        """The experiment in a YAML file, or one that ships with the model by its name.

        Args:
            path: The file, or the name.
            extensions: What is added to the model beside what the file names.

        Raises:
            InputError: The file cannot be read, or a key or value is not allowed.
        """
        from divide.experiments.plan.file import read_experiment

        return cls(**read_experiment(path, extensions))

    @classmethod
    def from_mapping(
        cls,
        data: Mapping[str, Any],
        name: str = "experiment",
        folder: Path = Path(),
        extensions: tuple[Extension, ...] = (),
    ) -> Self:
        """The experiment in a mapping with the keys of a file; `policies` may hold `Policy`s.

        Args:
            data: Keys and values as in the file.
            name: Name of the experiment.
            folder: Where the files that it names are looked for.
            extensions: What is added to the model beside what it names.
        """
        from divide.experiments.plan.file import settings

        return cls(**settings(data, name, name, folder, extensions))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], points: "pd.DataFrame") -> Self:
        """The experiment that `as_dict` and `inputs` describe, whatever the sampler's version."""
        from divide.experiments.plan.json_form import from_plain

        return cls(**from_plain(data, points))

    def as_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back, but for the points."""
        from divide.experiments.plan.json_form import as_plain

        return as_plain(self)

    def __len__(self) -> int:
        """Number of runs, those with equal digests counted each; the most, with `precision`."""
        return self.replicates * len(self.points) * len(self.policies)

    def place(self, index: int) -> tuple[int, int, int]:
        """Replicate, point and policy (by number) of a run."""
        if not 0 <= index < len(self):
            raise IndexError(f"run {index} of {len(self)}")
        rest, policy = divmod(index, len(self.policies))
        replicate, point = divmod(rest, len(self.points))
        return replicate, point, policy

    @property
    def rounds(self) -> tuple[int, ...]:
        """Replicates in all at the end of each round; one round, unless `precision` is given."""
        return self.precision.rounds(self.replicates) if self.precision else (self.replicates,)

    def run(self, index: int) -> Run:
        """Run number `index`."""
        replicate, point, k = self.place(index)
        policy = self.names[k]
        values = self._values(k, point)
        drawn = {name: value for name, value in values.items() if "." in name}
        changes = {name: value for name, value in values.items() if "." not in name}
        scenario = replace(
            self.base,
            policy=self.policies[policy].with_levers(changes) if changes else self.policies[policy],
            seed=self._seed(replicate, point),
            draw=self._draw(replicate, point),
            parameters={**self.base.parameters, **drawn},
        )
        return Run(index, policy, point, replicate, scenario, self.digest_of(index))

    def digest_of(self, index: int) -> str:
        """The digest of a run, some hundred times quicker than the run itself.

        It is the digest of everything that the scenario is made of: policy and fixed settings,
        values at the point, seed, draw, and what is kept.
        """
        replicate, point, k = self.place(index)
        seed = self._seed(replicate, point)
        made = [self.common[k], self._values(k, point), seed]
        if self.draws != "common":  # otherwise it stands in what the runs have in common
            made.append(self._draw(replicate, point))
        text = json.dumps(made)
        return hashlib.sha256(text.encode()).hexdigest()

    def stored(self, runs: ArrayLike) -> NDArray[np.int64]:
        """For each run, by number, the first with its digest: the one that is run for both."""
        replicate, place = np.divmod(runs, len(self._first))
        return replicate * len(self._first) + self._first[place]

    def distinct(self) -> NDArray[np.int64]:
        """Numbers of the runs that have to be run, in order."""
        size = len(self._first)
        own = np.flatnonzero(self._first == np.arange(size))
        return (np.arange(self.replicates)[:, None] * size + own).ravel()

    @property
    def predictive(self) -> bool:
        """Whether point 0 is the central run and every other is what may become of it."""
        return self.design.kind == "predictive"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the policies, the reference first."""
        return tuple(self.policies)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the policies but the reference."""
        return tuple(name for name in self.policies if name != self.reference)

    @cached_property
    def identity(self) -> dict[str, str]:
        """SHA-256 of each thing that the results depend on, by what it is called.

        Comments of the file, its name and the time limit are no part of it.
        """
        data = self.as_dict()
        parts = {f"policy {policy['name']}": policy for policy in data["policies"]}
        data["policies"] = self.names
        for policy in parts.values():
            for key in ("title", "purpose", "source"):
                policy.pop(key)
        for key in ("name", "title", "limit_s"):
            data.pop(key)
        data["constants"].pop("extensions", None)  # it may stand elsewhere now
        parts |= {key: data.pop(key) for key in ("outcomes", "countries", "constants")}
        found = {name: _digest(part) for name, part in (parts | {"settings": data}).items()}
        found |= {f"extension {each.name}": each.digest for each in self.base.extensions}
        return {**found, "design points": points_digest(self.points)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that the results depend on."""
        return _digest(self.identity)

    def inputs(self) -> "pd.DataFrame":
        """The design: point and one column a factor, in the factor's unit."""
        import pandas as pd  # takes a while to load, and what is refused can do without

        columns = {factor.name: self.points[:, k] for k, factor in enumerate(self.factors)}
        return pd.DataFrame({"point": np.arange(len(self.points)), **columns})

    def _values(self, k: int, point: int) -> dict[str, float]:
        """What the design sets for a policy at a point; levers leave the reference alone."""
        row = self.points[point].tolist()
        return {
            factor.name: value
            for factor, value in zip(self.factors, row, strict=True)
            if factor.role == "uncertainty" or self.names[k] != self.reference
        }

    def _seed(self, replicate: int, point: int) -> int:
        if self.random_numbers == "by_point":
            return self.base.seed + replicate * len(self.points) + point
        return self.base.seed + replicate

    def _draw(self, replicate: int, point: int) -> int:
        return (
            self.base.draw + {"common": 0, "by_point": point, "by_replicate": replicate}[self.draws]
        )

    @cached_property
    def common(self) -> list[str]:
        """For each policy, the digest of what all its runs have in common."""
        kept = [self.outcomes, self.countries, self.every, self.report]
        return [
            _digest([replace(self.base, policy=policy).digest, kept])
            for policy in self.policies.values()
        ]

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        return first_equal(self)


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
