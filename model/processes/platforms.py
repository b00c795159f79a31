"""Platforms: they enter where margin is best, compete for users, and lock them in.

Marketplaces and payment rails each divide the users of a country by logit on appeal, fee, network,
reach, settlement time and regulatory distance; a share of last year's users stays whatever
happens. Fees rise with market share. Once a year a platform enters the market with the best
expected margin after fixed, localisation and certification cost, and leaves its worst if that
loses money. Oligopoly is not imposed (compare Terán, Leger and López 2024). Platforms review
prices and markets once a year.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.agents.platform import Kind
from divide.model.processes import firms
from divide.model.processes.rules import RECOGNITION
from divide.model.run import Run
from divide.model.state import Choice

Array = NDArray[np.float64]

#: Options a firm looks at: the platforms of a country with the largest shares.
OPTIONS = 16


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
    serves: NDArray[np.bool_],
) -> None:
    """Users who do not stay divide by logit over the platforms that serve their country. In place.

    Args:
        share: Share of a country's users, (platforms, n); changed.
        stays: Share of a platform's users who stay whatever happens, (platforms,).
        own: Utility that is the same in every country, (platforms,).
        home: Country row of the home jurisdiction, (platforms,).
        distance: Regulatory distance, (n, n).
        kept_home: Degree to which a country keeps data at home, (n,).
        distance_effect: Loss of utility per unit of the two in a country that is not the home.
        at_home: Gain of utility at home.
        serves: Which platform serves which country, (platforms, n).
    """
    platforms, n = serves.shape
    kept = np.zeros(n)
    best = np.full(n, -np.inf)
    total = np.zeros(n)
    for p in range(platforms):
        for j in range(n):
            share[p, j] *= stays[p] * serves[p, j]
            kept[j] += share[p, j]
    pairs = np.nonzero(serves)  # most platforms serve one country: they are few
    drawn = np.empty(pairs[0].size)
    for k in range(drawn.size):
        p, j = pairs[0][k], pairs[1][k]
        away = distance_effect * (distance[home[p], j] + kept_home[j])
        drawn[k] = own[p] + (at_home if home[p] == j else -away)
        best[j] = max(best[j], drawn[k])
    for k in range(drawn.size):
        j = pairs[1][k]
        drawn[k] = np.exp(drawn[k] - best[j])
        total[j] += drawn[k]
    for k in range(drawn.size):
        p, j = pairs[0][k], pairs[1][k]
        share[p, j] += (1 - kept[j]) * (drawn[k] / total[j])


@njit(cache=True, nogil=True)
def leading(share: Array, rows: NDArray[np.intp], width: int) -> Choice:
    """Each country's `width` largest shares and whose they are, (n, width) each.

    Of equal shares the earlier platform leads; the rest is padded with shares 0 of platform -1.
    """
    n = share.shape[1]
    top = np.zeros((n, width))
    names = np.full((n, width), -1, dtype=np.int16)
    for p in rows:
        for j in range(n):
            if share[p, j] <= top[j, width - 1]:
                continue
            k = width - 1
            while k > 0 and share[p, j] > top[j, k - 1]:
                top[j, k], names[j, k] = top[j, k - 1], names[j, k - 1]
                k -= 1
            top[j, k], names[j, k] = share[p, j], p
    return top, names


def options(share: Array, rows: NDArray[np.intp]) -> Choice:
    """Each country's leading platforms and their cumulative shares, (n, options) each."""
    top, names = leading(share, rows, min(OPTIONS, rows.size))
    total = np.maximum(top.sum(axis=1, keepdims=True), 1e-300)
    return np.cumsum(top / total, axis=1), names


def utility(m: Run, reach: NDArray[np.intp]) -> Array:
    """What each platform, which reaches so many countries, offers wherever it is, (platforms,)."""
    b, p = m.state.platforms, m.values.platforms
    return (
        b.appeal
        + p.network * np.log1p(b.sellers)
        + p.reach_effect * np.log(np.maximum(reach, 1))
        - p.fee_sensitivity * b.fee
        - p.delay_effect * b.settlement_days
    )


def compete(m: Run, lock_in: float) -> None:
    """Users divide over the platforms that serve them; a share `lock_in` stays where it was."""
    s, b, p, c = m.state, m.state.platforms, m.values.platforms, m.state.countries
    reach = s.serves.sum(axis=1)
    own = utility(m, reach)
    kept_home = c.localisation * (1 - c.data_space)
    # Open platforms let users take their data and contacts along.
    stays = lock_in * (1 - 0.5 * b.openness)
    markets, rails = _kinds(m)
    for rows in (markets, rails):
        divide_users(
            s.share[rows], stays[rows], own[rows], b.home[rows], s.distance, kept_home,
            p.distance_effect, p.home_appeal, s.serves[rows],
        )  # fmt: skip
    people = c.population * m.national(c.online * c.accounts)
    b.users = np.einsum("pn,n->p", s.share, people)
    b.reach = reach.astype(float)
    for rows, value in ((markets, s.spending), (rails, c.exports + c.imports)):
        b.volume[rows] = np.einsum("pn,n->p", s.share[rows], value)
    s.marketplace_choice = options(s.share, m.marketplaces)
    s.rail_choice = options(s.share, m.rails)
    _concentration(m)


def _kinds(m: Run) -> tuple[slice, slice]:
    """Rows of the marketplaces and of the rails, as slices: what they select is not copied."""
    return slice(0, m.marketplaces.size), slice(m.marketplaces.size, None)


def _concentration(m: Run) -> None:
    """How many platforms each country has, how concentrated they are, and whose they are."""
    s, c = m.state, m.state.countries
    markets, rails = _kinds(m)
    market, rail = s.share[markets], s.share[rails]
    hubs = s.platforms.jurisdiction == m.bloc[m.hub]
    c.marketplaces = s.serves[markets].sum(axis=0).astype(float)
    # A country that no marketplace serves has no choice either.
    c.marketplace_hhi = np.where(c.marketplaces > 0, np.einsum("pn,pn->n", market, market), 1.0)
    c.hub_platforms = (market[hubs[markets]].sum(axis=0) + rail[hubs[rails]].sum(axis=0)) / 2


@njit(cache=True, nogil=True, error_model="numpy")
def best_and_worst(
    take: Array,
    share: Array,
    serves: NDArray[np.bool_],
    rivals: NDArray[np.intp],
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
        rivals: How many marketplaces serve each country, (n,).
        home: Country row of the home jurisdiction, (marketplaces,).
        spending: Online spending, US$ a year, (n,).
        fixed_cost: US$ a year in each country.
        compliance: Cost to a foreign marketplace, US$ a year, (n,).

    Returns:
        Row of the best country to enter and its margin, US$; the same of the worst country it
        serves; (marketplaces,) each. The margins are -inf and inf where there is no such country.
    """
    marketplaces, n = serves.shape
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
    rows = _kinds(m)[0]
    served = np.maximum(s.serves[rows].sum(axis=1), 1)
    mean_share = s.share[rows].sum(axis=1) / served
    b.fee[rows] = m.markup_at_start[rows] + b.marginal_cost[rows] + p.markup * mean_share

    # Small platforms open up to borrow the network of others; rails also when policy says so.
    share = np.maximum(s.share.max(axis=1), 0.0)
    chosen = share < p.interoperate_below
    required = s.countries.interoperability[b.home] * (
        (b.kind == Kind.WALLET) | (b.kind == Kind.INSTANT)
    )
    b.openness = np.maximum(chosen * 0.5, required)

    best, most, worst, least = best_and_worst(
        b.fee[rows] - b.marginal_cost[rows], s.share[rows], s.serves[rows],
        s.serves[rows].sum(axis=0), b.home[rows], s.spending, p.fixed_cost, compliance(m),
    )  # fmt: skip
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
