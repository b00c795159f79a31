"""Security: incidents, and the trust that they cost.

Incidents in a country are Poisson with a rate that rises with activity and falls with capacity,
certification and alliance. With a small probability a platform itself is hit, and all who use it
with it: the cost of concentration. Evidence on the size of either loss is thin, so both are to be
varied: after one breach a third of the customers asked would leave the shop, but not online
shopping (Strzelecki and Rizun 2022).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.declare.values import Security
from divide.model.run import Run
from divide.model.streams import key, uniform

Array = NDArray[np.float64]


class Terms(NamedTuple):
    """Parameters of the incidents; see `parameters/security.yaml`."""

    rate: float
    smart_city_exposure: float
    capacity_effect: float
    certification_effect: float
    alliance_effect: float


def terms(p: Security) -> Terms:
    """The parameters that the kernels take."""
    return p.pick(Terms)


@njit(cache=True, nogil=True, inline="always")
def poisson(mean: float, u: float) -> float:
    """A Poisson count by inversion: the smallest k with P(K <= k) >= u; it stops at 40.

    Args:
        mean: Expected number.
        u: A uniform number.
    """
    count = 0.0
    if u > 1 - mean:  # at least so likely is none
        term = cumulative = np.exp(-mean)
        while u > cumulative and count < 40:
            count += 1
            term *= mean / count
            cumulative += term
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def struck_by(
    online: Array,
    accounts: Array,
    smart_city: Array,
    urban: Array,
    security: Array,
    certification: Array,
    alliance: Array,
    p: Terms,
) -> Array:
    """Expected incidents a year, (n,): rate x exposure x weakness x shield.

    Args:
        online: Share of people online, (n,).
        accounts: Share with an account, (n,).
        smart_city: Share of the urban population served by smart-city systems, (n,).
        urban: Share of the population in cities, (n,).
        security: Cyber-security capacity, (n,).
        certification: Share of products certified, (n,).
        alliance: Participation in the alliance, (n,).
        p: Rate, and what each of these does to it.
    """
    expected = np.empty(online.size)
    for i in range(online.size):
        expected[i] = -p.capacity_effect * security[i]
    vector.exp(expected)  # weakness
    for i in range(online.size):
        exposure = np.sqrt(online[i] * accounts[i]) * (
            1 + p.smart_city_exposure * smart_city[i] * urban[i]
        )
        certified = 1 - p.certification_effect * certification[i]
        shield = certified * (1 - p.alliance_effect * alliance[i])
        expected[i] = p.rate * exposure * expected[i] * shield
    return expected


@njit(cache=True, nogil=True, inline="always")
def grown(security: float, officials: float, left: float, officials_effect: float) -> float:
    """Capacity after it has grown by itself and with trained officials.

    Args:
        security: Cyber-security capacity.
        officials: Officials trained per million people.
        left: Share of the distance to 1 that is left after a step without them.
        officials_effect: What ln(1 + thousands per million) adds to the rate of growth in a step.
    """
    if officials > 0:
        left *= (1 + officials / 1000) ** -officials_effect
    return security + (1 - security) * (1 - left)


@njit(cache=True, nogil=True, inline="always")
def trust_after(
    trust: float, norm: float, loss: float, alliance: float, recovers: float, softened: float
) -> float:
    """Trust, which recovers toward its norm and falls by the loss, softened by the alliance."""
    recovered = trust + (norm - trust) * recovers
    return max(0.0, recovered - loss * (1 - softened * alliance))


class Rates(NamedTuple):
    """Parameters of capacity and trust, by the names of the parameters."""

    capacity_growth: float
    officials_effect: float
    platform_rate: float
    trust_loss: float
    spread_loss: float
    alliance_effect: float
    recovery: float


class Exposed(NamedTuple):
    """Columns of the countries that security asks for, by their names, (n,) or (n, cells) each."""

    online: Array
    accounts: Array
    smart_city: Array
    urban: Array
    certification: Array
    alliance: Array
    officials: Array
    security: Array
    trust: Array


@njit(cache=True, nogil=True, error_model="numpy")
def strike(
    c: Exposed,
    cell_shares: Array,
    norm: Array,
    share: Array,
    draws: tuple[np.uint64, np.uint64],
    ids: NDArray[np.int64],
    platform_ids: NDArray[np.int64],
    dt: float,
    p: Terms,
    q: Rates,
) -> Array:
    """A step: capacity grows, incidents strike, trust falls and recovers.

    `c.security` and `c.trust` change.

    Args:
        c: Columns of the countries.
        cell_shares: Share of a country's people in each cell, (n, cells).
        norm: Level to which trust returns, (n,).
        share: Share of a country's users by platform, (platforms, n).
        draws: Keys of the random numbers of countries and of platforms.
        ids: Key of each country's random numbers, (n,).
        platform_ids: Key of each platform's random numbers, (platforms,).
        dt: Length of the step, years.
        p: Parameters of the incidents.
        q: Those of capacity and trust.

    Returns:
        Incidents in the step, (n,).
    """
    left = np.exp(-q.capacity_growth * dt)
    for i in range(norm.size):
        c.security[i] = grown(c.security[i], c.officials[i], left, q.officials_effect * dt)
    rate = struck_by(
        weighted_sum(c.online, cell_shares), weighted_sum(c.accounts, cell_shares),
        c.smart_city, c.urban, c.security, c.certification, c.alliance, p,
    )  # fmt: skip
    incidents, loss = np.empty(norm.size), np.empty(norm.size)
    for i in range(norm.size):
        incidents[i] = poisson(rate[i] * dt, uniform(draws[0], ids[i]))
        loss[i] = q.trust_loss * incidents[i]
    for k in range(platform_ids.size):
        if uniform(draws[1], platform_ids[k]) < q.platform_rate * dt:  # all who use it are hit
            for i in range(norm.size):
                loss[i] += q.spread_loss * share[k, i]
    recovers, softened = 1 - np.exp(-q.recovery * dt), 0.5 * q.alliance_effect
    for i in range(norm.size):
        c.trust[i] = trust_after(c.trust[i], norm[i], loss[i], c.alliance[i], recovers, softened)
    return incidents


def incident_rate(m: Run, online: Array, accounts: Array) -> Array:
    """Expected incidents a year where so many are online and hold accounts, (n,) each."""
    c = m.state.countries
    return struck_by(
        online, accounts, c.smart_city, c.urban, c.security, c.certification,
        c.alliance, terms(m.values.security),
    )  # fmt: skip


def step(m: Run) -> None:
    """Capacity grows, incidents strike, trust falls and recovers."""
    s, c, p, seed = m.state, m.state.countries, m.values.security, m.plan.seed
    c.certification = m.programme("certification", "security_certification")
    c.alliance = m.programme("alliance", "security_alliance")
    c.incidents = strike(
        Exposed(
            c.online, c.accounts, c.smart_city, c.urban, c.certification, c.alliance,
            c.officials, c.security, c.trust,
        ),
        m.cell_shares, s.trust_norm, s.share,
        (key(seed, "security.country", s.step), key(seed, "security.platform", s.step)),
        m.ids, m.platform_ids, m.dt, terms(p), p.pick(Rates),
    )  # fmt: skip
