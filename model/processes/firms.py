"""Firms: each gains or loses four states, with odds that are a product of factors.

The odds of being connected, of accepting digital payment, of selling online and of exporting online
are (country conditions) x (size, sector, own skill or productivity) x (peers in the same country,
size class and sector). Each state needs the one before. A firm without a state gains it at
`speed x odds/(1 + odds)`, one with it loses it at `speed/(1 + odds)`, so the long-run share is
odds/(1 + odds) of those who have what it needs, or less (form assumed). `ladder` has the kernels.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.firm import FIXED, SECTORS, FirmPopulation
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.processes import expected, ladder, ladder_sums, tools
from divide.model.processes.ladder import Meeting, Sums
from divide.model.run import Run
from divide.model.streams import key

Array = NDArray[np.float64]
#: Keys of the luck that neighbours share and of that of single firms.
Keys = tuple[np.uint64, np.uint64]


class Effects(NamedTuple):
    """Parameters of the odds, by the names of the parameters."""

    connect_odds: float
    accept_odds: float
    sell_odds: float
    export_odds: float
    internet_slope: float
    account_slope: float
    sign_up: float
    trust_effect: float
    five_g_effect: float
    labs_effect: float
    market_access_slope: float
    entry_relief: float
    certification_burden: float
    peers: float


class Where(NamedTuple):
    """What countries give to firms, (n,) each, but their people by cell, (n, cells)."""

    people: Array
    online: Array
    accounts: Array
    access: Array
    access_at_start: Array
    acceptance: Array
    trust: Array
    five_g: Array
    labs: Array
    zones: Array
    certification: Array
    recognised: Array


#: Share of the burden of certification that firms of each size class bear (assumed).
BURDEN = np.array([1.0, 0.6, 0.3, 0.0])


@njit(cache=True, nogil=True, error_model="numpy")
def multiply(w: Where, p: Effects, kind: Array, share: Array) -> Array:
    """Product of the factors of the odds, (countries, kinds, 4).

    Args:
        w: What countries give.
        p: Parameters.
        kind: Factor of each kind, (kinds, 4).
        share: Share of peers that have the state, (countries, kinds, 4).
    """
    n, sizes, sectors = share.shape[0], BURDEN.size, len(SECTORS)
    odds, logs = np.empty(4 * n), np.empty(4 * n)
    uses_it, has_one = weighted_sum(w.online, w.people), weighted_sum(w.accounts, w.people)
    for c in range(n):
        online = min(max(uses_it[c], 0.005), 0.995)
        holders = min(max(has_one[c], 0.005), 0.995)
        odds[c], odds[n + c] = online / (1.0 - online), holders / (1.0 - holders)
        odds[2 * n + c] = max(w.access[c] / max(w.access_at_start[c], 1e-300), 1e-300)
        odds[3 * n + c] = 1.0 + w.labs[c]
    vector.log(odds, logs)
    factor = np.empty(8 * n)
    for c in range(n):
        uses = p.internet_slope * logs[c]
        factor[c] = uses
        factor[n + c] = p.account_slope * logs[n + c] + p.sign_up * w.acceptance[c]
        factor[2 * n + c] = (
            0.5 * uses
            + p.trust_effect * (w.trust[c] - 0.5)
            + p.five_g_effect * w.five_g[c]
            + p.labs_effect * logs[3 * n + c]
        )
        exports = p.market_access_slope * logs[2 * n + c] + p.entry_relief * w.zones[c]
        # Certification costs small exporters most, unless the other side recognises it.
        burden = (1.0 - w.recognised[c]) * p.certification_burden * w.certification[c]
        factor[3 * n + c] = exports
        for size in range(sizes):
            factor[(4 + size) * n + c] = -burden * BURDEN[size]
    vector.exp(factor)
    table = np.empty(share.shape)
    flat, peers, own = table.reshape(-1), share.reshape(-1), kind.reshape(-1)
    country, each = np.empty(own.size), p.peers
    for c in range(n):
        connects, accepts = p.connect_odds * factor[c], p.accept_odds * factor[n + c]
        sells, exports = p.sell_odds * factor[2 * n + c], p.export_odds * factor[3 * n + c]
        for size in range(sizes):
            certified = exports * factor[(4 + size) * n + c]
            for k in range(4 * sectors * size, 4 * sectors * (size + 1), 4):
                country[k], country[k + 1] = connects, accepts
                country[k + 2], country[k + 3] = sells, certified
        first = c * own.size
        for k in range(own.size):
            flat[first + k] = country[k] * own[k] * (1.0 + each * peers[first + k])
    return table


def odds(m: Run) -> Array:
    """Odds of the four states by country and kind, (n, 16, 4): country x kind x peers."""
    c, p, s = m.state.countries, m.values.firms, m.state
    where = Where(
        m.cell_shares, c.online, c.accounts, s.access, s.access_at_start,
        m.in_force("merchant_acceptance"), c.trust, c.five_g, c.labs, m.in_force("pilot_zones"),
        c.certification, c.recognised,
    )  # fmt: skip
    return multiply(where, p.pick(Effects), m.kind_odds, s.real_share)


def sums(m: Run) -> Sums:
    """The sums over firms as the state keeps them, counted anew if somebody wrote to a firm."""
    s = m.state
    if s.firms.stale:
        before = s.firm_share
        recount(m)
        expected.shift(s.expected_path, s.firm_share - before)
        publish(m)
    return Sums(s.firm_counts, s.capacity, s.firm_users, s.firms_without)


def recount(m: Run) -> None:
    """Count the sums over firms anew."""
    s = m.state
    found = ladder_sums.count(s.firms, m.firm_weight, s.platforms.n)
    s.firm_counts, s.capacity, s.firm_users, s.firms_without = found
    tools.recount(m)


def publish(m: Run) -> None:
    """What others see of the sums: shares by cell, national acceptance, users of platforms."""
    s = m.state
    s.real_share, s.real_capacity = seen(
        s.expected_path, s.typical_firms, s.firm_counts, s.capacity, s.firm_users, m.firm_spread,
        m.firms_by_country, s.platforms.sellers, s.countries.acceptance,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def seen(
    path: expected.Singles,
    typical: expected.Typical,
    counts: NDArray[np.int64],
    capacity: NDArray[np.int64],
    users: NDArray[np.int64],
    spread: expected.Spread,
    by_country: Array,
    sellers: Array,
    acceptance: Array,
) -> tuple[Array, Array]:
    """What real firms do (see `expected.real`), and what follows for platforms and payers.

    Args:
        path: See `expected.begin`.
        typical: The typical firms.
        counts: Representative firms in each state, (n, kinds, 4).
        capacity: See `Sums`.
        users: See `Sums`.
        spread: How far the luck of representative firms goes.
        by_country: Real firms, (n,).
        sellers: Firms that sell or are paid through each platform, (platforms,); set.
        acceptance: Share of firms that accept digital payment, (n,); set.
    """
    share, supplied = expected.real(path, typical, counts, capacity, spread)
    for c in range(acceptance.size):
        accepts = 0.0
        for k in range(share.shape[1]):
            accepts += share[c, k, 1] * spread.firms[c, k]
        acceptance[c] = accepts / by_country[c]
    for p in range(users.size):
        sellers[p] = users[p] / FIXED
    return share, supplied


class Rates(NamedTuple):
    """Speeds a year, by the names of the parameters."""

    connect_speed: float
    accept_speed: float
    sell_speed: float
    export_speed: float
    churn: float


@lru_cache(maxsize=64)
def _moves(rates: Rates, dt: float) -> tuple[Array, float]:
    """Share that moves in a step toward or from each state, (4,), and that reconsiders."""
    share = 1 - np.exp(-np.array(rates) * dt)
    return frozen(share[:4]), float(share[4])


def speed(m: Run) -> Array:
    """Share of firms that moves toward or from each state in a step, (4,)."""
    return _moves(m.values.firms.pick(Rates), m.dt)[0]


def meeting(m: Run) -> Meeting:
    """What firms meet in this step."""
    pace, churn = _moves(m.values.firms.pick(Rates), m.dt)
    s = m.state
    return Meeting(odds(m), pace, churn, s.rail_choice, s.marketplace_choice, m.firm_weight)


def keys(seed: int, step: int) -> Keys:
    """Keys of the luck of a step."""
    return key(seed, "firms.neighbours", step), key(seed, "firms.single", step)


def step(m: Run) -> None:
    """Promotion reaches firms; firms change state; sellers and payers choose platforms."""
    c, p, dt, s = m.state.countries, m.values.firms, m.dt, m.state
    c.promotion *= math.exp(-p.events_fading * dt)
    if "matchmaking" in s.policy.delivered:
        # Those who come already sell online; the share reached is a share of them.
        met = s.policy.delivered["matchmaking"] * p.events_reach
        sellers = np.maximum(m.firms_by_country * m.firm_shares()[2], 1.0)
        c.promotion = np.minimum(1.0, c.promotion + met / sellers)
    kept, met_now = sums(m), meeting(m)
    expected.advance(s.expected_path, met_now.odds, met_now.speed, s.typical_firms)
    move(s.firms, kept, met_now, keys(m.plan.seed, s.step))
    publish(m)
    tools.step(m)


def move(firms: FirmPopulation, kept: Sums, met: Meeting, luck: Keys) -> None:
    """Let every firm take one step and choose platforms, and keep the sums right."""
    with firms.in_place() as (cells, f):
        ladder.move_all(
            *luck, cells.walk, cells.start, cells.home, firms.reach, f["state"], f["marketplace"],
            f["rail"], f["productivity"], f["skill"], met, kept,
        )  # fmt: skip


#: Rounds that peers and shares need at the start to agree within a ten thousandth.
ROUNDS = 12


def begin(m: Run) -> None:
    """Firms begin as they would be in the long run under the conditions of the start.

    Peers depend on shares and shares on peers, so the odds of the start are found in rounds.
    """
    s, pace = m.state, speed(m)
    luck = key(m.plan.seed, "firms.start", 0), key(m.plan.seed, "firms.start.single", 0)
    nobody = np.zeros((*m.firm_counts.shape, 4), np.int64), np.zeros((m.n, 4), np.int64)
    alone = expected.spread(np.zeros_like(m.firm_counts), m.real_firms)
    s.real_share = np.zeros(nobody[0].shape)
    for _ in range(ROUNDS):
        s.expected_path = expected.begin(odds(m), pace, s.typical_firms)
        s.real_share = expected.real(s.expected_path, s.typical_firms, *nobody, alone)[0]
    with s.firms.in_place() as (cells, f):
        ladder_sums.place(
            *luck,
            cells.start,
            cells.home,
            f["state"],
            f["skill"],
            f["productivity"],
            odds(m),
            pace.astype(np.float32),
        )
    recount(m)
    kept = sums(m)
    tools.begin(m, odds(m)[:, :, 0], float(pace[0]))
    with s.firms.in_place() as (cells, f):
        ladder_sums.find(
            luck[1], cells, f, m.firm_weight.reshape(-1), s.rail_choice, s.marketplace_choice, kept,
        )  # fmt: skip
    publish(m)


def turn_away(m: Run, left: NDArray[np.bool_]) -> None:
    """Firms on a platform that has left their country are on none until they choose again.

    Args:
        m: The run.
        left: Which platform has left which country, (platforms, n).
    """
    if not left.any():
        return
    kept = sums(m)
    with m.state.firms.in_place() as (cells, f):
        for column, name in enumerate(("rail", "marketplace")):
            ladder_sums.turn_away(
                left, column, cells.start, cells.home, f[name], m.firm_weight.reshape(-1), kept
            )
