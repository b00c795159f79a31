"""What a policy brings people: years of being online, how much earlier, at what price, and to whom.

How many are online in the last year is one view of a policy, and often its weakest: where most
would have come online anyway, a policy brings them online earlier. These measures compare two runs
of the same start, the same period and the same luck. Formulas are in docs/outcomes.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.model.constants import WOMENS_SHARE

Array = NDArray[np.float64]

#: Countries with the lowest share of internet users at the start that count as least connected.
LEAST_CONNECTED = 30
#: Share of the people of every country in each group, and the column of those online in it.
SEXES = {"women": (WOMENS_SHARE, "online_women"), "men": (1 - WOMENS_SHARE, "online_men")}
INCOMES = {"poorest40": (0.4, "online_poorest40"), "richest60": (0.6, "online_richest60")}


@dataclass(frozen=True, eq=False)
class OnlineYears:
    """How people came online in one run.

    Attributes:
        times: Years from the start to each record, (T,).
        online: People online in the world, (T,).
        spent: US$ spent from the start to the end.
        countries: Person-years online from the start to the end by country, (n,).
        total: The same of the world.
        least_connected: The same of the countries least connected at the start.
        regions: The same by region.
        sexes: The same of women and men.
        incomes: The same of the poorest 40 % and the richest 60 % of every country.
    """

    times: Array
    online: Array
    spent: float
    countries: Array
    total: float
    least_connected: float
    regions: Mapping[str, float]
    sexes: Mapping[str, float]
    incomes: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Gains:
    """What one run has over another; a share of what is not gained is NaN.

    Attributes:
        online_end: More people online at the end, persons.
        peak: Most that ever were more online, persons.
        peak_time: Years from the start to that moment.
        person_years: Person-years online gained.
        years_earlier: Years by which as many were online earlier as the other run's at the end.
        dollars: US$ spent more.
        dollars_per_person_year: US$ per person-year gained.
        to_least_connected_30: Share of the person-years gained by the least connected countries.
        by_region: The same by region.
        women_men: The same of women and men.
        poorest_richest: The same of the poorest 40 % and the richest 60 % of every country.
        by_country: Person-years gained by country, (n,).
    """

    online_end: float
    peak: float
    peak_time: float
    person_years: float
    years_earlier: float
    dollars: float
    dollars_per_person_year: float
    to_least_connected_30: float
    by_region: Mapping[str, float]
    women_men: Mapping[str, float]
    poorest_richest: Mapping[str, float]
    by_country: Array


def online_years(
    columns: Mapping[str, Array], regions: NDArray[Any], spent: float, steps_per_year: int
) -> OnlineYears:
    """How people came online in a run.

    Args:
        columns: Country columns by name, (T, n) each, the start first.
        regions: Region of each country, (n,).
        spent: US$ spent from the start to the end.
        steps_per_year: Steps in a year.
    """
    people, use = columns["population"], columns["internet_users"]

    def lived(share: float, column: str) -> Array:
        """Person-years online of a group that is a share of every country, (n,)."""
        return np.asarray(share * (people * columns[column])[1:].sum(axis=0) / steps_per_year)

    def of_groups(groups: Mapping[str, tuple[float, str]]) -> dict[str, float]:
        return {name: float(lived(*group).sum()) for name, group in groups.items()}

    countries = lived(1.0, "internet_users")
    least = np.argsort(use[0], kind="stable")[:LEAST_CONNECTED]
    return OnlineYears(
        times=np.arange(len(people)) / steps_per_year,
        online=(people * use).sum(axis=1),
        spent=spent,
        countries=countries,
        total=float(countries.sum()),
        least_connected=float(countries[least].sum()),
        regions={str(name): float(countries[regions == name].sum()) for name in np.unique(regions)},
        sexes=of_groups(SEXES),
        incomes=of_groups(INCOMES),
    )


def gains(policy: OnlineYears, reference: OnlineYears) -> Gains:
    """What a policy's run has over the reference's.

    Raises:
        ValueError: The runs are not over the same period.
    """
    if len(policy.times) != len(reference.times):
        raise ValueError("the runs are not over the same period")
    more = policy.online - reference.online
    person_years, dollars = policy.total - reference.total, policy.spent - reference.spent

    def share(now: float, before: float) -> float:
        return (now - before) / person_years if person_years > 0 else math.nan

    def shares(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
        return {name: share(now[name], before[name]) for name in now}

    return Gains(
        online_end=float(more[-1]),
        peak=float(more.max()),
        peak_time=float(policy.times[more.argmax()]),
        person_years=person_years,
        years_earlier=years_earlier(policy.times, policy.online, reference.online),
        dollars=dollars,
        dollars_per_person_year=dollars / person_years if person_years > 0 else math.nan,
        to_least_connected_30=share(policy.least_connected, reference.least_connected),
        by_region=shares(policy.regions, reference.regions),
        women_men=shares(policy.sexes, reference.sexes),
        poorest_richest=shares(policy.incomes, reference.incomes),
        by_country=policy.countries - reference.countries,
    )


def years_earlier(times: Array, policy: Array, reference: Array) -> float:
    """Years by which `policy` reached what `reference` has at the end (time distance, Sicherl).

    Below zero where the policy ends lower: then the years by which the reference was earlier at
    the policy's last level.

    Args:
        times: Years from the start, (T,).
        policy: People online, (T,).
        reference: The same of the other run.
    """
    if policy[-1] >= reference[-1]:
        return float(times[-1] - _first_passage(times, policy, float(reference[-1])))
    return -float(times[-1] - _first_passage(times, reference, float(policy[-1])))


def _first_passage(times: Array, path: Array, level: float) -> float:
    """When a path that ends at or above a level first reached it; straight between records."""
    k = int(np.argmax(path >= level))
    if k == 0:
        return float(times[0])
    part = (level - path[k - 1]) / (path[k] - path[k - 1])
    return float(times[k - 1] + part * (times[k] - times[k - 1]))
