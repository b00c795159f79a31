"""Firms: each gains or loses four states, with odds that are a product of factors.

The odds of being connected, of accepting digital payment, of selling online and of exporting online
are (country conditions) x (size, sector, own skill or productivity) x (peers in the same country,
size class and sector). Each state needs the one before. A firm without a state gains it at
`speed x odds/(1 + odds)`, one with it loses it at `speed/(1 + odds)`, so the long-run share is
odds/(1 + odds) (form assumed). Products keep exponentials out of the loop over firms.
"""

import numpy as np
from numba import float32, int32, njit, uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model.agents.firm import FIXED
from divide.model.processes.rules import RECOGNITION
from divide.model.run import Run
from divide.model.streams import bits, key

Array = NDArray[np.float64]

#: Persons employed by a firm of each size class, for the capacity to supply (assumed).
EMPLOYED = np.array([3, 20, 100, 600])
#: Firms that a kernel moves at a time; what it works out for them then stays in the nearest cache.
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


@njit(cache=True, nogil=True, error_model="numpy")
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
    kinds = uint32(odds.shape[1])
    table = odds.reshape(-1, 4).astype(np.float32)
    pace = speed.astype(np.float32)
    connect, accept, sell, export = pace[0], pace[1], pace[2], pace[3]
    first, second = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    chance = np.empty((4, BLOCK), np.float32)
    for start in range(0, ident.size, BLOCK):
        # Short loops over slices, each of a few arrays: the compiler vectorises two of the three.
        block = slice(start, min(start + BLOCK, ident.size))
        own, states, skills, sales = ident[block], state[block], skill[block], productivity[block]
        for k in range(own.size):
            number = uint64(2) * uint64(own[k])
            first[k] = bits(draw, number)
            second[k] = bits(draw, number + uint64(1))
        home, what = country[block], kind[block]
        for k in range(own.size):
            cell = uint32(home[k]) * kinds + uint32(what[k])
            for s in range(4):
                chance[s, k] = table[cell, s]
        for k in range(own.size):
            skilled = float32(0.5) + float32(int32(skills[k])) * float32(1 / 255)
            able = skilled * float32(2) * sales[k] / (float32(1) + sales[k])
            now = int32(states[k])
            u = float32(int32(first[k] >> uint64(40))) * ULP
            reached = _stays(u, chance[0, k] * skilled, now & 1, connect)
            after = reached
            u = float32(int32((first[k] >> uint64(8)) & uint64(0xFFFFFF))) * ULP
            reached &= _stays(u, chance[1, k] * skilled, (now >> 1) & 1, accept)
            after |= reached << 1
            u = float32(int32(second[k] >> uint64(40))) * ULP
            reached &= _stays(u, chance[2, k] * able, (now >> 2) & 1, sell)
            after |= reached << 2
            u = float32(int32((second[k] >> uint64(8)) & uint64(0xFFFFFF))) * ULP
            reached &= _stays(u, chance[3, k] * able, (now >> 3) & 1, export)
            states[k] = uint8(after | reached << 3)


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
    last = options.shape[1] - 1
    drawn, looks = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.bool_)
    for start in range(0, ident.size, BLOCK):
        block = slice(start, min(start + BLOCK, ident.size))
        own, states, on = ident[block], state[block], platform[block]
        for k in range(own.size):
            drawn[k] = bits(draw, uint64(own[k]))
        for k in range(own.size):
            needs = (states[k] & bit) != 0
            moves = float(drawn[k] >> uint64(32)) / 4294967296.0 < churn
            looks[k] = needs & (moves | (on[k] < 0))
            on[k] = on[k] if needs else -1
        for k in range(own.size):  # few look, so the processor guesses well
            if looks[k]:
                u = float(drawn[k] & uint64(0xFFFFFFFF)) / 4294967296.0
                c = country[start + k]
                o = 0
                while o < last and u >= cumulative[c, o] and options[c, o + 1] >= 0:
                    o += 1
                on[k] = options[c, o]


@njit(cache=True, nogil=True, inline="always")
def _add(
    counts: NDArray[np.int64], connected: int, accepting: int, selling: int, exporting: int
) -> None:
    """Add to the counts of the four states, (4,)."""
    counts[0] += connected
    counts[1] += accepting
    counts[2] += selling
    counts[3] += exporting


@njit(cache=True, nogil=True, error_model="numpy")
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

    Args:
        country: Country row, (firms,).
        kind: Size class and sector, (firms,).
        state: Bits of the four states, (firms,).
        marketplace: Platform row of those who sell online, or -1, (firms,).
        rail: Platform row of those who accept payment, or -1, (firms,).
        productivity: Relative sales capacity, (firms,).
        weight: Fixed-point number of real firms that one stands for, (countries, kinds).
        platforms: Number of platforms.

    Returns:
        Representative firms in each state, (countries, kinds, 4); fixed-point export capacity
        (real firms x relative productivity x FIXED^2) by size class, (countries, 4); fixed-point
        number of firms on each platform, (platforms,).
    """
    n, kinds = weight.shape
    stand_for = weight.ravel()
    counts = np.zeros((n * kinds, 4), dtype=np.int64)
    output = np.zeros(n * kinds, dtype=np.int64)
    payers = np.zeros(platforms + 1, dtype=np.int64)  # the first of those on no platform
    sellers = np.zeros(platforms + 1, dtype=np.int64)
    # Firms of a cell mostly follow one another: their sums are written when the next cell begins.
    last, real = uint32(0), stand_for[0]
    connected = accepting = selling = exporting = made = 0
    for f in range(state.size):  # no branches: a processor cannot guess who has which state
        cell = uint32(country[f]) * uint32(kinds) + uint32(kind[f])
        if cell != last:
            _add(counts[last], connected, accepting, selling, exporting)
            output[last] += made
            connected = accepting = selling = exporting = made = 0
            last, real = cell, stand_for[cell]
        accepts, sells, exports = (state[f] >> 1) & 1, (state[f] >> 2) & 1, (state[f] >> 3) & 1
        connected += state[f] & 1
        accepting += accepts
        selling += sells
        exporting += exports
        made += exports * int(productivity[f] * 256.0)
        payers[uint32(rail[f] + 1)] += accepts * real
        sellers[uint32(marketplace[f] + 1)] += sells * real
    _add(counts[last], connected, accepting, selling, exporting)
    output[last] += made
    capacity = np.zeros((n, 4), dtype=np.int64)
    for c in range(n):
        for k in range(kinds):
            capacity[c, k // 4] += output[c * kinds + k] * weight[c, k]
    return counts.reshape(n, kinds, 4), capacity, (payers + sellers)[1:]


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


def odds(m: Run) -> Array:
    """Odds of the four states by country and kind, (n, 16, 4): country x kind x peers."""
    c, p, s = m.state.countries, m.values.firms, m.state
    online = np.clip(m.national(c.online), 0.005, 0.995)
    holders = np.clip(m.national(c.accounts), 0.005, 0.995)
    online_odds, holder_odds = online / (1 - online), holders / (1 - holders)
    access = s.access / np.maximum(s.access_at_start, 1e-300)
    country = np.stack(
        [
            p.connect_odds * online_odds**p.internet_slope,
            p.accept_odds
            * holder_odds**p.account_slope
            * np.exp(p.sign_up * m.in_force("merchant_acceptance")),
            p.sell_odds
            * online_odds ** (p.internet_slope / 2)
            * np.exp(
                p.trust_effect * (c.trust - 0.5)
                + p.five_g_effect * c.five_g
                + p.labs_effect * np.log1p(c.labs)
            ),
            p.export_odds
            * access**p.market_access_slope
            * np.exp(p.entry_relief * m.in_force("pilot_zones")),
        ],
        axis=1,
    )
    # Certification costs small exporters most, unless the other side recognises it.
    burden = p.certification_burden * c.certification * (1 - (c.stage >= RECOGNITION))
    certified = np.exp(-burden[:, None] * np.array([1.0, 0.6, 0.3, 0.0]))
    return multiply(country, m.kind_odds, certified, p.peers, s.firm_share)


def aggregate(m: Run) -> None:
    """Sum the firms up: shares by cell, national acceptance, capacity, users of platforms."""
    s, f = m.state, m.state.firms
    s.firm_counts, s.capacity, sellers = count(
        f.country, f.kind, f.state, f.marketplace, f.rail, f.productivity, m.firm_weight,
        s.platforms.n,
    )  # fmt: skip
    s.firm_share = s.firm_counts / m.firms_or_one
    s.platforms.sellers = sellers / FIXED
    s.countries.acceptance = m.firm_average(s.firm_share[:, :, 1])


def step(m: Run) -> None:
    """Promotion reaches firms; firms change state; sellers and payers choose platforms."""
    c, p, dt, s = m.state.countries, m.values.firms, m.dt, m.state
    c.promotion *= np.exp(-p.events_fading * dt)
    if "matchmaking" in s.policy.delivered:
        # Those who come already sell online; the share reached is a share of them.
        met = s.policy.delivered["matchmaking"] * p.events_reach
        sellers = np.maximum(m.firms_by_country * m.firm_shares()[2], 1.0)
        c.promotion = np.minimum(1.0, c.promotion + met / sellers)
    speed = [p.connect_speed, p.accept_speed, p.sell_speed, p.export_speed]
    move(m, 1 - np.exp(-np.array(speed) * dt), 1 - float(np.exp(-p.churn * dt)))


def move(m: Run, speed: Array, churn: float) -> None:
    """Let every firm take one step at `speed`, (4,), and choose platforms."""
    s, f, seed = m.state, m.state.firms, m.plan.seed
    draw = key(seed, "firms.state", s.step)
    s.firm_odds = odds(m)
    advance(draw, f.ident, f.country, f.kind, f.state, f.productivity, f.skill, s.firm_odds, speed)
    markets, rails = s.marketplace_choice, s.rail_choice
    draw = key(seed, "firms.marketplace", s.step)
    choose(draw, f.ident, f.country, f.state, 4, f.marketplace, markets[0], markets[1], churn)
    draw = key(seed, "firms.rail", s.step)
    choose(draw, f.ident, f.country, f.state, 2, f.rail, rails[0], rails[1], churn)
    aggregate(m)
