"""What is uncertain, drawn together: the default of every interval, ranking and band.

Future k holds row k of the posterior, a value of every other parameter that is not known, fitted
elsewhere or not at all, from its declared prior, and draw k of what was imputed and of what will
happen (`Scenario.draw`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from divide.experiments.plan.design import Array, Factor
from divide.experiments.plan.draws import SHIPPED, Draws, read_draws
from divide.model.declare.checks import check_whole
from divide.model.declare.errors import InputError
from divide.model.declare.extension import owner
from divide.model.declare.parameters import parameters
from divide.model.scenario import Scenario

#: Futures behind the intervals of `divide run`.
DRAWS = 32
MOST_DRAWS = 10_000


@dataclass(frozen=True)
class Future:
    """One way in which what is not known may turn out.

    Attributes:
        draw: Its number, from 1: the predictive draw of its runs.
        parameters: Value of every parameter that is drawn, by full name.
    """

    draw: int
    parameters: Mapping[str, float]

    def of(self, base: Scenario) -> Scenario:
        """The run of a scenario in this future, with luck of its own."""
        values = {**base.parameters, **self.parameters}
        return replace(base, seed=base.seed + self.draw, draw=self.draw, parameters=values)


Futures = tuple[Future, ...]


def futures(
    count: int, base: Scenario, posterior: str | Path = SHIPPED, *, again: bool = False
) -> Futures:
    """The first futures of a scenario, the same for all its policies and seeds.

    Args:
        count: How many.
        base: Parameters set in it stay; those of extensions that it does not name are left alone.
        posterior: Joint draws of the fitted parameters (see `read_draws`).
        again: Whether, after the last row of the posterior, its rows may meet further draws of
            everything else, from the first row on.

    Raises:
        InputError: The posterior cannot be read or has fewer rows, or the scenario is a draw
            itself.
    """
    if base.draw:
        raise InputError(f"{base.draw}; futures are drawn from the central run, 0", ("draw",))
    rows = _shipped() if posterior == SHIPPED else read_draws(posterior)
    if count > len(rows) and not again:
        raise InputError(f"{count}; the posterior holds {len(rows)}", ("draws",))
    fitted = [name for name in rows[0] if name not in base.parameters]
    others = _others(base, rows)
    drawn = [factor.stretched(_slices(count, factor.name)).tolist() for factor in others]
    return tuple(
        Future(
            k + 1,
            {name: rows[k % len(rows)][name] for name in fitted}
            | {factor.name: values[k] for factor, values in zip(others, drawn, strict=True)},
        )
        for k in range(count)
    )


def wanted(
    draws: int | None, replicates: int | None, base: Scenario, posterior: str | Path = SHIPPED
) -> Futures:
    """The futures of a comparison: `DRAWS` unless another number is asked for.

    There are none where the scenario is a draw itself, or replicates of the central run are asked
    for instead.

    Raises:
        InputError: Both are asked for, or as for `futures`.
    """
    if draws is None:
        draws = DRAWS if replicates is None and not base.draw else 0
    check_whole(draws, (0, MOST_DRAWS), "draws", "draws")
    if draws and replicates is not None:
        reason = f"each of {draws} draws is run once; ask for 0 draws to repeat the central run"
        raise InputError(reason, ("replicates",))
    if not draws and posterior != SHIPPED:
        raise InputError("nothing is drawn from it; ask for draws", ("posterior",))
    return futures(draws, base, posterior) if draws else ()


def factors_of(found: Futures) -> tuple[Factor, ...]:
    """The parameters that vary over futures, as factors of a design."""
    return tuple(Factor.declared(parameters()[name]) for name in found[0].parameters)


def central(factors: tuple[Factor, ...]) -> list[float]:
    """The declared values of the parameters that vary: those of the central run."""
    return [parameters()[factor.name].value for factor in factors]


def _slices(count: int, name: str) -> Array:
    """A parameter's column of a Latin hypercube, (count,): a random place in each slice, shuffled.

    It hangs on the name alone: futures are the same whatever else is drawn, and whatever the luck.
    """
    rng = np.random.default_rng(crc32(name.encode()))
    return (rng.permutation(count) + rng.random(count)) / count


@cache
def _shipped() -> Draws:
    return read_draws(SHIPPED)


def _others(base: Scenario, rows: Draws) -> list[Factor]:
    """The uncertain parameters that the posterior does not hold, over their priors."""
    return [
        Factor.declared(declared)
        for name, declared in parameters().items()
        if declared.role != "constant"
        and name not in rows[0]
        and name not in base.parameters
        and owner(name) in (None, *base.extensions)
    ]


def points_of(found: Futures) -> Array:
    """Values of the factors of `factors_of`, the central run first, (1 + futures, factors)."""
    rows = [central(factors_of(found)), *(list(future.parameters.values()) for future in found)]
    return np.array(rows, dtype=float).reshape(1 + len(found), -1)
