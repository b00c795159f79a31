"""Platforms: they enter where margin is best, compete for users, and lock them in.

Marketplaces and payment rails each divide the users of a country by logit on appeal, fee, network,
reach, settlement time and regulatory distance; a share of last year's users stays whatever
happens. Fees rise with market share. Once a year a platform enters the market with the best
expected margin after fixed, localisation and certification cost, and leaves its worst if that
loses money. Oligopoly is not imposed (compare Terán, Leger and López 2024). Platforms review
prices and markets once a year.
"""

from typing import NamedTuple

import numpy as np
from numba import int64
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.platform import Kind
from divide.model.compiled import njit
from divide.model.processes import firms
from divide.model.processes.rules import RECOGNITION
from divide.model.run import Run
from divide.model.state import Choice

Array = NDArray[np.float64]

#: Options a firm looks at: the platforms of a country with the largest shares.
OPTIONS = 16


class Pairs(NamedTuple):
    """Platform and country of each market that a platform serves, (pairs,) each, by platform.

    Most platforms serve one country: the pairs are few among all that there could be.
    """

    platform: NDArray[np.intp]
    country: NDArray[np.intp]


@njit(cache=True, nogil=True)
def countries_served(serves: NDArray[np.bool_]) -> NDArray[np.intp]:
    """How many countries each platform serves, (platforms,)."""
    reach = np.zeros(serves.shape[0], dtype=np.intp)
    for p in range(serves.shape[0]):
        count = 0
        for there in serves[p]:
            count += int(there)
        reach[p] = count
    return reach


@njit(cache=True, nogil=True)
def served(serves: NDArray[np.bool_], reach: NDArray[np.intp]) -> Pairs:
    """The pairs that are served.

    Args:
        serves: Which platform serves which country, (platforms, n).
        reach: How many each platform serves, (platforms,).
    """
    pairs = 0
    for p in range(reach.size):
        pairs += reach[p]
    platform, country = np.empty(pairs, np.intp), np.empty(pairs, np.intp)
    k = 0
    for p in range(reach.size):
        last = k + reach[p]
        j = 0
        while k < last:  # most serve one country: the rest of the row need not be looked at
            if serves[p, j]:
                platform[k], country[k] = p, j
                k += 1
            j += 1
    return Pairs(platform, country)


@njit(cache=True, nogil=True, error_model="numpy")
def divide_users(
    share: Array,
    stays: Array,
    own: Array,
    home: NDArray[np.int16],
    distance: Array,
    kept_home: Array,
    distance_effect: float,
    at_home: float,
    pairs: Pairs,
    marketplaces: int,
) -> None:
    """Users who do not stay divide by logit over the platforms that serve their country. In place.

    Marketplaces, which come first, and payment rails divide the users apart.

    Args:
        share: Share of a country's users, (platforms, n); changed.
        stays: Share of a platform's users who stay whatever happens, (platforms,).
        own: Utility that is the same in every country, (platforms,).
        home: Country row of the home jurisdiction, (platforms,).
        distance: Regulatory distance, (n, n).
        kept_home: Degree to which a country keeps data at home, (n,).
        distance_effect: Loss of utility per unit of the two in a country that is not the home.
        at_home: Gain of utility at home.
        pairs: The pairs that are served.
        marketplaces: How many platforms are marketplaces.
    """
    n = share.shape[1]
    before, drawn = np.empty(pairs.platform.size), np.empty(pairs.platform.size)
    kept, best, total = np.zeros((2, n)), np.full((2, n), -np.inf), np.zeros((2, n))
    for k in range(drawn.size):
        p, j = pairs.platform[k], pairs.country[k]
        kind = int(p >= marketplaces)
        before[k] = share[p, j] * stays[p]
        kept[kind, j] += before[k]
        away = distance_effect * (distance[home[p], j] + kept_home[j])
        drawn[k] = own[p] + (at_home if home[p] == j else -away)
        best[kind, j] = max(best[kind, j], drawn[k])
    for k in range(drawn.size):
        drawn[k] -= best[int(pairs.platform[k] >= marketplaces), pairs.country[k]]
    vector.exp(drawn)
    for k in range(drawn.size):
        total[int(pairs.platform[k] >= marketplaces), pairs.country[k]] += drawn[k]
    for p in range(share.shape[0]):
        for j in range(n):
            share[p, j] = 0.0
    for k in range(drawn.size):
        p, j = pairs.platform[k], pairs.country[k]
        kind = int(p >= marketplaces)
        share[p, j] = before[k] + (1 - kept[kind, j]) * (drawn[k] / total[kind, j])


@njit(cache=True, nogil=True, error_model="numpy")
def leading(share: Array, pairs: Pairs, rows: tuple[int | np.int64, int], width: int) -> Choice:
    """Whom each country's firms choose among: cumulative shares and names, (n, width) each.

    These are the largest `width` shares, made to add up to 1. Of equal shares the earlier platform
    leads; the rest is padded with platform -1.

    Args:
        share: Share of a country's users, (platforms, n).
        pairs: Where it is not zero.
        rows: First platform and the one after the last.
        width: How many a firm looks at.
    """
    n = share.shape[1]
    top = np.zeros((n, width))
    names = np.full((n, width), -1, dtype=np.int16)
    for i in range(pairs.platform.size):
        p, j = pairs.platform[i], pairs.country[i]
        if p < rows[0] or p >= rows[1] or share[p, j] <= top[j, width - 1]:
            continue
        k = width - 1
        while k > 0 and share[p, j] > top[j, k - 1]:
            top[j, k], names[j, k] = top[j, k - 1], names[j, k - 1]
            k -= 1
        top[j, k], names[j, k] = share[p, j], p
    for j in range(n):
        total = so_far = 0.0
        for k in range(width):
            total += top[j, k]
        total = max(total, 1e-300)
        for k in range(width):
            so_far += top[j, k] / total
            top[j, k] = so_far
    return top, names


class Tally(NamedTuple):
    """What platforms and countries have of each other after the users have divided.

    Attributes:
        users: People by platform, (platforms,).
        volume: US$ a year by platform, (platforms,).
        marketplaces: How many serve each country, (n,).
        concentration: Herfindahl-Hirschman index of them, 1 where there is none, (n,).
        hub: Share of users on platforms of the hub, mean of the two kinds, (n,).
    """

    users: Array
    volume: Array
    marketplaces: Array
    concentration: Array
    hub: Array


@njit(cache=True, nogil=True)
def tally(
    share: Array,
    pairs: Pairs,
    people: Array,
    spending: Array,
    trade: Array,
    of_hub: NDArray[np.bool_],
    marketplaces: int,
) -> Tally:
    """Sums over the pairs that are served.

    Args:
        share: Share of a country's users, (platforms, n).
        pairs: Where it is not zero.
        people: Users in each country, (n,).
        spending: What goes through its marketplaces, US$ a year, (n,).
        trade: What goes through its payment rails, US$ a year, (n,).
        of_hub: Which platforms are at home in the hub's jurisdiction, (platforms,).
        marketplaces: How many platforms are marketplaces.
    """
    platforms, n = share.shape
    users, volume = np.zeros(platforms), np.zeros(platforms)
    there, concentration, hub = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(pairs.platform.size):
        p, j = pairs.platform[k], pairs.country[k]
        part = share[p, j]
        users[p] += part * people[j]
        if of_hub[p]:
            hub[j] += part / 2
        if p < marketplaces:
            volume[p] += part * spending[j]
            there[j] += 1
            concentration[j] += part * part
        else:
            volume[p] += part * trade[j]
    for j in range(n):  # a country that no marketplace serves has no choice either
        if there[j] == 0:
            concentration[j] = 1.0
    return Tally(users, volume, there, concentration, hub)


class Offers(NamedTuple):
    """What platforms offer wherever they are, (platforms,) each."""

    appeal: Array
    sellers: Array
    fee: Array
    settlement_days: Array
    openness: Array


class Effects(NamedTuple):
    """Parameters of the utility of a platform, by the names of the parameters."""

    network: float
    reach_effect: float
    fee_sensitivity: float
    delay_effect: float
    distance_effect: float
    home_appeal: float


class Demand(NamedTuple):
    """What countries bring to platforms, (n,) each.

    Attributes:
        people: Users.
        spending: What goes through marketplaces, US$ a year.
        exports, imports: What goes through payment rails, US$ a year.
        localisation: Strictness of data localisation.
        data_space: Degree to which a data space relieves it.
    """

    people: Array
    spending: Array
    exports: Array
    imports: Array
    localisation: Array
    data_space: Array


@njit(cache=True, nogil=True, error_model="numpy")
def meet(
    share: Array,
    serves: NDArray[np.bool_],
    lock_in: float,
    offers: Offers,
    effects: Effects,
    home: NDArray[np.int16],
    of_hub: NDArray[np.bool_],
    distance: Array,
    demand: Demand,
    marketplaces: int,
    width: int,
) -> tuple[NDArray[np.intp], Tally, Choice, Choice]:
    """Users divide over the platforms that serve them, and are counted.

    Args:
        share: Share of a country's users, (platforms, n); changed.
        serves: Which platform serves which country, (platforms, n).
        lock_in: Share of the users of a closed platform who stay whatever happens.
        offers: What platforms offer.
        effects: Parameters.
        home: Country row of the home jurisdiction, (platforms,).
        of_hub: Which platforms are at home in the hub's jurisdiction, (platforms,).
        distance: Regulatory distance, (n, n).
        demand: What countries bring.
        marketplaces: How many platforms are marketplaces.
        width: How many platforms a firm looks at.

    Returns:
        How many countries each platform serves, (platforms,); sums; whom firms choose among for a
        marketplace, and for a rail.
    """
    reach = countries_served(serves)
    pairs = served(serves, reach)
    # Open platforms let users take their data and contacts along.
    stays = lock_in * (1.0 - 0.5 * offers.openness)
    own = np.empty(reach.size)
    for p in range(reach.size):
        own[p] = (
            offers.appeal[p]
            + effects.network * np.log1p(offers.sellers[p])
            + effects.reach_effect * np.log(max(reach[p], 1))
            - effects.fee_sensitivity * offers.fee[p]
            - effects.delay_effect * offers.settlement_days[p]
        )
    kept_home = demand.localisation * (1.0 - demand.data_space)
    divide_users(
        share, stays, own, home, distance, kept_home, effects.distance_effect,
        effects.home_appeal, pairs, marketplaces,
    )  # fmt: skip
    trade = demand.exports + demand.imports
    found = tally(share, pairs, demand.people, demand.spending, trade, of_hub, marketplaces)
    rails = reach.size - marketplaces
    return (
        reach,
        found,
        leading(share, pairs, (int64(0), marketplaces), min(width, marketplaces)),
        leading(share, pairs, (marketplaces, reach.size), min(width, rails)),
    )


def compete(m: Run, lock_in: float) -> None:
    """Users divide over the platforms that serve them; a share `lock_in` stays where it was."""
    s, b, p, c = m.state, m.state.platforms, m.values.platforms, m.state.countries
    people = c.population * m.national(c.online * c.accounts)
    reach, found, s.marketplace_choice, s.rail_choice = meet(
        s.share, s.serves, lock_in,
        Offers(b.appeal, b.sellers, b.fee, b.settlement_days, b.openness),
        p.pick(Effects),
        b.home, b.jurisdiction == m.bloc[m.hub], s.distance,
        Demand(people, s.spending, c.exports, c.imports, c.localisation, c.data_space),
        m.marketplaces.size, OPTIONS,
    )  # fmt: skip
    b.users, b.volume, b.reach = found.users, found.volume, reach.astype(float)
    c.marketplaces, c.marketplace_hhi = found.marketplaces, found.concentration
    c.hub_platforms = found.hub


@njit(cache=True, nogil=True, error_model="numpy")
def best_and_worst(
    take: Array,
    share: Array,
    serves: NDArray[np.bool_],
    home: NDArray[np.int16],
    spending: Array,
    fixed_cost: float,
    compliance: Array,
) -> tuple[NDArray[np.intp], Array, NDArray[np.intp], Array]:
    """The country that each marketplace would best enter and the one it would best leave.

    The yearly margin it expects in a country is (fee - marginal cost) x share x online spending,
    less a fixed cost and, abroad, the cost of compliance. Where it is not yet it expects the same
    share as each of the rivals there.

    Args:
        take: Fee less marginal cost, share of value, (marketplaces,).
        share: Share of a country's users, (marketplaces, n).
        serves: Which marketplace serves which country, (marketplaces, n).
        home: Country row of the home jurisdiction, (marketplaces,).
        spending: Online spending, US$ a year, (n,).
        fixed_cost: US$ a year in each country.
        compliance: Cost to a foreign marketplace, US$ a year, (n,).

    Returns:
        Row of the best country to enter and its margin, US$; the same of the worst country it
        serves; (marketplaces,) each. The margins are -inf and inf where there is no such country.
    """
    marketplaces, n = serves.shape
    rivals = np.zeros(n)
    for p in range(marketplaces):
        for j in range(n):
            rivals[j] += serves[p, j]
    best, worst = np.zeros(marketplaces, np.intp), np.zeros(marketplaces, np.intp)
    most, least = np.full(marketplaces, -np.inf), np.full(marketplaces, np.inf)
    for p in range(marketplaces):
        for j in range(n):
            expected = share[p, j] if serves[p, j] else 1 / (1 + rivals[j])
            margin = take[p] * expected * spending[j] - fixed_cost
            if home[p] != j:
                margin -= compliance[j]
            if serves[p, j]:
                if margin < least[p]:
                    least[p], worst[p] = margin, j
            elif margin > most[p]:
                most[p], best[p] = margin, j
    return best, most, worst, least


@njit(cache=True, nogil=True, error_model="numpy")
def review(
    share: Array,
    held: Array,
    serves: NDArray[np.bool_],
    home: NDArray[np.int16],
    marginal_cost: Array,
    markup: Array,
    rises: float,
    spending: Array,
    fixed_cost: float,
    compliance: Array,
) -> tuple[Array, tuple[NDArray[np.intp], Array, NDArray[np.intp], Array]]:
    """Fees of marketplaces, which rise with their share where they are, and where these lead them.

    Args:
        share: Share of a country's users, (marketplaces, n).
        held: Its sum over countries, (marketplaces,).
        serves: Which marketplace serves which country, (marketplaces, n).
        home: Country row of the home jurisdiction, (marketplaces,).
        marginal_cost: Share of value, (marketplaces,).
        markup: Fee less marginal cost without any share, (marketplaces,).
        rises: What a share of one adds to it.
        spending: See `best_and_worst`.
        fixed_cost: See there.
        compliance: See there.

    Returns:
        Fees, (marketplaces,), and what `best_and_worst` finds.
    """
    reach = countries_served(serves)
    fee, taken = np.empty(home.size), np.empty(home.size)
    for p in range(home.size):
        fee[p] = markup[p] + marginal_cost[p] + rises * (held[p] / max(reach[p], 1))
        taken[p] = fee[p] - marginal_cost[p]
    return fee, best_and_worst(taken, share, serves, home, spending, fixed_cost, compliance)


def compliance(m: Run) -> Array:
    """Cost of localisation and certification to a foreign marketplace, US$ a year, (n,)."""
    c, p = m.state.countries, m.values.platforms
    relief = np.exp(-p.data_centre_relief * c.data_centres) * (1 - c.data_space)
    return p.localisation_cost * c.localisation * relief + p.certification_cost * (
        c.certification * (1 - (c.stage >= RECOGNITION))
    )


def step(m: Run) -> None:
    """Once a year: fees, interoperability, entry and exit, then competition for users."""
    s, b, p = m.state, m.state.platforms, m.values.platforms
    if not m.first_step_of_year:
        return
    rows = slice(0, m.marketplaces.size)
    share = s.share[rows]
    b.fee[rows], (best, most, worst, least) = review(
        share, share.sum(axis=1), s.serves[rows], b.home[rows], b.marginal_cost[rows],
        m.markup_at_start, p.markup, s.spending, p.fixed_cost, compliance(m),
    )  # fmt: skip

    # Small platforms open up to borrow the network of others; rails also when policy says so.
    chosen = s.share.max(axis=1) < p.interoperate_below
    required = s.countries.interoperability[b.home] * (
        (b.kind == Kind.WALLET) | (b.kind == Kind.INSTANT)
    )
    b.openness = np.maximum(chosen * 0.5, required)

    k = m.marketplaces
    entering = most > 0
    leaving = (least < 0) & (worst != b.home[rows])
    before = s.serves.copy()
    s.serves[k[leaving], worst[leaving]] = False
    s.serves[k[entering], best[entering]] = True
    _open_bridge(m)
    firms.turn_away(m, before & ~s.serves)
    compete(m, p.lock_in)


def _open_bridge(m: Run) -> None:
    """The multi-CBDC rail serves its members; wallets serve where interoperability admits them."""
    s, b = m.state, m.state.platforms
    s.serves[b.kind == Kind.BRIDGE] = s.countries.bridge > 0.05
