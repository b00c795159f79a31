"""What it would be worth to know: value of information by regression on the draws of a sweep.

For every unknown the values of the packages, and who comes before whom, are regressed on it over
the draws. Knowing it is worth what choosing by the regression gains over choosing once for all
(expected value of partial perfect information; Strong, Oakley and Brennan 2014), and settles a
ranking where the regression of "comes before" reaches the share that makes a finding. Regressions
on noise gain and settle something too: what random orders of the draws give is taken off, and only
what exceeds nearly all of them is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.polynomial.legendre import legvander
from numpy.typing import NDArray

from divide.experiments.read.load import Sweep
from divide.model import predictive
from divide.model.constants import country_ids
from divide.model.declare.parameters import parameters
from divide.model.world import FIELDS, World, load_world

Array = NDArray[np.float64]

#: Legendre polynomials of the rank that stand for any smooth dependence: constant to cubic.
TERMS = 4
ORDERS = 4_000
#: Chance that any unknown at all is told for noise.
ERROR = 0.05


@dataclass(frozen=True)
class Worth:
    """What knowing each unknown is worth.

    Attributes:
        table: One row an unknown that beats chance, the most settling first: unknown, settled
            (of the open rankings, expected number), gain (in the unit of the values), both less
            what chance gives.
        open: Rankings that are open.
        perfect: Gain if everything were known: the best package in each draw.
    """

    table: pd.DataFrame
    open: int
    perfect: float


def unknowns(sweep: Sweep) -> pd.DataFrame:
    """What was drawn, one row a draw: parameters, imputed figures and what happens by chance.

    A figure is the mean over the people of the countries where it was imputed; chance is what lifts
    the common trend and the countries, each step by the years for which it counts.
    """
    experiment = sweep.experiment
    drawn = experiment.inputs().set_index("point")
    draws = [point for point in drawn.index if point > 0]
    base = experiment.base
    central = load_world(base.start)
    worlds = [load_world(base.start, draw=draw) for draw in draws]
    years = base.until - base.start
    columns: dict[str, list[float]] = {}
    for name in FIELDS:
        columns[f"figure {name}"] = [_imputed(world, central, name) for world in worlds]
    columns["chance: the common trend"] = [_common(draw, years) for draw in draws]
    columns["chance: countries"] = [_countries(draw, years, central) for draw in draws]
    columns["chance: error of the figures of internet use"] = [
        _start_error(draw, central) for draw in draws
    ]
    table = pd.concat([drawn.loc[draws], pd.DataFrame(columns, index=draws)], axis=1)
    return table.loc[:, (table != table.iloc[0]).any()]


def _imputed(world: World, central: World, name: str) -> float:
    """Mean over people of a drawn field less the central one, where a draw moves it."""
    moved = world.values[name] - central.values[name]
    people = central.values["population"] * (moved != 0)
    return float(moved @ people / people.sum()) if people.any() else 0.0


def _common(draw: int, years: int) -> float:
    steps = [(years - year) * predictive.common_step(draw, year, 1.0) for year in range(years)]
    return float(sum(steps))


def _countries(draw: int, years: int, world: World) -> float:
    ids, people = country_ids(world.iso3), world.values["population"]
    steps = [
        (years - year) * float(predictive.country_steps(draw, year, ids, 1.0) @ people)
        for year in range(years)
    ]
    return sum(steps) / float(people.sum())


def _start_error(draw: int, world: World) -> float:
    people = world.values["population"]
    error = predictive.observation_error(draw, 0, country_ids(world.iso3), 1.0)
    return float(error @ people / people.sum())


@lru_cache(maxsize=8)
def _basis(draws: int) -> Array:
    """Orthonormal polynomials of the rank, (draws, TERMS)."""
    rank = (np.arange(draws) + 0.5) / draws
    return np.linalg.qr(legvander(2 * rank - 1, TERMS - 1))[0].astype(np.float64)


def fitted(values: Array, order: NDArray[np.int64]) -> Array:
    """Regression of values on an unknown, (draws, k).

    Args:
        values: One column a quantity, (draws, k).
        order: The draws from the least to the greatest value of the unknown, (draws,).
    """
    basis = _basis(len(values))
    smooth = np.empty_like(values)
    smooth[order] = basis @ (basis.T @ values[order])
    return smooth


def gain(smooth: Array) -> float:
    """What choosing by the regression gains over choosing once for all; higher is better."""
    return float(smooth.max(axis=1).mean() - smooth.mean(axis=0).max())


def settled(smooth: Array, share: float) -> float:
    """Expected number of rankings that reach a share once the unknown is known.

    Args:
        smooth: Regressions of "comes before" (0 or 1), one column a pair, (draws, pairs).
        share: What makes a finding.
    """
    return float((np.maximum(smooth, 1 - smooth) >= share).mean(axis=0).sum())


def worth(
    values: pd.DataFrame,
    better: str,
    known: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    share: float,
) -> Worth:
    """What knowing each unknown is worth for the choice between packages and for open rankings.

    Args:
        values: A measure, one row a draw and one column a package (see `findings.values`).
        better: "higher" or "lower".
        known: The unknowns, one row a draw (see `unknowns`).
        pairs: The rankings that are open.
        share: What makes a finding.
    """
    table = values.to_numpy(float) * (1 if better == "higher" else -1)
    columns = list(values.columns)
    before = np.column_stack(
        [
            table[:, columns.index(first)] > table[:, columns.index(second)]
            for first, second in pairs
        ]
        or [np.zeros((len(table), 0))]
    ).astype(float)
    asked: Mapping[str, Callable[[NDArray[np.int64]], float]] = {
        "gain": lambda order: gain(fitted(table, order)),
        "settled": lambda order: settled(fitted(before, order), share),
    }
    rng = np.random.default_rng(1)
    orders = [rng.permutation(len(table)) for _ in range(ORDERS)]
    rows: dict[str, pd.Series] = {}
    beats = pd.Series(False, index=known.columns)
    for name, ask in asked.items():
        chance = np.array([ask(order) for order in orders])
        found = known.apply(
            lambda column, ask=ask: ask(np.argsort(column.to_numpy(), kind="stable"))
        )
        rows[name] = found - chance.mean()
        beats |= found > np.quantile(chance, 1 - ERROR / len(known.columns) / len(asked))
    found = pd.DataFrame(rows)[beats].rename_axis("unknown").reset_index()
    found = found.sort_values(["settled", "gain"], ascending=False, ignore_index=True)
    return Worth(found, len(pairs), gain(table))


def told(unknown: str) -> str:
    """An unknown in words: what it is and in which unit."""
    if unknown in parameters():
        return f"`{unknown}` ({parameters()[unknown].unit})"
    if unknown.startswith("figure "):
        name = unknown.removeprefix("figure ")
        return f"the figures of `{name}` that were imputed ({FIELDS[name].unit})"
    return unknown
