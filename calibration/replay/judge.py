"""The model's figures for each study: central, over seeds and draws, and across a prior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from divide.calibration.replay.case import Array, Case, Figures
from divide.calibration.replay.catalogue import REPLAYS
from divide.calibration.replay.studies import experiments
from divide.experiments.plan.design import Factor, hypercube
from divide.model.declare.parameters import parameters

SEEDS = (1, 2, 3, 4)
#: Draws behind the intervals.
DRAWS = 16


@dataclass(frozen=True)
class Figure:
    """The model's value of a measure.

    Attributes:
        value: Mean over seeds; `error`: its standard error.
        low: 5 % of the draws lie below; `high`: above.
    """

    value: float
    error: float
    low: float = np.nan
    high: float = np.nan


@cache
def draws(count: int = DRAWS) -> tuple[Case, ...]:
    """Cases in which every uncertain parameter is drawn from its declared prior.

    With the parameters go a predictive draw of imputed figures and of the future, and luck of its
    own. What is fitted to figures stays at its value.
    """
    uncertain = [
        Factor.declared(one)
        for one in parameters().values()
        if one.role == "uncertainty" or one.cut
    ]
    unit = hypercube(count, len(uncertain), 1)
    values = np.column_stack([f.stretched(unit[:, k]) for k, f in enumerate(uncertain)])
    names = [factor.name for factor in uncertain]
    return tuple(
        Case(dict(zip(names, row.tolist(), strict=True)), seed=k + 1, draw=k + 1)
        for k, row in enumerate(values)
    )


def central(name: str, seed: int) -> Figures:
    """Figures of a study under the declared values.

    Raises:
        KeyError: No such study.
    """
    return REPLAYS[name](Case(seed=seed))


def drawn(name: str, draw: int) -> Figures:
    """Figures of a study in one of `draws`, from 0."""
    return REPLAYS[name](draws()[draw])


def summary(seeds: Sequence[Figures], futures: Sequence[Figures] = ()) -> dict[str, Figure]:
    """Figures by measure, from those of the seeds and those of the draws."""
    found = {}
    for key in seeds[0]:
        values = np.array([figures[key] for figures in seeds])
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        low, high = np.nan, np.nan
        if futures:
            low, high = np.quantile([figures[key] for figures in futures], [0.05, 0.95])
        found[key] = Figure(float(values.mean()), float(error), float(low), float(high))
    return found


@cache
def _under(name: str, parameter: str, value: float, seeds: tuple[int, ...]) -> dict[str, Figure]:
    """Figures with one parameter changed; several measures of a study may share it."""
    return summary([REPLAYS[name](Case({parameter: value}, seed=seed)) for seed in seeds])


@dataclass(frozen=True)
class Scan:
    """A measure across the bounds of the parameter that moves it.

    Attributes:
        meets: Value at which the model gives the estimate; None if none within the bounds does, or
            the estimate is no number.
        agrees: Lowest and highest value at which it lies in the interval; None if there is none.
    """

    experiment: str
    measure: str
    parameter: str
    points: Array = field(repr=False)
    values: Array
    meets: float | None
    agrees: tuple[float, float] | None


def scan(name: str, key: str, count: int = 6, seeds: Sequence[int] = (1, 2)) -> Scan:
    """How a measure moves with its parameter within the bounds, linear between points.

    Raises:
        ValueError: The measure has no parameter.
    """
    measure = experiments()[name].measures[key]
    if measure.parameter is None:
        raise ValueError(f"{name}.{key}: nothing to scan")
    points = np.linspace(*parameters()[measure.parameter].bounds, count)
    values = np.array(
        [_under(name, measure.parameter, float(at), tuple(seeds))[key].value for at in points]
    )
    fine = np.linspace(points[0], points[-1], 2_001)
    between = np.interp(fine, points, values)
    meets, agrees = None, None
    if isinstance(measure.estimate, float | int):
        crossed = np.flatnonzero(np.diff(np.sign(between - measure.estimate)))
        meets = float(fine[crossed[0]]) if crossed.size else None
    if measure.interval is not None:
        inside = fine[[bool(measure.passes(float(value))) for value in between]]
        agrees = (float(inside[0]), float(inside[-1])) if inside.size else None
    return Scan(name, key, measure.parameter, points, values, meets, agrees)


def tally(found: Mapping[str, Mapping[str, Figure]], use: str) -> tuple[int, int]:
    """Judged measures of the studies of one use that agree, and all of them."""
    verdicts = [
        measure.passes(found[name][key].value)
        for name, one in experiments().items()
        if one.use == use and name in found
        for key, measure in one.measures.items()
    ]
    return sum(ok is True for ok in verdicts), sum(ok is not None for ok in verdicts)
