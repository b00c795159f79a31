"""Firms: each gains or loses four states, with odds that are a product of factors.

The odds of being connected, of accepting digital payment, of selling online and of exporting online
are (country conditions) x (size, sector, own skill or productivity) x (peers in the same country,
size class and sector). Each state needs the one before. A firm without a state gains it at
`speed x odds/(1 + odds)`, one with it loses it at `speed/(1 + odds)`, so the long-run share is
odds/(1 + odds) (form assumed). Products keep exponentials out of the loop over firms.
"""

from typing import TYPE_CHECKING

import numpy as np
from numba import float32, int32, njit, uint8, uint64
from numpy.typing import NDArray

from model.agents.firm import SECTORS, SIZES
from model.processes.rules import RECOGNITION
from model.streams import bits, key

if TYPE_CHECKING:
    from model.declarations import Section
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]

#: Persons employed by a firm of each size class, for the capacity to supply (assumed).
EMPLOYED = np.array([3, 20, 100, 600])
#: Fixed-point scale of sums over firms: integers add up to the same total in any order.
FIXED = 256


@njit(cache=True, nogil=True)
def luck(draw: np.uint64, ident: NDArray[np.uint32], each: int, which: int) -> NDArray[np.uint64]:
    """Random bits, draw `which` of `each`, (firms,); a loop of its own, so that it vectorises."""
    out = np.empty(ident.size, dtype=np.uint64)
    for f in range(ident.size):
        out[f] = bits(draw, uint64(each) * uint64(ident[f]) + uint64(which))
    return out


#: Firms that `advance` moves at a time; their random bits then stay in the nearest cache.
BLOCK = 2048
#: One over 2^24: a uniform number that single precision holds exactly.
ULP = np.float32(1 / 16777216)


@njit(cache=True, nogil=True, inline="always")
def _stays(u: float, odds: float, has: int, speed: float) -> int:
    """1 if a firm has a state after a step, given luck `u`, its odds and whether it has it now.

    Arithmetic, not branches: a processor cannot guess what luck decides.
    """
    threshold = speed * (float32(1) if has else odds)
    return has ^ int32(u * (float32(1) + odds) < threshold)  # type: ignore[call-overload]


@njit(cache=True, nogil=True)
def advance(
    draw: np.uint64,
    ident: NDArray[np.uint32],
    country: NDArray[np.int16],
    kind: NDArray[np.uint8],
    state: NDArray[np.uint8],
    productivity: NDArray[np.float32],
    skill: NDArray[np.uint8],
    odds: Array,
    speed: Array,
) -> None:
    """One step of every firm's four states, in place, in single precision.

    Args:
        draw: Key of the random numbers of this step.
        ident: Key of each firm's own random numbers, (firms,).
        country: Country row, (firms,).
        kind: Size class and sector, (firms,).
        state: Bits of the four states, (firms,); changed.
        productivity: Relative sales capacity, (firms,).
        skill: 0-255, (firms,).
        odds: Odds of each state, (countries, kinds, 4).
        speed: Share that moves a step, (4,).
    """
    kinds = int32(odds.shape[1])
    table = odds.reshape(-1, 4).T.astype(np.float32)
    connect, accept = table[0].copy(), table[1].copy()
    sell, export = table[2].copy(), table[3].copy()
    pace = speed.astype(np.float32)
    first, second = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    for start in range(0, ident.size, BLOCK):
        size = min(BLOCK, ident.size - start)
        for k in range(size):
            own = uint64(2) * uint64(ident[start + k])
            first[k] = bits(draw, own)
            second[k] = bits(draw, own + uint64(1))
        for k in range(size):  # straight-line code: the compiler vectorises it
            f = start + k
            cell = int32(country[f]) * kinds + int32(kind[f])
            skilled = float32(0.5) + float32(int32(skill[f])) * float32(1 / 255)
            able = skilled * float32(2) * productivity[f] / (float32(1) + productivity[f])
            now = int32(state[f])
            u = float32(int32(first[k] >> uint64(40))) * ULP
            reached = _stays(u, connect[cell] * skilled, now & 1, pace[0])
            after = reached
            u = float32(int32((first[k] >> uint64(8)) & uint64(0xFFFFFF))) * ULP
            reached &= _stays(u, accept[cell] * skilled, (now >> 1) & 1, pace[1])
            after |= reached << 1
            u = float32(int32(second[k] >> uint64(40))) * ULP
            reached &= _stays(u, sell[cell] * able, (now >> 2) & 1, pace[2])
            after |= reached << 2
            u = float32(int32((second[k] >> uint64(8)) & uint64(0xFFFFFF))) * ULP
            reached &= _stays(u, export[cell] * able, (now >> 3) & 1, pace[3])
            state[f] = uint8(after | reached << 3)


@njit(cache=True, nogil=True)
def choose(
    draw: np.uint64,
    ident: NDArray[np.uint32],
    country: NDArray[np.int16],
    state: NDArray[np.uint8],
    bit: int,
    platform: NDArray[np.int16],
    cumulative: Array,
    options: NDArray[np.int16],
    churn: float,
) -> None:
    """Firms that need a platform choose one by its share; a few reconsider. In place.

    Args:
        draw: Key of the random numbers of this step.
        ident: Key of each firm's own random numbers, (firms,).
        country: Country row, (firms,).
        state: Bits of the four states, (firms,).
        bit: The state that needs the platform.
        platform: Platform row or -1, (firms,); changed.
        cumulative: Cumulative shares of a country's options, (countries, options).
        options: Platform rows in the same order, (countries, options), -1 where there are fewer.
        churn: Share of firms that reconsider this step.
    """
    width = options.shape[1]
    drawn = luck(draw, ident, 1, 0)
    for f in range(ident.size):
        if not state[f] & bit:
            platform[f] = -1
            continue
        if platform[f] >= 0 and float(drawn[f] >> uint64(32)) / 4294967296.0 >= churn:
            continue
        u = float(drawn[f] & uint64(0xFFFFFFFF)) / 4294967296.0
        c = country[f]
        k = 0
        while k < width - 1 and u >= cumulative[c, k] and options[c, k + 1] >= 0:
            k += 1
        platform[f] = options[c, k]


@njit(cache=True, nogil=True)
def count(
    country: NDArray[np.int16],
    kind: NDArray[np.uint8],
    state: NDArray[np.uint8],
    marketplace: NDArray[np.int16],
    rail: NDArray[np.int16],
    productivity: NDArray[np.float32],
    weight: NDArray[np.int64],
    platforms: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sums over firms, all integers so that their order changes no bit.

    Returns:
        Representative firms in each state, (countries, kinds, 4); fixed-point export capacity
        (real firms x relative productivity x FIXED^2) by size class, (countries, 4); fixed-point
        number of firms on each platform, (platforms,).
    """
    n = weight.shape[0]
    counts = np.zeros((n, 16, 4), dtype=np.int64)
    capacity = np.zeros((n, 4), dtype=np.int64)
    sellers = np.zeros(platforms, dtype=np.int64)
    for f in range(state.size):
        s = state[f]
        if s == 0:
            continue
        c, k = country[f], kind[f]
        counts[c, k, 0] += 1
        if s & 2:
            counts[c, k, 1] += 1
            if rail[f] >= 0:
                sellers[rail[f]] += weight[c, k]
        if s & 4:
            counts[c, k, 2] += 1
            if marketplace[f] >= 0:
                sellers[marketplace[f]] += weight[c, k]
        if s & 8:
            counts[c, k, 3] += 1
            capacity[c, k // 4] += int(productivity[f] * 256.0) * weight[c, k]
    return counts, capacity, sellers


@njit(cache=True, nogil=True)
def multiply(country: Array, kind: Array, certified: Array, peers: float, share: Array) -> Array:
    """Product of the factors of the odds, (countries, kinds, 4).

    Args:
        country: Factor of each country, (countries, 4).
        kind: Factor of each kind, (kinds, 4).
        certified: Factor of certification on exports, (countries, sizes).
        peers: Rise of the odds when all peers have the state.
        share: Share of peers that have it, (countries, kinds, 4).
    """
    table = np.empty(share.shape)
    sectors = kind.shape[0] // certified.shape[1]
    for c in range(share.shape[0]):
        for k in range(share.shape[1]):
            for s in range(4):
                o = country[c, s] * kind[k, s]
                if s == 3:
                    o *= certified[c, k // sectors]
                table[c, k, s] = o * (1.0 + peers * share[c, k, s])
    return table


def odds(m: "DigitalDivideModel") -> Array:
    """Odds of the four states by country and kind, (n, 16, 4): country x kind x peers."""
    c, p, s = m.state.countries, m.values.firms, m.state
    online = np.clip(m.national(c.online), 0.005, 0.995)
    holders = np.clip(m.national(c.accounts), 0.005, 0.995)
    online_odds, holder_odds = online / (1 - online), holders / (1 - holders)
    access = s.access / np.maximum(s.access_at_start, 1e-300)
    country = np.stack(
        [
            p.connect_odds * online_odds**p.internet_slope,
            p.accept_odds * holder_odds**p.account_slope,
            p.sell_odds
            * online_odds ** (p.internet_slope / 2)
            * np.exp(
                p.trust_effect * (c.trust - 0.5)
                + p.five_g_effect * c.five_g
                + p.labs_effect * np.log1p(c.labs)
            ),
            p.export_odds
            * access**p.market_access_slope
            * np.exp(p.entry_relief * np.maximum(c.promotion, m.in_force("pilot_zones"))),
        ],
        axis=1,
    )
    # Certification costs small exporters most, unless the other side recognises it.
    burden = p.certification_burden * c.certification * (1 - (c.stage >= RECOGNITION))
    certified = np.exp(-burden[:, None] * np.array([1.0, 0.6, 0.3, 0.0]))
    return multiply(country, m.kind_odds, certified, p.peers, s.firm_share)


def kind_odds(p: "Section") -> Array:
    """Odds of each kind of firm relative to a micro firm in agri-food, (16, 4)."""
    size = np.exp(p.size_slope * np.arange(len(SIZES)))
    sector = np.array([p.agri_odds, p.manufacture_odds, p.machinery_odds, p.services_odds])
    table = np.repeat(size, len(SECTORS))[:, None] * np.ones((1, 4))
    table[:, 2:] *= np.tile(sector, len(SIZES))[:, None]
    table[:, 0] *= np.tile(np.sqrt(sector), len(SIZES))
    return table


def real_firms(m: "DigitalDivideModel") -> Array:
    """Number of firms by country and kind, (n, 16); size and sector shares are assumed."""
    c, p = m.state.countries, m.values.firms
    size = np.array([0.9, 0.08, 0.016, 0.004])
    rich = np.clip(np.log(c.income / 2_000) / np.log(40), 0, 1)[:, None]
    poor_mix, rich_mix = np.array([0.5, 0.2, 0.1, 0.2]), np.array([0.1, 0.15, 0.25, 0.5])
    sector = (1 - rich) * poor_mix + rich * rich_mix
    shares = size[None, :, None] * sector[:, None, :]
    return (p.density * c.population)[:, None] * shares.reshape(m.n, -1)


def tally(m: "DigitalDivideModel") -> None:
    """Sum the firms up: shares by cell, national acceptance, capacity, users of platforms."""
    s, f = m.state, m.state.firms
    counts, s.capacity, sellers = count(
        f.country, f.kind, f.state, f.marketplace, f.rail, f.productivity, m.firm_weight,
        m.state.platforms.n,
    )  # fmt: skip
    s.firm_counts = counts
    s.firm_share = counts / np.maximum(m.firm_counts, 1)[:, :, None]
    s.platforms.sellers = sellers / FIXED
    s.countries.acceptance = m.firm_average(s.firm_share[:, :, 1])


def step(m: "DigitalDivideModel") -> None:
    """Promotion reaches firms; firms change state; sellers and payers choose platforms."""
    c, p, dt, s = m.state.countries, m.values.firms, m.dt, m.state
    c.promotion *= np.exp(-p.events_fading * dt)
    if "matchmaking" in s.policy.delivered:
        # Those who come already sell online; the share reached is a share of them.
        met = s.policy.delivered["matchmaking"] * p.events_reach
        sellers = np.maximum(m.real_firms.sum(axis=1) * m.firm_shares()[2], 1.0)
        c.promotion = np.minimum(1.0, c.promotion + met / sellers)
    speed = [p.connect_speed, p.accept_speed, p.sell_speed, p.export_speed]
    move(m, 1 - np.exp(-np.array(speed) * dt), 1 - float(np.exp(-p.churn * dt)))


def move(m: "DigitalDivideModel", speed: Array, churn: float) -> None:
    """Let every firm take one step at `speed`, (4,), and choose platforms."""
    s, f, seed = m.state, m.state.firms, m.plan.seed
    draw = key(seed, "firms.state", s.step)
    advance(draw, f.ident, f.country, f.kind, f.state, f.productivity, f.skill, odds(m), speed)
    markets, rails = s.marketplace_choice, s.rail_choice
    draw = key(seed, "firms.marketplace", s.step)
    choose(draw, f.ident, f.country, f.state, 4, f.marketplace, markets[0], markets[1], churn)
    draw = key(seed, "firms.rail", s.step)
    choose(draw, f.ident, f.country, f.state, 2, f.rail, rails[0], rails[1], churn)
    tally(m)
