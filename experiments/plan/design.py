"""Designs: which combinations of uncertain parameters and levers a sweep visits.

Every sampler draws in the unit cube and is then stretched to each factor's range, or to the
quantiles of its prior, so that factors in different units meet the same sampler. Sobol and Morris
designs are SALib's.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from divide.experiments.plan.csvfile import MOST_NUMBERS
from divide.model.declare.checks import check_number
from divide.model.declare.errors import InputError
from divide.model.declare.levers import Lever
from divide.model.declare.parameters import Parameter
from divide.model.declare.priors import Prior, Spike, read_prior

Array = NDArray[np.float64]
KINDS = ("factorial", "latin_hypercube", "sobol", "morris", "table", "posterior", "predictive")


@dataclass(frozen=True)
class Factor:
    """What a design varies: a parameter of the model or the intensity of a lever.

    Attributes:
        name: Full name of a parameter ("adoption.imitation") or name of a lever ("five_g").
        role: "uncertainty" applies to every policy, "lever" to every policy but the reference.
        low: Least value; high: greatest value.
        values: Where not empty, the only values taken.
        prior: Distribution between `low` and `high` as it is declared; None is uniform.
    """

    name: str
    role: Literal["uncertainty", "lever"]
    low: float
    high: float
    values: tuple[float, ...] = ()
    prior: Mapping[str, Any] | None = None

    @classmethod
    def declared(cls, what: Parameter | Lever) -> Self:
        """A parameter over its prior, or a lever over its bounds."""
        if isinstance(what, Lever):
            return cls(what.name, "lever", *what.bounds)
        return cls(what.name, "uncertainty", *what.bounds, prior=what.prior.as_dict())

    @property
    def distribution(self) -> Prior:
        """How the values are spread over the range."""
        return read_prior(self.prior, (self.low, self.high))

    def stretched(self, unit: Array) -> Array:
        """Values of this factor for numbers from 0 to 1, (n,)."""
        if not self.values:
            return self.distribution.ppf(unit)
        place = np.minimum((unit * len(self.values)).astype(int), len(self.values) - 1)
        return np.array(self.values)[place]

    def steps(self, levels: int) -> tuple[float, ...]:
        """The values, or `levels` from the least to the greatest, equally far or equally likely."""
        if self.prior is not None:
            return tuple(self.stretched(np.linspace(0, 1, levels)).tolist())
        return self.values or tuple(np.linspace(self.low, self.high, levels).tolist())


@dataclass(frozen=True)
class Design:
    """How the factors are varied.

    Attributes:
        kind: One of `KINDS`.
        n: Points of a Latin hypercube; base sample of a Sobol design, a power of two; trajectories
            of a Morris design; draws of the posterior that are used, the first of the file;
            futures beside the central run of a predictive design.
        levels: Values of each range in a factorial design; levels of the Morris grid.
        second_order: Whether a Sobol design serves indices of pairs too (twice the runs).
        file: Where a table or the draws come from; "shipped" for those that come with the model.
        seed: Seed of the sampler.
    """

    kind: str = "factorial"
    n: int = 0
    levels: int = 0
    second_order: bool = False
    file: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        if self.kind in ("latin_hypercube", "sobol", "morris"):
            check_number(self.n, (2, 10_000_000), f"for a {self.kind} design", "n")
        if self.kind == "sobol" and self.n & (self.n - 1):
            near = 2 ** round(np.log2(self.n))
            raise InputError(f"{self.n}; allowed: powers of two, for example {near}", ("n",))
        if self.kind == "morris" and (self.levels < 2 or self.levels % 2):
            raise InputError(f"{self.levels}; allowed: even numbers from 2", ("levels",))

    def points(self, factors: tuple[Factor, ...]) -> Array:
        """Every point of the design, (points, factors), in the units of the factors.

        Tables, posterior draws and futures are not sampled: their points come from their file.

        Raises:
            InputError: The design would be too large, or cannot vary one of the factors.
        """
        if not factors:
            return np.zeros((1, 0))
        self._check_size(factors)
        if self.kind == "factorial":
            steps = [factor.steps(self.levels) for factor in factors]
            return np.array(list(product(*steps)), dtype=float)
        unit = self._unit(factors)
        return np.column_stack([f.stretched(unit[:, k]) for k, f in enumerate(factors)])

    def _check_size(self, factors: tuple[Factor, ...]) -> None:
        k = len(factors)
        counts = {
            "factorial": int(np.prod([float(len(f.values) or self.levels) for f in factors])),
            "sobol": self.n * (2 * k + 2 if self.second_order else k + 2),
            "morris": self.n * (k + 1),
        }
        points = counts.get(self.kind, self.n)
        if points * k > MOST_NUMBERS:
            raise InputError(
                f"{points:,} points of {k} factors; allowed: {MOST_NUMBERS // k:,} points"
            )
        for factor in factors:
            if self.kind == "morris" and factor.values:
                raise InputError(f"morris steps through ranges; give {factor.name} as [low, high]")
            prior = factor.distribution
            if self.kind == "morris" and isinstance(prior, Spike) and prior.zero >= 0.5:
                raise InputError(
                    f"morris steps by half of the prior, and half of {factor.name} is 0; "
                    "give it as [low, high]"
                )

    def _unit(self, factors: tuple[Factor, ...]) -> Array:
        """Points in the unit cube, (points, factors)."""
        if self.kind == "latin_hypercube":
            return hypercube(self.n, len(factors), self.seed)
        from SALib.sample import morris, sobol  # takes seconds to load

        described = problem(factors)
        if self.kind == "sobol":
            return sobol.sample(
                described, self.n, calc_second_order=self.second_order, seed=self.seed
            )
        return morris.sample(described, self.n, num_levels=self.levels, seed=self.seed)


def hypercube(n: int, factors: int, seed: int) -> Array:
    """A Latin hypercube in the unit cube, (n, factors): a random place in each of n slices.

    It is that of `scipy.stats.qmc.LatinHypercube` to the last bit, without the second that
    `scipy.stats` takes to load.
    """
    rng = np.random.default_rng(seed).spawn(1)[0]
    place = rng.random((n, factors))
    slices = np.column_stack([1 + rng.permutation(n) for _ in range(factors)])
    return (slices - place) / n


def points_digest(points: Array) -> str:
    """SHA-256 of the points of a design."""
    return hashlib.sha256(np.ascontiguousarray(points).tobytes()).hexdigest()


def problem(factors: tuple[Factor, ...]) -> dict[str, Any]:
    """The factors as SALib describes them, each from 0 to 1 of its range."""
    names = [factor.name for factor in factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
