"""Security: incidents, and the trust that they cost.

Incidents in a country are Poisson with a rate that rises with activity and falls with capacity,
certification and alliance. With a small probability a platform itself is hit, and all who use it
with it: the cost of concentration. Evidence on the size of either loss is thin, so both are to be
varied: after one breach a third of the customers asked would leave the shop, but not online
shopping (Strzelecki and Rizun 2022).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.run import Run
from divide.model.streams import key, uniforms

Array = NDArray[np.float64]


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


@njit(cache=True, nogil=True)
def struck_by(
    activity: Array,
    smart_city: Array,
    urban: Array,
    weakness: Array,
    certification: Array,
    alliance: Array,
    rate: float,
    smart_city_exposure: float,
    certification_effect: float,
    alliance_effect: float,
) -> Array:
    """Expected incidents a year, (n,): rate x exposure x weakness x shield.

    Args:
        activity: Share of people online times share with an account, (n,).
        smart_city: Share of the urban population served by smart-city systems, (n,).
        urban: Share of the population in cities, (n,).
        weakness: What capacity leaves of the rate, (n,).
        certification: Share of products certified, (n,).
        alliance: Participation in the alliance, (n,).
        rate: Incidents a year at full exposure, without capacity or shield.
        smart_city_exposure: Rise of exposure where smart cities serve all.
        certification_effect: Part of incidents that certification prevents.
        alliance_effect: Part of incidents that the alliance prevents.
    """
    expected = np.empty(activity.size)
    for i in range(activity.size):
        exposure = np.sqrt(activity[i]) * (1 + smart_city_exposure * smart_city[i] * urban[i])
        shield = (1 - certification_effect * certification[i]) * (1 - alliance_effect * alliance[i])
        expected[i] = rate * exposure * weakness[i] * shield
    return expected


def incident_rate(m: Run) -> Array:
    """Expected incidents a year, (n,)."""
    c, p = m.state.countries, m.values.security
    return struck_by(
        m.national(c.online) * m.national(c.accounts), c.smart_city, c.urban,
        np.exp(-p.capacity_effect * c.security), c.certification, c.alliance,
        p.rate, p.smart_city_exposure, p.certification_effect, p.alliance_effect,
    )  # fmt: skip


def step(m: Run) -> None:
    """Capacity grows, incidents strike, trust falls and recovers."""
    c, p, dt = m.state.countries, m.values.security, m.dt
    c.certification = m.programme("certification", "security_certification")
    c.alliance = m.programme("alliance", "security_alliance")
    taught = p.officials_effect * np.log1p(c.officials / 1000)
    c.security += (1 - c.security) * (1 - np.exp(-(p.capacity_growth + taught) * dt))

    seed, at = m.plan.seed, m.state.step
    u = uniforms(key(seed, "security.country", at), m.ids)
    expected = incident_rate(m) * dt
    c.incidents = poisson(expected, np.exp(-expected), u)
    u = uniforms(key(seed, "security.platform", at), m.platform_ids)
    struck = u < p.platform_rate * dt
    loss = p.trust_loss * c.incidents
    if struck.any():
        loss = loss + p.spread_loss * (m.state.share[struck].sum(axis=0))
    c.trust += (m.state.trust_norm - c.trust) * (1 - np.exp(-p.recovery * dt))
    c.trust = np.maximum(0.0, c.trust - loss * (1 - 0.5 * c.alliance * p.alliance_effect))
