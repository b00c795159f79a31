"""What the scenario of a page brings people beyond the status quo, and how sure that is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divide.app.visit.interval import Interval
from divide.app.visit.result import Result
from divide.experiments.plan.intervals import predictive
from divide.model.outcomes.lens import Gains, gains


@dataclass(frozen=True)
class Figure:
    """A number of the run on the page, and the 90 % interval over draws; NaN where not known."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        """Whether it has an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True, eq=False)
class Lens:
    """`divide.model.outcomes.lens.Gains` with intervals.

    Attributes:
        online_end: More people online at the end, persons.
        peak: Most that ever were more online, persons.
        peak_year: Calendar year of that moment.
        person_years: Person-years online gained.
        years_earlier: Years by which as many were online earlier as the reference's at the end.
        dollars: US$ spent more.
        dollars_per_person_year: US$ per person-year gained.
        to_least_connected_30: Share of the person-years gained that goes to the 30 countries
            least connected at the start.
        by_region: The same by region, under the World Bank's English name.
        women_men: The same of "women" and "men".
        poorest_richest: The same of "poorest40" and "richest60" of every country.
        by_country: Person-years gained by country, (n,), in the order of the world.
    """

    online_end: Figure
    peak: Figure
    peak_year: int
    person_years: Figure
    years_earlier: Figure
    dollars: Figure
    dollars_per_person_year: Figure
    to_least_connected_30: Figure
    by_region: Mapping[str, Figure]
    women_men: Mapping[str, Figure]
    poorest_richest: Mapping[str, Figure]
    by_country: NDArray[np.float64]


def lens(result: Result, reference: Result, interval: Interval | None = None) -> Lens:
    """What a run has over another, with intervals where draws of the same pair are at hand.

    Raises:
        ValueError: The runs are not over the same period.
    """
    here = gains(result.online_years, reference.online_years)
    draws = interval.gains if interval is not None else ()

    def plain(of: Callable[[Gains], float]) -> Figure:
        return Figure(of(here), *_interval([of(draw) for draw in draws]))

    def share(of: Callable[[Gains], float]) -> Figure:
        return Figure(of(here), *_inside([of(draw) for draw in draws]))

    def shares(of: Callable[[Gains], Mapping[str, float]]) -> dict[str, Figure]:
        return {name: share(lambda g, name=name: of(g)[name]) for name in of(here)}  # type: ignore[misc]

    return Lens(
        online_end=plain(lambda g: g.online_end),
        peak=plain(lambda g: g.peak),
        peak_year=int(result.years[0]) + math.ceil(here.peak_time),
        person_years=plain(lambda g: g.person_years),
        years_earlier=plain(lambda g: g.years_earlier),
        dollars=plain(lambda g: g.dollars),
        dollars_per_person_year=_price(here, draws),
        to_least_connected_30=share(lambda g: g.to_least_connected_30),
        by_region=shares(lambda g: g.by_region),
        women_men=shares(lambda g: g.women_men),
        poorest_richest=shares(lambda g: g.poorest_richest),
        by_country=here.by_country,
    )


def _interval(sample: Sequence[float]) -> tuple[float, float]:
    """90 % interval of one more draw; NaN without draws, or where one has no figure."""
    if not sample or not np.isfinite(sample).all():
        return math.nan, math.nan
    _, low, high = predictive(np.array(sample))
    return float(low), float(high)


def _inside(sample: Sequence[float]) -> tuple[float, float]:
    """The same of a share; where all draws are between 0 and 1, so is the interval."""
    low, high = _interval(sample)
    if sample and min(sample) >= 0 and max(sample) <= 1:
        return float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))
    return low, high


def _price(here: Gains, draws: Sequence[Gains]) -> Figure:
    """US$ per person-year; the interval is made of logarithms, as a price has no lower side."""
    prices = [draw.dollars_per_person_year for draw in draws]
    if not all(math.isfinite(price) and price > 0 for price in prices):
        return Figure(here.dollars_per_person_year)
    low, high = (math.exp(end) for end in _interval([math.log(price) for price in prices]))
    return Figure(here.dollars_per_person_year, low, high)
