"""Corridors: what it costs, and how long it takes, to pay from one country to another.

Each type of rail that both ends can use has a price: a part of the value, a fixed fee over the mean
basket of a parcel, and what the money under way costs. Bank transfers have the 3-6 % and 3-7 days
that are usually quoted; consumers pay by card or at a marketplace's checkout, which cost less and
whose fees are assumed. Payment is dearer where remittances are, and all market fees fall at the
rate at which the cost of remittances fell. Compliance rises with regulatory distance.

Sellers choose by logit; a corridor's cost is the expected cost of their choices, not the log-sum,
which would fall whenever any rail, even a useless one, were added. Rails dominated on every count
are dropped first (see `corridor_prices.py`). Corridors are repriced once a year; `settlement.py`
says in whose jurisdiction their payments settle.
"""

from functools import lru_cache
from math import exp, expm1
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.processes.corridor_prices import price_corridors
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


class Ends(NamedTuple):
    """Parameters of `at_each_end`."""

    correspondent_fee: float
    correspondent_fixed: float
    card_fee: float
    card_carry: float
    wallet_fee: float
    instant_fee: float
    checkout_fixed: float
    basket: float
    bridge_fee: float
    bridge_retail: float
    foreign_wallets: float
    localisation_compliance: float


@njit(cache=True, nogil=True, error_model="numpy")
def at_each_end(
    dear: Array,
    accounts: Array,
    cell_shares: Array,
    wallet_support: Array,
    interoperability: Array,
    bridge: Array,
    localisation: Array,
    data_space: Array,
    certification: Array,
    fallen: float,
    linked: float,
    p: Ends,
) -> tuple[Array, Array, Array]:
    """Fees, (n, rails), degree of access, (n, rails), and burden of compliance, (n,).

    Rails in the order correspondent banks, cards and marketplaces' checkouts, wallets, instant
    links, bridge. The bridge has no market price yet, so none that falls. That interoperability
    makes fees fall is what was found (Brunnermeier, Limodio and Spadavecchia 2023); on accounts it
    acts by `payments.from_interoperability`, which may be below zero.

    Args:
        dear: What paying abroad costs over what it costs in the countries surveyed, (n,).
        accounts: Share with an account, (n, cells).
        cell_shares: Share of a country's people in each cell, (n, cells).
        wallet_support: Strength of the mobile-wallet programme, 0-1, (n,).
        interoperability: Of payment systems, 0-1, (n,).
        bridge: Membership of the bridge, 0-1, (n,).
        localisation: Strictness of data localisation, 0-1, (n,).
        data_space: Participation in the cross-border data space, 0-1, (n,).
        certification: Share of products sold under security certification, (n,).
        fallen: Market fees over those of `FEES_OF`.
        linked: Share of the instant-payment systems that are linked with each other.
        p: Parameters.
    """
    n = dear.size
    price, access, burden = np.empty((n, 5)), np.empty((n, 5)), np.empty(n)
    holders = weighted_sum(accounts, cell_shares)
    fixed = p.checkout_fixed / p.basket
    banks = fallen * (p.correspondent_fee + p.correspondent_fixed / p.basket)
    cards, wallets = fallen * (p.card_fee + fixed), fallen * (p.wallet_fee + fixed)
    links = fallen * (p.instant_fee + fixed)
    for i in range(n):
        price[i, 0], price[i, 1] = banks * dear[i], cards * dear[i] ** p.card_carry
        price[i, 2], price[i, 3], price[i, 4] = wallets * dear[i], links, p.bridge_fee
        wallet = p.foreign_wallets * holders[i] * (0.5 + 0.5 * wallet_support[i])
        access[i, 0], access[i, 1] = 1.0, 0.2 + 0.8 * holders[i]
        access[i, 2] = wallet * interoperability[i]
        access[i, 3] = linked * holders[i] * interoperability[i]
        access[i, 4] = p.bridge_retail * bridge[i]
        kept_home = localisation[i] * (1 - data_space[i])
        burden[i] = (1 + p.localisation_compliance * kept_home) * (1 - 0.2 * certification[i])
    return price, access, burden


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
    return frozen(expected * predictive.centred(p.dear_spread, own))


def ends(m: Run) -> tuple[Array, Array, Array]:
    """What each country pays, can use and must comply with now: see `at_each_end`."""
    c, p = m.state.countries, m.values.corridors
    fallen = exp(-p.fee_decline * (m.plan.start + m.state.elapsed - FEES_OF))
    return at_each_end(
        dear(m), c.accounts, m.cell_shares, c.wallet_support, c.interoperability, c.bridge,
        c.localisation, c.data_space, c.certification, fallen, linked(m), p.pick(Ends),
    )  # fmt: skip


def prices(m: Run) -> Array:
    """Fees of each type of rail in each country, (n, rails), share of value."""
    return ends(m)[0]


def linked(m: Run) -> float:
    """Share of the world's instant-payment systems that are linked with each other by now."""
    since = max(m.plan.start + m.state.elapsed - FIRST_LINK, 0.0)
    return -expm1(-m.values.corridors.link_rate * since)


def sizes(m: Run) -> Array:
    """What each country trades, or its GDP before anything is known of trade, US$ a year, (n,)."""
    traded = m.state.countries.exports + m.state.countries.imports
    return traded if traded.any() else m.gdp_usd()


def reprice(m: Run) -> None:
    """This year's corridor prices."""
    p, s = m.values.corridors, m.state
    price, access, burden = ends(m)
    days = [p.correspondent_days, p.card_days, p.wallet_days, p.instant_days, p.bridge_days]
    s.corridor_cost, s.corridor_days, s.rail_use = price_corridors(
        price, np.array(days), access, s.distance, burden, m.gravity, sizes(m),
        p.capital_cost, p.compliance, p.compliance_distance, p.choice_scale,
    )  # fmt: skip
