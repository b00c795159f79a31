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
from numba import int32, int64
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.platform import Kind
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.processes import firms
from divide.model.run import Run
from divide.model.state import Choice

Array = NDArray[np.float64]

#: Options a firm looks at: the platforms of a country with the largest shares.
OPTIONS = 16
#: What loops compare a platform's kind with.
WALLET, INSTANT, BRIDGE = int(Kind.WALLET), int(Kind.INSTANT), int(Kind.BRIDGE)


class Pairs(NamedTuple):
    """Platform and country of each market that a platform serves, (pairs,) each, by platform.

    Most platforms serve one country: the pairs are few among all that there could be.
    """

    platform: NDArray[np.uint16]
    country: NDArray[np.uint16]


@njit(cache=True, nogil=True)
def countries_served(serves: NDArray[np.bool_]) -> NDArray[np.intp]:
    """How many countries each platform serves, (platforms,)."""
    reach = np.empty(serves.shape[0], dtype=np.intp)
    for p in range(serves.shape[0]):
        count = 0
        for j in range(serves.shape[1]):
            count += int(serves[p, j])
        reach[p] = count
    return reach


@njit(cache=True, nogil=True, inline="always")
def _only(serves: NDArray[np.bool_]) -> int:
    """The country of a platform that serves one, given which it serves, (n,)."""
    row = int32(0)
    for j in range(serves.size):
        row += int32(j) * int32(serves[j])
    return int(row)


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
    platform, country = np.empty(pairs, np.uint16), np.empty(pairs, np.uint16)
    k = 0
    for p in range(reach.size):
        if reach[p] == 1:  # most: their country is the sum of all, found without a branch
            platform[k], country[k] = p, _only(serves[p])
            k += 1
            continue
        last = k + reach[p]
        j = 0
        while k < last:
            if serves[p, j]:
                platform[k], country[k] = p, j
                k += 1
            j += 1
    return Pairs(platform, country)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
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
    platform, country = pairs.platform, pairs.country
    n = share.shape[1]
    count = platform.size
    before, drawn = np.empty(count), np.empty(count)
    kept, best, total = np.empty((2, n)), np.empty((2, n)), np.empty((2, n))
    for j in range(n):
        kept[0, j] = kept[1, j] = total[0, j] = total[1, j] = 0.0
        best[0, j] = best[1, j] = -np.inf
    for k in range(count):
        p, j = platform[k], country[k]
        kind = int(p >= marketplaces)
        before[k] = share[p, j] * stays[p]
        kept[kind, j] += before[k]
        away = distance_effect * (distance[home[p], j] + kept_home[j])
        drawn[k] = own[p] + (at_home if home[p] == j else -away)
        best[kind, j] = max(best[kind, j], drawn[k])
    for k in range(count):
        drawn[k] -= best[int(platform[k] >= marketplaces), country[k]]
    vector.exp(drawn)
    for k in range(count):
        total[int(platform[k] >= marketplaces), country[k]] += drawn[k]
    for j in range(n):  # to free users, in parts of what draws them
        total[0, j] = (1 - kept[0, j]) / total[0, j]
        total[1, j] = (1 - kept[1, j]) / total[1, j]
    for p in range(share.shape[0]):
        for j in range(n):
            share[p, j] = 0.0
    for k in range(count):
        p, j = platform[k], country[k]
        share[p, j] = before[k] + total[int(p >= marketplaces), j] * drawn[k]


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
    platform, country = pairs.platform, pairs.country
    n = share.shape[1]
    top, names = np.empty((n, width)), np.empty((n, width), np.int16)
    found = np.zeros(n, np.intp)
    for i in range(platform.size):
        p, j = platform[i], country[i]
        if p < rows[0] or p >= rows[1]:
            continue
        part, k = share[p, j], found[j]
        if k < width and part > 0.0:
            found[j] += 1
        elif k < width or part <= top[j, width - 1]:
            continue
        else:  # the last gives way
            k = width - 1
        while k > 0 and part > top[j, k - 1]:
            top[j, k], names[j, k] = top[j, k - 1], names[j, k - 1]
            k -= 1
        top[j, k], names[j, k] = part, p
    for j in range(n):
        total = so_far = 0.0
        for k in range(found[j]):
            total += top[j, k]
        for k in range(found[j]):
            so_far += top[j, k] / total
            top[j, k] = so_far
        for k in range(found[j], width):
            top[j, k], names[j, k] = so_far, -1
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


@njit(cache=True, nogil=True, inline="always")
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
    platform, country = pairs.platform, pairs.country
    platforms, n = share.shape
    users, volume = np.zeros(platforms), np.zeros(platforms)
    there, concentration, hub = np.zeros(n), np.zeros(n), np.zeros(n)
    k = 0
    for p in range(platforms):
        reached = value = 0.0
        for_hub = 0.5 if of_hub[p] else 0.0
        while k < platform.size and platform[k] == p:
            j = country[k]
            part = share[p, j]
            reached += part * people[j]
            hub[j] += for_hub * part
            if p < marketplaces:
                value += part * spending[j]
                there[j] += 1
                concentration[j] += part * part
            else:
                value += part * trade[j]
            k += 1
        users[p], volume[p] = reached, value
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
    """What countries bring to platforms, (n,) each, but for the cells.

    Attributes:
        population: People.
        online: Share online, (n, cells).
        accounts: Share with an account, (n, cells).
        spending: What goes through marketplaces, US$ a year.
        exports, imports: What goes through payment rails, US$ a year.
        localisation: Strictness of data localisation.
        data_space: Degree to which a data space relieves it.
    """

    population: Array
    online: Array
    accounts: Array
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
    jurisdiction: NDArray[np.int8],
    hub: int,
    distance: Array,
    demand: Demand,
    cell_shares: Array,
    marketplaces: int,
) -> tuple[Array, Tally, Choice, Choice]:
    """Users divide over the platforms that serve them, and are counted.

    Args:
        share: Share of a country's users, (platforms, n); changed.
        serves: Which platform serves which country, (platforms, n).
        lock_in: Share of the users of a closed platform who stay whatever happens.
        offers: What platforms offer.
        effects: Parameters.
        home: Country row of the home jurisdiction, (platforms,).
        jurisdiction: Bloc of the home jurisdiction, (platforms,).
        hub: Bloc of the hub.
        distance: Regulatory distance, (n, n).
        demand: What countries bring.
        cell_shares: Share of a country's people in each cell, (n, cells).
        marketplaces: How many platforms are marketplaces.

    Returns:
        How many countries each platform serves, (platforms,); sums; whom firms choose among for a
        marketplace, and for a rail.
    """
    platforms, n = share.shape
    served_by_each = countries_served(serves)
    pairs = served(serves, served_by_each)
    stays, own, reach = np.empty(platforms), np.empty(platforms), np.empty(platforms)
    of_hub = np.empty(platforms, np.bool_)
    for p in range(platforms):
        reach[p] = served_by_each[p]
        # Open platforms let users take their data and contacts along.
        stays[p] = lock_in * (1.0 - 0.5 * offers.openness[p])
        own[p] = (
            offers.appeal[p]
            + effects.network * np.log1p(offers.sellers[p])
            + effects.reach_effect * np.log(max(reach[p], 1.0))
            - effects.fee_sensitivity * offers.fee[p]
            - effects.delay_effect * offers.settlement_days[p]
        )
        of_hub[p] = jurisdiction[p] == hub
    kept_home, trade, buyers = np.empty(n), np.empty(n), np.empty(cell_shares.shape)
    for j in range(n):
        kept_home[j] = demand.localisation[j] * (1.0 - demand.data_space[j])
        trade[j] = demand.exports[j] + demand.imports[j]
        for k in range(buyers.shape[1]):
            buyers[j, k] = demand.online[j, k] * demand.accounts[j, k]
    people = weighted_sum(buyers, cell_shares)
    for j in range(n):
        people[j] *= demand.population[j]
    divide_users(
        share, stays, own, home, distance, kept_home, effects.distance_effect,
        effects.home_appeal, pairs, marketplaces,
    )  # fmt: skip
    return (
        reach,
        tally(share, pairs, people, demand.spending, trade, of_hub, marketplaces),
        leading(share, pairs, (int64(0), marketplaces), min(OPTIONS, marketplaces)),
        leading(share, pairs, (marketplaces, platforms), min(OPTIONS, platforms - marketplaces)),
    )


def compete(m: Run, lock_in: float) -> None:
    """Users divide over the platforms that serve them; a share `lock_in` stays where it was."""
    s, b, c = m.state, m.state.platforms, m.state.countries
    b.reach, found, s.marketplace_choice, s.rail_choice = meet(
        s.share, s.serves, lock_in,
        Offers(b.appeal, b.sellers, b.fee, b.settlement_days, b.openness),
        m.values.platforms.pick(Effects), b.home, b.jurisdiction, int(m.bloc[m.hub]), s.distance,
        Demand(
            c.population, c.online, c.accounts, s.spending, c.exports, c.imports,
            c.localisation, c.data_space,
        ),
        m.cell_shares, m.marketplaces.size,
    )  # fmt: skip
    b.users, b.volume, c.marketplaces, c.marketplace_hhi, c.hub_platforms = found


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def best_and_worst(
    take: Array,
    share: Array,
    serves: NDArray[np.bool_],
    pairs: Pairs,
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
        share: Share of a country's users, (marketplaces or more, n).
        serves: Which marketplace serves which country, (marketplaces or more, n).
        pairs: The pairs that are served.
        home: Country row of the home jurisdiction, (marketplaces or more,).
        spending: Online spending, US$ a year, (n,).
        fixed_cost: US$ a year in each country.
        compliance: Cost to a foreign marketplace, US$ a year, (n,).

    Returns:
        Row of the best country to enter and its margin, US$; the same of the worst country it
        serves; (marketplaces,) each. The margins are -inf and inf where there is no such country.
    """
    platform, country = pairs.platform, pairs.country
    marketplaces, n = take.size, spending.size
    best, worst = np.zeros(marketplaces, np.intp), np.zeros(marketplaces, np.intp)
    most, least = np.empty(marketplaces), np.empty(marketplaces)
    for p in range(marketplaces):
        most[p], least[p] = -np.inf, np.inf
    rivals = np.zeros(n)
    for k in range(platform.size):
        p, j = platform[k], country[k]
        if p >= marketplaces:
            break
        rivals[j] += 1.0
        margin = take[p] * share[p, j] * spending[j] - fixed_cost
        if home[p] != j:
            margin -= compliance[j]
        if margin < least[p]:
            least[p], worst[p] = margin, j
    part, margins = np.empty(n), np.empty(n)
    for j in range(n):
        part[j] = spending[j] / (1.0 + rivals[j])
    for p in range(marketplaces):
        for j in range(n):  # without a branch, so that the compiler does several at once
            margin = take[p] * part[j] - fixed_cost - compliance[j]
            margins[j] = -np.inf if serves[p, j] else margin
        if not serves[p, home[p]]:
            margins[home[p]] += compliance[home[p]]
        for j in range(n):
            if margins[j] > most[p]:
                most[p], best[p] = margins[j], j
    return best, most, worst, least


class Business(NamedTuple):
    """Parameters of a platform's yearly review, by the names of the parameters."""

    markup: float
    fixed_cost: float
    localisation_cost: float
    certification_cost: float
    data_centre_relief: float
    interoperate_below: float


class Terrain(NamedTuple):
    """What platforms find in countries, (n,) each, by the names of the columns."""

    localisation: Array
    data_space: Array
    data_centres: Array
    certification: Array
    recognised: Array
    interoperability: Array
    bridge: Array


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def compliance(there: Terrain, p: Business) -> Array:
    """Cost of localisation and certification to a foreign marketplace, US$ a year, (n,)."""
    usd = np.empty(there.recognised.size)
    for j in range(usd.size):
        relief = np.exp(-p.data_centre_relief * there.data_centres[j]) * (1 - there.data_space[j])
        usd[j] = p.localisation_cost * there.localisation[j] * relief
        usd[j] += (1 - there.recognised[j]) * p.certification_cost * there.certification[j]
    return usd


@njit(cache=True, nogil=True, error_model="numpy")
def review(
    share: Array,
    serves: NDArray[np.bool_],
    fee: Array,
    openness: Array,
    kind: NDArray[np.int8],
    home: NDArray[np.int16],
    marginal_cost: Array,
    markup: Array,
    spending: Array,
    there: Terrain,
    p: Business,
) -> NDArray[np.bool_]:
    """The yearly review of all platforms; `fee`, `openness` and `serves` change.

    The fee of a marketplace rises with its share where it is. Small platforms open up to borrow the
    network of others; wallets and instant links also where policy says so. Each marketplace enters
    the best country and leaves the worst if that loses money, but never its home. The multi-CBDC
    rail serves its members.

    Args:
        share: Share of a country's users, (platforms, n).
        serves: Which platform serves which country, (platforms, n).
        fee: Share of value, (platforms,).
        openness: Interoperability with other platforms, 0-1, (platforms,).
        kind: What each platform is, (platforms,); marketplaces come first.
        home: Country row of the home jurisdiction, (platforms,).
        marginal_cost: Share of value, (platforms,).
        markup: Fee less marginal cost without any share, (marketplaces,).
        spending: Online spending, US$ a year, (n,).
        there: What platforms find in countries.
        p: Parameters.

    Returns:
        Which platform has left which country, (platforms, n).
    """
    platforms, n = serves.shape
    reach = countries_served(serves)
    pairs = served(serves, reach)
    platform, country = pairs.platform, pairs.country
    take = np.empty(markup.size)
    k = 0
    for i in range(platforms):
        held = largest = 0.0
        while k < platform.size and platform[k] == i:
            part = share[i, country[k]]
            held += part
            largest = max(largest, part)
            k += 1
        if i < markup.size:
            fee[i] = markup[i] + marginal_cost[i] + p.markup * (held / max(reach[i], 1))
            take[i] = fee[i] - marginal_cost[i]
        openness[i] = 0.5 if largest < p.interoperate_below else 0.0
        if kind[i] == WALLET or kind[i] == INSTANT:
            openness[i] = max(openness[i], there.interoperability[home[i]])

    best, most, worst, least = best_and_worst(
        take, share, serves, pairs, home, spending, p.fixed_cost, compliance(there, p)
    )
    left = np.zeros((platforms, n), np.bool_)
    for i in range(platforms):
        if i < markup.size:
            if least[i] < 0 and worst[i] != home[i]:
                left[i, worst[i]], serves[i, worst[i]] = True, False
            if most[i] > 0:
                serves[i, best[i]] = True
        elif kind[i] == BRIDGE:
            for j in range(n):
                member = there.bridge[j] > 0.05
                left[i, j], serves[i, j] = serves[i, j] and not member, member
    return left


def step(m: Run) -> None:
    """Once a year: fees, interoperability, entry and exit, then competition for users."""
    if not m.first_step_of_year:
        return
    s, b, c, p = m.state, m.state.platforms, m.state.countries, m.values.platforms
    left = review(
        s.share, s.serves, b.fee, b.openness, b.kind, b.home, b.marginal_cost, m.markup_at_start,
        s.spending,
        Terrain(
            c.localisation, c.data_space, c.data_centres, c.certification, c.recognised,
            c.interoperability, c.bridge,
        ),
        p.pick(Business),
    )  # fmt: skip
    firms.turn_away(m, left)
    compete(m, p.lock_in)
