"""Settlement: over whose rails cross-border payments settle, and what is lost when rails close.

A payment settles in the jurisdiction of its rail and, it is assumed, in its currency: over card
networks, marketplaces' checkouts and the bridge at home with those that run them; over wallets and
instant links, half and half, at home with the two ends; through correspondent banks in dollars,
euro, yuan and the rest as their messages say.

A shock (lever `payment_shock`: a failure, a wave of fraud, sanctions) closes the rails of the
jurisdiction that carries most of a country's payments. The rest have some room to spare; what finds
none is not traded. Whoever depends on one jurisdiction loses most.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.agents.platform import Kind
from divide.model.processes import trade
from divide.model.run import Run

Array = NDArray[np.float64]

#: Types of rail in the order of `corridors.prices`.
RAILS = (Kind.CORRESPONDENT, Kind.CARD, Kind.WALLET, Kind.INSTANT, Kind.BRIDGE)
BLOCS = len(AXES["jurisdiction"])


def settle(m: Run) -> None:
    """Share of each country's cross-border payments that settles in each jurisdiction."""
    use = m.state.rail_use
    paid = np.maximum(use.sum(axis=0), 1e-300)
    where = np.stack([jurisdictions(m, kind) for kind in RAILS])
    m.state.countries.settled = np.einsum("rn,rnb->nb", use / paid, where)


def jurisdictions(m: Run, kind: Kind) -> Array:
    """In which jurisdictions payments over a type of rail settle, (n, blocs), rows sum to 1."""
    p = m.values.settlement
    if kind == Kind.CORRESPONDENT:
        parts = {"hub": p.yuan, "eu": p.euro, "us": p.dollar}
        named = np.array([parts.get(name, 0.0) for name in AXES["jurisdiction"]])
        named[AXES["jurisdiction"].index("other")] = 1 - named.sum()
        return np.tile(named, (m.n, 1))
    if kind in (Kind.WALLET, Kind.INSTANT):
        return np.eye(BLOCS)[m.bloc]
    found = offered(m, kind)
    if kind == Kind.CARD:
        found = (1 - p.checkouts) * found + p.checkouts * offered(m, Kind.MARKETPLACE)
    return found


def offered(m: Run, kind: Kind) -> Array:
    """Jurisdictions of the platforms of a kind, by their users, (n, blocs), rows sum to 1."""
    s = m.state
    rows = np.flatnonzero(s.platforms.kind == kind)
    share = s.share[rows].T @ np.eye(BLOCS)[s.platforms.jurisdiction[rows]]
    total = share.sum(axis=1, keepdims=True)
    # What nobody offers in a country settles at home, if anything goes over it.
    return np.where(total > 0, share / np.where(total > 0, total, 1.0), np.eye(BLOCS)[m.bloc])


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
    closed = m.in_force("payment_shock") * c.settled.max(axis=1)
    if not (closed.any() or c.closed.any()):
        return
    news = np.maximum(closed - c.closed, 0.0)
    c.trust = np.maximum(0.0, c.trust - m.values.security.spread_loss * news)
    c.closed = closed
    lost = lost_share(m, closed)
    failed = trade.bilateral(m) * np.maximum(lost[:, None], lost)
    c.exports = c.exports - failed.sum(axis=1)
    c.imports = c.imports - failed.sum(axis=0)
    m.state.spending = c.home_sales + c.imports
    c.online_share = m.state.spending / trade.consumption(m)
    c.payments_lost = failed.sum(axis=1) + failed.sum(axis=0)
