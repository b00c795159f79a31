"""Why did a country gain: the part of each term of adoption in the difference of two runs.

Both runs are recorded. The kernels of adoption then run again on every mixture of their drivers:
a group of drivers (a term) is the policy's or the reference's, in all countries at once. The part
of a term is its Shapley value (Shapley 1953): what it adds, averaged over all orders in which the
groups may be exchanged. The parts add up to the whole difference, and a term whose drivers are the
same in both runs has none.

What a country's people see abroad is counted to the term that moved it there.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.processes import adoption, diffusion
from divide.model.processes.adoption import Drivers
from divide.model.processes.diffusion import Rates, move
from divide.model.recorded import Path, record, within
from divide.model.run import Run
from divide.model.scenario import Scenario

Array = NDArray[np.float64]

#: What may be exchanged, and what it is called where people read it.
TERMS: Mapping[str, str] = {
    "covered": "Network within reach",
    "powered": "Electricity",
    "price": "Price of being online",
    "handset": "Price of a handset",
    "skills": "Digital skills",
    "services": "Services, shops and marketplaces",
    "income": "Income and schooling",
    "routes": "Routes abroad",
    "trend": "Trend and country effect",
    "other": "Other",
}
#: The drivers that a term exchanges; those of other terms are not log odds.
_DRIVERS = {
    "price": ("price",),
    "handset": ("handset",),
    "services": ("services", "others"),
    "income": ("income", "schooling"),
}


@dataclass(frozen=True, eq=False)
class Parts:
    """The difference between two runs, term by term.

    Attributes:
        iso3: Code of each country, (n,).
        years: The start and the end of each year, (Y,).
        reference, policy: Share online in each run, (Y, n) each.
        terms: Part of each term of `TERMS` in the difference, (Y, n) by name.
    """

    iso3: tuple[str, ...]
    years: NDArray[np.int64]
    reference: Array
    policy: Array
    terms: Mapping[str, Array]


def explained(reference: Scenario, policy: Scenario) -> Parts:
    """Run two scenarios and take their difference apart (see `parts`)."""
    return parts(record(reference), record(policy))


def parts(reference: Path, policy: Path) -> Parts:
    """The part of each term in what a policy adds to a country's share online.

    "other" is what no exchange explains: what an extension does to people online without adoption.

    Raises:
        ValueError: The runs have not the same countries and period.
    """
    base, other = reference.model, policy.model
    if (base.iso3, base.plan.start, base.plan.steps, base.dt) != (
        other.iso3, other.plan.start, other.plan.steps, other.dt
    ):  # fmt: skip
        raise ValueError("the runs must have the same countries, period and steps")
    players = _players(reference, policy)
    worth = np.array([_replayed(each, reference, policy) for each in _coalitions(players)])
    found = {name: np.zeros_like(worth[0]) for name in TERMS}
    for k, name in enumerate(players):
        for code, weight in _weights(len(players)):
            if not code >> k & 1:
                found[name] += weight * (worth[code | 1 << k] - worth[code])
    before, after = _recorded(base), _recorded(other)
    found["other"] = (after - before) - (worth[-1] - worth[0])
    years = base.plan.start + np.arange(len(before))
    return Parts(base.iso3, years, before, after, found)


def _recorded(m: Run) -> Array:
    """Share online at the start and at the end of each year, (Y, n)."""
    return m.state.record.column("internet_users")[:: m.plan.steps_per_year].astype(float)


def _players(reference: Path, policy: Path) -> tuple[str, ...]:
    """Terms whose drivers differ anywhere; the others have no part."""
    columns = {
        **{name: [(getattr(reference.drivers, each), getattr(policy.drivers, each))
                  for each in drivers] for name, drivers in _DRIVERS.items()},
        "covered": [(getattr(reference, each), getattr(policy, each))
                    for each in ("broad", "narrow", "urban")],
        "powered": [(reference.power, policy.power)],
        "skills": [(reference.skills, policy.skills)],
        "routes": [(reference.pace, policy.pace)],
        "trend": [(reference.rest, policy.rest), (reference.gap, policy.gap)],
    }  # fmt: skip
    return tuple(
        name
        for name in TERMS
        if any(not np.array_equal(one, two) for one, two in columns.get(name, ()))
    )


def _coalitions(players: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Every set of players; player k is in the set whose number has bit k."""
    for code in range(1 << len(players)):
        yield frozenset(name for k, name in enumerate(players) if code >> k & 1)


@cache
def _weights(count: int) -> tuple[tuple[int, float], ...]:
    """Number of each coalition that a player may join, and its weight among `count` players."""
    return tuple(
        (code, 1 / (count * math.comb(count - 1, code.bit_count())))
        for code in range(1 << count)
        if code.bit_count() < count
    )


def _replayed(given: frozenset[str], reference: Path, policy: Path) -> Array:
    """Share online at the start and each year's end with some terms of the policy, (Y, n)."""

    def of(term: str) -> Path:
        return policy if term in given else reference

    m, p = reference.model, reference.model.values.adoption
    sources = {driver: of(term) for term, drivers in _DRIVERS.items() for driver in drivers}
    mixed = Drivers(*(getattr(sources[name].drivers, name) for name in Drivers._fields))
    networks, power, trend = of("covered"), of("powered"), of("trend")
    reach = networks.within if networks is power else within(networks, power)
    return _online(
        reference.online.copy(), reference.potential.copy(),
        adoption.log_odds(mixed, p) + trend.rest, trend.gap, m.state.countries.lift,
        of("routes").pace, reach, m.cell_odds, adoption.odds_by_skills(of("skills").skills, p),
        m.cell_shares, m.neighbours, diffusion.rates(p), m.dt,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _online(
    online: Array, potential: Array, log_odds: Array, gap: Array, lift: Array, pace: Array,
    within: Array, cell: Array, skilled: Array, shares: Array, neighbours: Array, r: Rates,
    dt: float,
) -> Array:  # fmt: skip
    """Compiled part of `_replayed`; columns by step are (steps + 1, n), the start first."""
    steps, n = pace.shape
    per_year = round(1 / dt)
    out = np.empty(((steps - 1) // per_year + 1, n))
    for k in range(steps):
        if k > 0:
            move(
                online, potential, log_odds[k], gap[k], lift, pace[k], within[k], cell,
                skilled[k], shares, neighbours, r, dt,
            )  # fmt: skip
        if k % per_year == 0:
            for i in range(n):
                out[k // per_year, i] = (shares[i] * online[i]).sum()
    return out
