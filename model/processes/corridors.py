"""Corridors: what it costs, and how long it takes, to pay from one country to another.

Each type of rail that both ends can use has a fee, a settlement time that ties up capital, and a
cost of compliance that rises with regulatory distance. Sellers choose by logit; a corridor's cost
is the expected cost of their choices, not the log-sum, which would fall whenever any rail, even a
useless one, were added. Rails dominated on every count are dropped first. Corridors are repriced
once a year.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.run import Run

Array = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def price_corridors(
    fee: Array,
    days: Array,
    access: Array,
    distance: Array,
    burden: Array,
    capital_cost: float,
    compliance: float,
    compliance_distance: float,
    scale: float,
) -> tuple[Array, Array]:
    """Expected cost (share of value) and time (days) of payment between countries, (n, n) each.

    Args:
        fee: Fee and exchange margin of each rail, (rails,), share of value.
        days: Settlement time, (rails,).
        access: Degree to which a country can use a rail, (n, rails), 0-1; the lower end counts.
        distance: Regulatory distance, (n, n).
        burden: Factor on compliance cost from localisation and certification, (n,).
        capital_cost: Yearly cost of the money under way.
        compliance: Cost of compliance at no distance, share of value.
        compliance_distance: Rise of compliance cost per unit of distance.
        scale: Scale of the logit choice, share of value.
    """
    n, rails = access.shape
    cost = np.zeros((n, n))
    time = np.zeros((n, n))
    tau = fee + days * capital_cost / 365
    appeal = np.exp(-(tau - tau.min()) / scale)
    # no_worse[o, r]: o is at most as dear and as slow as r; ahead: and better on one of them, or
    # its twin and listed first (twins would count twice in the logit).
    no_worse = np.zeros((rails, rails), dtype=np.bool_)
    ahead = np.zeros((rails, rails), dtype=np.bool_)
    for o in range(rails):
        for r in range(rails):
            no_worse[o, r] = o != r and fee[o] <= fee[r] and days[o] <= days[r]
            better = fee[o] < fee[r] or days[o] < days[r] or o < r
            ahead[o, r] = no_worse[o, r] and better
    by_rail = access.T.copy()
    usable = np.empty((rails, n))
    chosen, weight, mean, wait = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):  # with the partners before it, a short loop a task: compilers vectorise that
        for r in range(rails):
            for j in range(i):
                usable[r, j] = min(by_rail[r, i], by_rail[r, j])
        weight[:i] = 0.0
        mean[:i] = 0.0
        wait[:i] = 0.0
        for r in range(rails):
            for j in range(i):
                chosen[j] = usable[r, j] * appeal[r]
            for o in range(rails):
                if ahead[o, r]:
                    for j in range(i):
                        chosen[j] = 0.0 if usable[o, j] >= usable[r, j] else chosen[j]
                elif no_worse[o, r]:
                    for j in range(i):
                        chosen[j] = 0.0 if usable[o, j] > usable[r, j] else chosen[j]
            for j in range(i):
                weight[j] += chosen[j]
                mean[j] += chosen[j] * tau[r]
                wait[j] += chosen[j] * days[r]
        for j in range(i):
            extra = compliance * (1 + compliance_distance * distance[i, j])
            extra *= max(burden[i], burden[j])
            cost[i, j] = mean[j] / weight[j] + extra
            time[i, j] = wait[j] / weight[j]
        for j in range(i):
            cost[j, i] = cost[i, j]
            time[j, i] = time[i, j]
    return cost, time


def access(m: Run) -> Array:
    """Degree to which each country can use each type of rail abroad, (n, rails)."""
    c, p = m.state.countries, m.values.corridors
    holders = m.national(c.accounts)
    return np.stack(
        [
            np.ones(m.n),
            0.2 + 0.8 * holders,
            p.foreign_wallets * holders * (0.5 + 0.5 * c.wallet_support) * c.interoperability,
            0.5 * holders * c.interoperability**2,
            c.bridge,
        ],
        axis=1,
    )


def reprice(m: Run) -> None:
    """This year's corridor prices."""
    c, p = m.state.countries, m.values.corridors
    kept_home = c.localisation * (1 - c.data_space)
    burden = (1 + p.localisation_compliance * kept_home) * (1 - 0.2 * c.certification)
    fee = [p.correspondent_fee, p.card_fee, p.wallet_fee, p.instant_fee, p.bridge_fee]
    days = [p.correspondent_days, p.card_days, p.wallet_days, p.instant_days, p.bridge_days]
    m.state.corridor_cost, m.state.corridor_days = price_corridors(
        np.array(fee),
        np.array(days),
        access(m),
        m.state.distance,
        burden,
        p.capital_cost,
        p.compliance,
        p.compliance_distance,
        p.choice_scale,
    )
