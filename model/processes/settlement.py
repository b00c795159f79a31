"""Settlement: over whose rails cross-border payments settle, and what is lost when rails close.

A payment settles in the jurisdiction of its rail and, it is assumed, in its currency: over card
networks, marketplaces' checkouts and the bridge at home with those that run them; over wallets and
instant links, half and half, at home with the two ends; through correspondent banks in dollars,
euro, yuan and the rest as their messages say.

A shock (lever `payment_shock`: a failure, a wave of fraud, sanctions) closes the rails of the
jurisdiction that carries most of a country's payments. The rest have some room to spare; what finds
none is not traded. Whoever depends on one jurisdiction loses most.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.agents.platform import Kind
from divide.model.compiled import njit
from divide.model.processes import trade
from divide.model.run import Run

Array = NDArray[np.float64]

#: Types of rail, in the order of `corridors.prices`.
RAILS = ("banks", "cards", "wallets", "links", "bridge")
KINDS, BLOCS = len(Kind), len(AXES["jurisdiction"])
#: What loops call some of them.
MARKETPLACE, CARD, BRIDGE = int(Kind.MARKETPLACE), int(Kind.CARD), int(Kind.BRIDGE)
HUB, EU, US, OTHER = map(AXES["jurisdiction"].index, ("hub", "eu", "us", "other"))


class Currencies(NamedTuple):
    """Parameters of where payments settle, by their names."""

    yuan: float
    euro: float
    dollar: float
    checkouts: float


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def by_users(
    share: Array, kind: NDArray[np.int8], jurisdiction: NDArray[np.int8], bloc: NDArray[np.int64]
) -> Array:
    """Jurisdictions of the platforms of each kind, by their users, (kinds, n, blocs).

    Rows sum to 1. What nobody offers in a country settles at home, if anything goes over it.

    Args:
        share: Share of a country's users, (platforms, n).
        kind: What each platform is, (platforms,).
        jurisdiction: Bloc of its home, (platforms,).
        bloc: Bloc of each country, (n,).
    """
    platforms, n = share.shape
    users, where = np.zeros((KINDS, BLOCS, n)), np.zeros((KINDS, n, BLOCS))
    for p in range(platforms):
        k, b = kind[p], jurisdiction[p]
        for i in range(n):  # all of them, most of which are 0: the compiler adds several at once
            users[k, b, i] += share[p, i]
    for k in range(KINDS):
        for i in range(n):
            total = 0.0
            for b in range(BLOCS):
                total += users[k, b, i]
            if total > 0.0:
                for b in range(BLOCS):
                    where[k, i, b] = users[k, b, i] / total
            else:
                where[k, i, bloc[i]] = 1.0
    return where


@njit(cache=True, nogil=True)
def _places(
    share: Array,
    kind: NDArray[np.int8],
    jurisdiction: NDArray[np.int8],
    bloc: NDArray[np.int64],
    p: Currencies,
) -> Array:
    """Where payments over each type of rail settle, (rails, n, blocs), rows sum to 1.

    Args:
        share: Share of a country's users, (platforms, n).
        kind: What each platform is, (platforms,).
        jurisdiction: Bloc of its home, (platforms,).
        bloc: Bloc of each country, (n,).
        p: Parameters.
    """
    users, n = by_users(share, kind, jurisdiction, bloc), bloc.size
    places = np.zeros((len(RAILS), n, BLOCS))
    for i in range(n):
        places[0, i, HUB], places[0, i, EU], places[0, i, US] = p.yuan, p.euro, p.dollar
        places[0, i, OTHER] = 1.0 - (p.yuan + p.euro + p.dollar)
        for b in range(BLOCS):
            cards, checkouts = users[CARD, i, b], users[MARKETPLACE, i, b]
            places[1, i, b] = (1 - p.checkouts) * cards + p.checkouts * checkouts
            places[4, i, b] = users[BRIDGE, i, b]
        places[2, i, bloc[i]] = places[3, i, bloc[i]] = 1.0
    return places


def jurisdictions(m: Run) -> Array:
    """Where payments over each type of rail settle, (rails, n, blocs), rows sum to 1."""
    s, b = m.state, m.state.platforms
    return _places(s.share, b.kind, b.jurisdiction, m.bloc, m.values.settlement.pick(Currencies))


@njit(cache=True, nogil=True)
def _mixed(use: Array, places: Array) -> Array:
    """Share of each country's payments in each jurisdiction, (n, blocs).

    Args:
        use: What a country pays and is paid over each type of rail, any unit, (rails, n).
        places: Where these settle, (rails, n, blocs).
    """
    rails, n, blocs = places.shape
    found = np.zeros((n, blocs))
    for i in range(n):
        paid = 0.0
        for r in range(rails):
            paid += use[r, i]
        paid = max(paid, 1e-300)
        for r in range(rails):
            for b in range(blocs):
                found[i, b] += use[r, i] / paid * places[r, i, b]
    return found


def settle(m: Run) -> None:
    """Share of each country's cross-border payments that settles in each jurisdiction."""
    m.state.countries.settled = _mixed(m.state.rail_use, jurisdictions(m))


def lost_share(m: Run, closed: Array) -> Array:
    """Share of a country's payments that cannot be made where some are `closed`, (n,).

    Those that are closed seek the room that the rest have to spare. Of as many as there are in
    the queue, room included, the share finds it that there is room for: f = c c / (c + s (1 - c)),
    which rises faster than c (form assumed).
    """
    room = m.values.settlement.spare * (1 - closed)
    return closed * closed / np.maximum(closed + room, 1e-300)


def step(m: Run) -> None:
    """Where rails are closed payments fail, trade is lost, and trust with it."""
    c = m.state.countries
    if m.first_step_of_year:
        settle(m)
    if m.state.policy.delivered.get("payment_shock") is None and not c.closed.any():
        return
    closed = m.in_force("payment_shock") * c.settled.max(axis=1)
    if not (closed.any() or c.closed.any()):
        return
    lost = lost_share(m, closed)
    failed = trade.bilateral(m) * np.maximum(lost[:, None], lost)
    news = np.maximum(closed - c.closed, 0.0)
    c.trust = np.maximum(0.0, c.trust - m.values.security.spread_loss * news)
    c.closed = closed
    c.exports = c.exports - failed.sum(axis=1)
    c.imports = c.imports - failed.sum(axis=0)
    m.state.spending = c.home_sales + c.imports
    c.online_share = m.state.spending / trade.consumption(m)
    c.payments_lost = failed.sum(axis=1) + failed.sum(axis=0)
