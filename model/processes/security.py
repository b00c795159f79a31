"""Security: incidents, and the trust that they cost.

Incidents in a country are Poisson with a rate that rises with activity and falls with capacity,
certification and alliance. With a small probability a platform itself is hit, and all who use it
with it: the cost of concentration. Evidence on the size of either loss is thin, so both are to be
varied: after one breach a third of the customers asked would leave the shop, but not online
shopping (Strzelecki and Rizun 2022).
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.declare.values import Security
from divide.model.run import Run
from divide.model.streams import key, uniforms

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


@njit(cache=True, nogil=True)
def poisson(mean: Array, none: Array, u: Array) -> Array:
    """Poisson counts by inversion, (n,): the smallest k with P(K <= k) >= u; counts stop at 40.

    Args:
        mean: Expected number, (n,).
        none: Probability of none, exp(-mean), (n,).
        u: Uniform numbers, (n,).
    """
    count = np.zeros(mean.size)
    for i in range(mean.size):
        term = cumulative = none[i]
        k = 1
        while u[i] > cumulative and k <= 40:
            count[i] = k
            term = term * mean[i] / k
            cumulative += term
            k += 1
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
        exposure = np.sqrt(online[i] * accounts[i]) * (
            1 + p.smart_city_exposure * smart_city[i] * urban[i]
        )
        weakness = np.exp(-p.capacity_effect * security[i])
        certified = 1 - p.certification_effect * certification[i]
        shield = certified * (1 - p.alliance_effect * alliance[i])
        expected[i] = p.rate * exposure * weakness * shield
    return expected


@njit(cache=True, nogil=True, error_model="numpy")
def grow(security: Array, officials: Array, growth: float, officials_effect: float) -> None:
    """Capacity grows by itself and with trained officials, (n,) each; `security` changes.

    Args:
        security: Cyber-security capacity.
        officials: Officials trained per million people.
        growth: Share of the distance to 1 that is closed in a step without them, as a rate.
        officials_effect: What ln(1 + thousands per million) adds to the rate.
    """
    for i in range(security.size):
        taught = officials_effect * np.log1p(officials[i] / 1000)
        security[i] += (1 - security[i]) * (1 - np.exp(-(growth + taught)))


@njit(cache=True, nogil=True, error_model="numpy")
def lose_trust(
    trust: Array, norm: Array, loss: Array, alliance: Array, recovers: float, softened: float
) -> None:
    """Trust recovers toward its norm and falls by the losses, (n,) each; `trust` changes."""
    for i in range(trust.size):
        recovered = trust[i] + (norm[i] - trust[i]) * recovers
        trust[i] = max(0.0, recovered - loss[i] * (1 - softened * alliance[i]))


def incident_rate(m: Run, online: Array, accounts: Array) -> Array:
    """Expected incidents a year where so many are online and hold accounts, (n,) each."""
    c = m.state.countries
    return struck_by(
        online, accounts, c.smart_city, c.urban, c.security, c.certification,
        c.alliance, terms(m.values.security),
    )  # fmt: skip


def step(m: Run) -> None:
    """Capacity grows, incidents strike, trust falls and recovers."""
    c, p, dt = m.state.countries, m.values.security, m.dt
    c.certification = m.programme("certification", "security_certification")
    c.alliance = m.programme("alliance", "security_alliance")
    grow(c.security, c.officials, p.capacity_growth * dt, p.officials_effect * dt)

    seed, at = m.plan.seed, m.state.step
    u = uniforms(key(seed, "security.country", at), m.ids)
    expected = incident_rate(m, m.national(c.online), m.national(c.accounts)) * dt
    c.incidents = poisson(expected, np.exp(-expected), u)
    u = uniforms(key(seed, "security.platform", at), m.platform_ids)
    struck = u < p.platform_rate * dt
    loss = p.trust_loss * c.incidents
    if struck.any():
        loss = loss + p.spread_loss * (m.state.share[struck].sum(axis=0))
    recovers = 1 - exp(-p.recovery * dt)
    lose_trust(c.trust, m.state.trust_norm, loss, c.alliance, recovers, 0.5 * p.alliance_effect)
