"""Platforms: they enter where margin is best, compete for users, and lock them in.

Marketplaces and payment rails each divide the users of a country by logit on appeal, fee, network,
reach, settlement time and regulatory distance; a share of last year's users stays whatever
happens. Fees rise with market share. Once a year a platform enters the market with the best
expected margin after fixed, localisation and certification cost, and leaves its worst if that
loses money. Oligopoly is not imposed (compare Terán, Leger and López 2024). Platforms review
prices and markets once a year.
"""

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.agents.platform import Kind
from model.processes.rules import RECOGNITION

if TYPE_CHECKING:
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]
Choice = tuple[Array, NDArray[np.int16]]

#: Options a firm looks at: the platforms of a country with the largest shares.
OPTIONS = 16


@njit(cache=True, nogil=True, error_model="numpy")
def divide_users(
    share: Array,
    stays: Array,
    own: Array,
    home: NDArray[np.int16],
    away: Array,
    at_home: float,
    serves: NDArray[np.bool_],
) -> None:
    """Users who do not stay divide by logit over the platforms that serve their country. In place.

    Args:
        share: Share of a country's users, (platforms, n); changed.
        stays: Share of a platform's users who stay whatever happens, (platforms,).
        own: Utility that is the same in every country, (platforms,).
        home: Country row of the home jurisdiction, (platforms,).
        away: Loss of utility in a country from a home elsewhere, (n, n), by home and country.
        at_home: Gain of utility at home.
        serves: Which platform serves which country, (platforms, n).
    """
    platforms, n = serves.shape
    drawn = np.zeros((platforms, n))
    kept = np.zeros(n)
    best = np.full(n, -np.inf)
    total = np.zeros(n)
    for p in range(platforms):
        for j in range(n):
            share[p, j] *= stays[p] * serves[p, j]
            kept[j] += share[p, j]
            if serves[p, j]:
                drawn[p, j] = own[p] + (at_home if home[p] == j else -away[home[p], j])
                best[j] = max(best[j], drawn[p, j])
    for p in range(platforms):
        for j in range(n):
            if serves[p, j]:
                drawn[p, j] = np.exp(drawn[p, j] - best[j])
                total[j] += drawn[p, j]
    for p in range(platforms):
        for j in range(n):
            if serves[p, j]:
                share[p, j] += (1 - kept[j]) * (drawn[p, j] / total[j])


@njit(cache=True, nogil=True)
def turn_away(
    platform: NDArray[np.int16], country: NDArray[np.int16], serves: NDArray[np.bool_]
) -> None:
    """Firms on a platform that has left their country are on none until they choose again.

    Args:
        platform: Platform row of each firm, -1 for none, (firms,); changed.
        country: Country row, (firms,).
        serves: Which platform serves which country, (platforms, n).
    """
    for f in range(platform.size):
        if platform[f] >= 0 and not serves[platform[f], country[f]]:
            platform[f] = -1


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


def utility(m: "DigitalDivideModel") -> Array:
    """What each platform offers its users wherever they are, (platforms,)."""
    b, p = m.state.platforms, m.values.platforms
    return (
        b.appeal
        + p.network * np.log1p(b.sellers)
        + p.reach_effect * np.log(np.maximum(m.state.serves.sum(axis=1), 1))
        - p.fee_sensitivity * b.fee
        - p.delay_effect * b.settlement_days
    )


def compete(m: "DigitalDivideModel", lock_in: float) -> None:
    """Users divide over the platforms that serve them; a share `lock_in` stays where it was."""
    s, b, p, c = m.state, m.state.platforms, m.values.platforms, m.state.countries
    own = utility(m)
    kept_home = c.localisation * (1 - c.data_space)
    away = p.distance_effect * (s.distance + kept_home[None, :])
    # Open platforms let users take their data and contacts along.
    stays = lock_in * (1 - 0.5 * b.openness)
    markets, rails = _kinds(m)
    for rows in (markets, rails):
        divide_users(
            s.share[rows], stays[rows], own[rows], b.home[rows], away, p.home_appeal, s.serves[rows]
        )
    people = c.population * m.national(c.online * c.accounts)
    b.users = np.einsum("pn,n->p", s.share, people)
    b.reach = s.serves.sum(axis=1).astype(float)
    for rows, value in ((markets, s.spending), (rails, c.exports + c.imports)):
        b.volume[rows] = np.einsum("pn,n->p", s.share[rows], value)
    s.marketplace_choice = options(s.share, m.marketplaces)
    s.rail_choice = options(s.share, m.rails)
    _concentration(m)


def _kinds(m: "DigitalDivideModel") -> tuple[slice, slice]:
    """Rows of the marketplaces and of the rails, as slices: what they select is not copied."""
    return slice(0, m.marketplaces.size), slice(m.marketplaces.size, None)


def _concentration(m: "DigitalDivideModel") -> None:
    """How many platforms each country has, how concentrated they are, and whose they are."""
    s, c = m.state, m.state.countries
    markets, rails = _kinds(m)
    market, rail = s.share[markets], s.share[rails]
    hubs = s.platforms.jurisdiction == m.bloc[m.hub]
    c.marketplaces = s.serves[markets].sum(axis=0).astype(float)
    # A country that no marketplace serves has no choice either.
    c.marketplace_hhi = np.where(c.marketplaces > 0, np.einsum("pn,pn->n", market, market), 1.0)
    c.hub_platforms = (market[hubs[markets]].sum(axis=0) + rail[hubs[rails]].sum(axis=0)) / 2


def expected_margin(m: "DigitalDivideModel") -> Array:
    """Yearly margin a marketplace expects in each country, US$, (marketplaces, n)."""
    s, b, p, c = m.state, m.state.platforms, m.values.platforms, m.state.countries
    rows = _kinds(m)[0]
    rivals = s.serves[rows].sum(axis=0)
    share = np.where(s.serves[rows], s.share[rows], 1 / (1 + rivals))
    take = (b.fee[rows] - b.marginal_cost[rows])[:, None]
    foreign = b.home[rows, None] != np.arange(m.n)[None, :]
    relief = np.exp(-p.data_centre_relief * c.data_centres) * (1 - c.data_space)
    compliance = p.localisation_cost * c.localisation * relief + p.certification_cost * (
        c.certification * (1 - (c.stage >= RECOGNITION))
    )
    return take * share * s.spending[None, :] - p.fixed_cost - foreign * compliance[None, :]


def step(m: "DigitalDivideModel") -> None:
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
    required = s.countries.interoperability[b.home] * np.isin(b.kind, [Kind.WALLET, Kind.INSTANT])
    b.openness = np.maximum(chosen * 0.5, required)

    margin = expected_margin(m)
    outside = np.where(s.serves[rows], -np.inf, margin)
    inside = np.where(s.serves[rows], margin, np.inf)
    best, worst = outside.argmax(axis=1), inside.argmin(axis=1)
    k = m.marketplaces
    entering = outside[k, best] > 0
    leaving = (inside[k, worst] < 0) & (worst != b.home[rows])
    s.serves[k[leaving], worst[leaving]] = False
    s.serves[k[entering], best[entering]] = True
    _open_bridge(m)
    for platform in (s.firms.marketplace, s.firms.rail):
        turn_away(platform, s.firms.country, s.serves)
    compete(m, p.lock_in)


def _open_bridge(m: "DigitalDivideModel") -> None:
    """The multi-CBDC rail serves its members; wallets serve where interoperability admits them."""
    s, b = m.state, m.state.platforms
    s.serves[b.kind == Kind.BRIDGE] = s.countries.bridge > 0.05
