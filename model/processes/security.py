"""Security: incidents, and the trust that they cost.

Incidents in a country are Poisson with a rate that rises with activity and falls with capacity,
certification and alliance. With a small probability a platform itself is hit, and all who use it
with it: the cost of concentration. Evidence on the size of either loss is thin, so both are to be
varied: after one breach a third of the customers asked would leave the shop, but not online
shopping (Strzelecki and Rizun 2022).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.streams import key, uniforms

if TYPE_CHECKING:
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]


def poisson(mean: Array, u: Array) -> Array:
    """Poisson counts by inversion: the smallest k with P(K <= k) >= u; counts stop at 40."""
    count = np.zeros_like(mean)
    term = np.exp(-mean)
    cumulative = term.copy()
    for k in range(1, 41):
        open_ = u > cumulative
        if not open_.any():
            break
        count += open_
        term = term * mean / k
        cumulative = cumulative + term
    return count


def incident_rate(m: "DigitalDivideModel") -> Array:
    """Expected incidents a year, (n,)."""
    c, p = m.state.countries, m.values.security
    exposure = np.sqrt(m.national(c.online) * m.national(c.accounts))
    exposure = exposure * (1 + p.smart_city_exposure * c.smart_city * c.urban)
    shield = (1 - p.certification_effect * c.certification) * (1 - p.alliance_effect * c.alliance)
    return p.rate * exposure * np.exp(-p.capacity_effect * c.security) * shield


def step(m: "DigitalDivideModel") -> None:
    """Capacity grows, incidents strike, trust falls and recovers."""
    c, p, dt = m.state.countries, m.values.security, m.dt
    c.certification = m.programme("certification", "security_certification")
    c.alliance = m.programme("alliance", "security_alliance")
    taught = p.officials_effect * np.log1p(c.officials / 1000)
    c.security += (1 - c.security) * (1 - np.exp(-(p.capacity_growth + taught) * dt))

    seed, at = m.plan.seed, m.state.step
    u = uniforms(key(seed, "security.country", at), m.ids)
    c.incidents = poisson(incident_rate(m) * dt, u)
    u = uniforms(key(seed, "security.platform", at), m.platform_ids)
    struck = u < p.platform_rate * dt
    loss = p.trust_loss * c.incidents
    if struck.any():
        loss = loss + p.spread_loss * (m.state.share[struck].sum(axis=0))
    c.trust += (m.state.trust_norm - c.trust) * (1 - np.exp(-p.recovery * dt))
    c.trust = np.maximum(0.0, c.trust - loss * (1 - 0.5 * c.alliance * p.alliance_effect))
