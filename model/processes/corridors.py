"""Corridors: what it costs, and how long it takes, to pay from one country to another.

Each type of rail that both ends can use has a price: a part of the value, a fixed fee over the mean
basket of a parcel, and what the money under way costs. Bank transfers have the 3-6 % and 3-7 days
that are usually quoted; consumers pay by card or at a marketplace's checkout, which cost less and
whose fees are assumed. Payment is dearer where remittances are, and all market fees fall at the
rate at which the cost of remittances fell. Compliance rises with regulatory distance.

Sellers choose by logit; a corridor's cost is the expected cost of their choices, not the log-sum,
which would fall whenever any rail, even a useless one, were added. Rails dominated on every count
are dropped first. Corridors are repriced once a year; `settlement.py` says in whose jurisdiction
their payments settle.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]

#: Year of which the fees are.
FEES_OF = 2022
#: Singapore and Thailand made the first link of two instant-payment systems in April 2021
#: (The Straits Times).
FIRST_LINK = 2021.25
#: Means of the 101 countries on whose cost of remittances `dear` was fitted: ln of income over
#: 15,000 and of population over ten million, shares in Sub-Saharan Africa and in East Asia.
SURVEYED = (-0.515, 0.226, 0.317, 0.139)
#: Lowest and highest ln of income over 15,000 among them: beyond these nothing is known.
INCOMES_SURVEYED = (-2.3, 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def price_corridors(
    price: Array,
    days: Array,
    access: Array,
    distance: Array,
    burden: Array,
    gravity: Array,
    size: Array,
    capital_cost: float,
    compliance: float,
    compliance_distance: float,
    scale: float,
) -> tuple[Array, Array, Array]:
    """Cost (share of value) and time (days) of payment between countries, and rails' value.

    Args:
        price: Fees of each rail at each end, (n, rails), share of value; a pair pays the mean.
        days: Settlement time, (rails,).
        access: Degree to which a country can use a rail, (n, rails), 0-1; the lower end counts.
        distance: Regulatory distance, (n, n).
        burden: Factor on compliance cost from localisation and certification, (n,).
        gravity: What draws trade between countries, (n, n), symmetric.
        size: What each country trades, any unit, (n,); a pair pays gravity times both sizes.
        capital_cost: Yearly cost of the money under way.
        compliance: Cost of compliance at no distance, share of value.
        compliance_distance: Rise of compliance cost per unit of distance.
        scale: Scale of the logit choice, share of value.

    Returns:
        Expected cost and days, (n, n) each, and what each country pays and is paid over each rail,
        (rails, n).
    """
    n, rails = access.shape
    cost = np.zeros((n, n))
    time = np.zeros((n, n))
    used = np.zeros((rails, n))
    half = np.empty((rails, n))  # half of the price at each end, money under way included
    appeal = np.empty((rails, n))
    lowest, highest = np.empty(rails), np.empty(rails)
    for r in range(rails):
        lowest[r] = highest[r] = price[0, r]
        for i in range(n):
            lowest[r], highest[r] = min(lowest[r], price[i, r]), max(highest[r], price[i, r])
    for i in range(n):
        least = np.inf
        for r in range(rails):
            half[r, i] = (price[i, r] + days[r] * capital_cost / 365) / 2
            least = min(least, half[r, i])
        for r in range(rails):
            appeal[r, i] = np.exp((least - half[r, i]) / scale)
    fee, by_rail = np.empty((rails, n)), np.empty((rails, n))
    for r in range(rails):
        for i in range(n):
            fee[r, i], by_rail[r, i] = price[i, r], access[i, r]
    usable, paid, chosen = np.empty((rails, n)), np.empty((rails, n)), np.empty((rails, n))
    total, mean, wait = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):  # with the partners before it, a short loop a task: compilers vectorise that
        for j in range(i):
            total[j] = mean[j] = wait[j] = 0.0
        for r in range(rails):
            own, at_home = by_rail[r, i], fee[r, i]
            for j in range(i):
                usable[r, j] = min(own, by_rail[r, j])
            for j in range(i):
                paid[r, j] = at_home + fee[r, j]
        for r in range(rails):
            if by_rail[r, i] == 0.0:  # the bridge, nearly everywhere
                for j in range(i):
                    chosen[r, j] = 0.0
                continue
            own, at_home = appeal[r, i], half[r, i]
            for j in range(i):
                chosen[r, j] = usable[r, j] * own * appeal[r, j]
            for o in range(rails):
                never = fee[o, i] + lowest[o] > fee[r, i] + highest[r]
                if o == r or days[o] > days[r] or never or by_rail[o, i] == 0.0:
                    continue
                if days[o] < days[r] or o < r:
                    for j in range(i):
                        beaten = (paid[o, j] <= paid[r, j]) & (usable[o, j] >= usable[r, j])
                        chosen[r, j] = 0.0 if beaten else chosen[r, j]
                else:  # of twins the one listed first stays: both would count twice in the logit
                    for j in range(i):
                        beaten = (paid[o, j] <= paid[r, j]) & (usable[o, j] >= usable[r, j])
                        beaten &= (paid[o, j] < paid[r, j]) | (usable[o, j] > usable[r, j])
                        chosen[r, j] = 0.0 if beaten else chosen[r, j]
            for j in range(i):
                total[j] += chosen[r, j]
                mean[j] += chosen[r, j] * (at_home + half[r, j])
                wait[j] += chosen[r, j] * days[r]
        for j in range(i):
            extra = compliance * (1 + compliance_distance * distance[i, j])
            extra *= max(burden[i], burden[j])
            cost[i, j] = mean[j] / total[j] + extra
            time[i, j] = wait[j] / total[j]
            total[j] = gravity[i, j] * size[j] / total[j]
        big = size[i]
        for r in range(rails):
            if by_rail[r, i] == 0.0:
                continue
            for j in range(i):
                chosen[r, j] *= total[j] * big
            for j in range(i):
                used[r, j] += chosen[r, j]
            a, b, c, d = 0.0, 0.0, 0.0, 0.0  # four sums: each waits for itself alone
            whole = i - i % 4
            for j in range(0, whole, 4):
                a += chosen[r, j]
                b += chosen[r, j + 1]
                c += chosen[r, j + 2]
                d += chosen[r, j + 3]
            for j in range(whole, i):
                a += chosen[r, j]
            used[r, i] += a + b + c + d
        for j in range(i):
            cost[j, i] = cost[i, j]
            time[j, i] = time[i, j]
    return cost, time, used


@lru_cache(maxsize=64)
def expected_dear(
    world: World, income: float, population: float, africa: float, east_asia: float
) -> Array:
    """Expected cost of paying abroad in a country over that in the countries surveyed, (n,).

    Least squares on the ln of the cost of sending US$ 200 to a country (SDG indicator 10.c.1, 101
    countries, 2011-2018). Hardly any of them has a high income; there the regions' part is left
    out.

    Args:
        world: The countries.
        income: Rise of the ln of cost with the ln of income.
        population: The same with the ln of population.
        africa: The same in Sub-Saharan Africa.
        east_asia: The same in East Asia and the Pacific.
    """
    v, region = world.values, world.fact("region")
    poor = world.fact("income_group") != "High income"
    known = np.clip(np.log(v["income"] / 15_000), *INCOMES_SURVEYED)
    found = (
        income * (known - SURVEYED[0])
        + population * (np.log(v["population"] / 1e7) - SURVEYED[1])
        + africa * (((region == "Sub-Saharan Africa") & poor) - SURVEYED[2])
        + east_asia * (((region == "East Asia & Pacific") & poor) - SURVEYED[3])
    )
    return frozen(np.exp(found.astype(float)))


def dear(m: Run) -> Array:
    """What paying abroad costs in a country over what it costs in those surveyed, (n,).

    In a predictive draw it differs from what is expected as the countries surveyed do.
    """
    p = m.values.corridors
    expected = expected_dear(
        m.world, p.dear_income, p.dear_population, p.dear_africa, p.dear_east_asia
    )
    if not m.plan.draw:
        return expected
    own = predictive.normal(m.plan.draw, "payment cost", 0, m.ids)
    return expected * predictive.centred(p.dear_spread, own)


def prices(m: Run) -> Array:
    """Fees of each type of rail in each country, (n, rails), share of value.

    In the order correspondent banks, cards and marketplaces' checkouts, wallets, instant links,
    bridge. The bridge has no market price yet, so none that falls.
    """
    p = m.values.corridors
    fixed = p.checkout_fixed / p.basket
    fees = np.array(
        [
            p.correspondent_fee + p.correspondent_fixed / p.basket,
            p.card_fee + fixed,
            p.wallet_fee + fixed,
            p.instant_fee + fixed,
        ]
    )
    fees *= np.exp(-p.fee_decline * (m.plan.start + m.state.elapsed - FEES_OF))
    follows = np.array([1.0, p.card_carry, 1.0, 0.0])
    market = fees * dear(m)[:, None] ** follows
    return np.concatenate([market, np.full((m.n, 1), p.bridge_fee)], axis=1)


def linked(m: Run) -> float:
    """Share of the world's instant-payment systems that are linked with each other by now."""
    since = max(m.plan.start + m.state.elapsed - FIRST_LINK, 0.0)
    return float(-np.expm1(-m.values.corridors.link_rate * since))


def access(m: Run) -> Array:
    """Degree to which each country can use each type of rail abroad, (n, rails).

    That interoperability makes fees fall is what was found (Brunnermeier, Limodio and Spadavecchia
    2023); on accounts it acts by `payments.from_interoperability`, which may be below zero.
    """
    c, p = m.state.countries, m.values.corridors
    holders = m.national(c.accounts)
    return np.stack(
        [
            np.ones(m.n),
            0.2 + 0.8 * holders,
            p.foreign_wallets * holders * (0.5 + 0.5 * c.wallet_support) * c.interoperability,
            linked(m) * holders * c.interoperability,
            p.bridge_retail * c.bridge,
        ],
        axis=1,
    )


def sizes(m: Run) -> Array:
    """What each country trades, or its GDP before anything is known of trade, US$ a year, (n,)."""
    traded = m.state.countries.exports + m.state.countries.imports
    return traded if traded.any() else m.gdp_usd()


def reprice(m: Run) -> None:
    """This year's corridor prices."""
    c, p, s = m.state.countries, m.values.corridors, m.state
    kept_home = c.localisation * (1 - c.data_space)
    burden = (1 + p.localisation_compliance * kept_home) * (1 - 0.2 * c.certification)
    days = [p.correspondent_days, p.card_days, p.wallet_days, p.instant_days, p.bridge_days]
    s.corridor_cost, s.corridor_days, s.rail_use = price_corridors(
        prices(m),
        np.array(days),
        access(m),
        s.distance,
        burden,
        m.gravity,
        sizes(m),
        p.capital_cost,
        p.compliance,
        p.compliance_distance,
        p.choice_scale,
    )
