"""The ladder of firms, compiled: connected, accepts payment, sells online, exports online.

Each state needs the one before, so a firm stands on a rung from 0 to 4. With o the odds of a state
and s its speed, it keeps a state with probability 1 - s/(1 + o) and gains it with s o/(1 + o). One
uniform number u decides: the next rung is the largest r with u < T_r, the product of the first r of
these. Who stays and has the luck of the lowest part `churn` of the interval in which it stays
reconsiders its platforms.

The first eight bits of u come from a hash that eight neighbours share, one byte each. For a cell
of firms bounds tell which bytes leave everybody on a rung where they are, whatever their traits
and their other bits; only the few firms that this leaves open are looked at, with a hash of their
own for the other bits of u and for their choices. So u is a function of seed, process, step and
ident alone. Bounds err outward: too tight ones would be a silent bias.
"""

from typing import NamedTuple

import numpy as np
from numba import float32, int32, int64, uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model.agents.firm import FIXED
from divide.model.agents.layout import KINDS, WIDE, Walk
from divide.model.compiled import njit
from divide.model.processes.luck import ULP, deal, number, pick, take, whose
from divide.model.streams import bits

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Cumulative shares of each country's leading platforms, and their rows, (n, options) each.
Choice = tuple[Array, NDArray[np.int16]]
Offers = tuple[NDArray[np.float32], NDArray[np.int16]]

RUNGS = 4
#: States of a firm on each rung.
STATES = np.array([0, 1, 3, 7, 15], dtype=np.uint8)
#: Rung of a firm with each combination of states: how many it has up to the first that it lacks.
RUNG = np.array([0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0, 4], dtype=np.int32)
#: What a move from one rung to another adds to the firms in each state, (5 * 5, 4).
MOVES = np.array(
    [[int(then > s) - int(now > s) for s in range(4)] for now in range(5) for then in range(5)],
    dtype=np.int64,
)
#: Rungs from which on a firm needs a payment rail, and a marketplace.
RAIL_FROM, MARKET_FROM = 2, 3
#: Where in a firm's own 64 bits those of its choices begin; the first 16 are luck of the ladder.
RAIL_BITS, MARKET_BITS = 16, 40
#: Most platforms that a firm chooses from.
OPTIONS = 16
#: Relative error that bounds allow for: some tens of roundings of single precision.
MARGIN = np.float32(4e-6)


class Sums(NamedTuple):
    """Sums over firms, all whole numbers so that their order changes no bit; kept, not recounted.

    Attributes:
        counts: Representative firms in each state, (countries, kinds, 4).
        capacity: Fixed-point export capacity (real firms x relative productivity x FIXED^2) by
            size class, (countries, 4).
        users: Fixed-point number of firms on each platform, (platforms,).
        without: Representative firms that need a rail, or a marketplace, and have none,
            (countries, 2).
    """

    counts: Counts
    capacity: Counts
    users: Counts
    without: Counts


class Meeting(NamedTuple):
    """What firms meet in a step.

    Attributes:
        odds: Odds of each state, (countries, kinds, 4).
        speed: Share that moves a step, (4,).
        churn: Share of those who stay that reconsiders its platforms.
        rails, markets: What a firm chooses from.
        weight: Fixed-point number of real firms that one stands for, (countries, kinds).
    """

    odds: Array
    speed: Array
    churn: float
    rails: Choice
    markets: Choice
    weight: Counts


@njit(cache=True, nogil=True, inline="always")
def _skilled(skill: np.uint8 | np.int32) -> np.float32:
    """Factor of the odds of the lower two states."""
    return float32(0.5) + float32(int32(skill)) * float32(1 / 255)


@njit(cache=True, nogil=True, inline="always")
def _able(skilled: np.float32, sales: np.float32) -> np.float32:
    """Factor of the odds of the upper two states."""
    return skilled * float32(2) * sales / (float32(1) + sales)


@njit(cache=True, nogil=True, inline="always")
def _reached(below: np.float32, odds: np.float32, speed: np.float32, has: np.bool_) -> np.float32:
    """Probability to have a state and those before it, given that of those before it."""
    r = float32(1) / (float32(1) + odds)
    return below * (float32(1) - speed * r if has else speed * (odds * r))


@njit(cache=True, nogil=True, error_model="numpy")
def extremes(
    start: NDArray[np.uint32], skill: NDArray[np.uint8], productivity: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Least and largest factor of the odds in each cell, of the lower and the upper two states.

    Returns:
        Lower least, lower largest, upper least, upper largest, (4, cells).
    """
    found = np.zeros((4, start.size - 1), np.float32)
    for q in range(start.size - 1):
        low, high = float32(np.inf), float32(0)
        least, largest = float32(np.inf), float32(0)
        for f in range(start[q], start[q + 1]):
            skilled = _skilled(skill[f])
            able = _able(skilled, productivity[f])
            low, high = min(low, skilled), max(high, skilled)
            least, largest = min(least, able), max(largest, able)
        if start[q + 1] > start[q]:
            found[0, q], found[1, q], found[2, q], found[3, q] = low, high, least, largest
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def bounds(
    odds: NDArray[np.float32],
    reach: NDArray[np.float32],
    speed: NDArray[np.float32],
    churn: np.float32,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The bytes of luck with which every firm of a cell stays on its rung and with its platforms.

    Args:
        odds: Odds of each state, (4, cells).
        reach: See `extremes`, (4, cells).
        speed: Share that moves a step, (4,).
        churn: Share of those who stay that reconsiders.

    Returns:
        The least such byte and how many there are from it on, by rung, (5, cells).
    """
    cells = odds.shape[1]
    first, count = np.empty((5, cells), np.uint8), np.empty((5, cells), np.uint8)
    one, margin = float32(1), MARGIN
    low, high = np.ones(cells, np.float32), np.ones(cells, np.float32)
    for r in range(5):
        back = churn if r >= RAIL_FROM else float32(0)
        pace = speed[min(r, 3)]
        least, largest = reach[2 * (min(r, 3) // 2)], reach[2 * (min(r, 3) // 2) + 1]
        state = odds[min(r, 3)]
        top = r == 4
        ground = r == 0
        for q in range(cells):  # T_r of who stands on r lies between `low` and `high`
            rise = state[q] * largest[q]
            gain = float32(0) if top else pace * (rise / (one + rise))
            leaves = high[q] * gain
            upto = (leaves + back * (high[q] - leaves)) * (one + margin)
            begin = int32(upto * float32(256)) + int32(1)
            end = int32(low[q] * (one - margin) * float32(256))
            end = int32(256) if ground else end
            first[r, q] = uint8(begin)
            count[r, q] = uint8(min(max(end - begin, int32(0)), int32(255)))
        for q in range(cells):
            poor, rich = state[q] * least[q], state[q] * largest[q]
            low[q] *= one - pace / (one + poor)
            high[q] *= one - pace / (one + rich)
    return first, count


@njit(cache=True, nogil=True)
def test(
    walk: Walk,
    block: int,
    state: NDArray[np.uint8],
    luck: NDArray[np.uint8],
    first: NDArray[np.uint8],
    count: NDArray[np.uint8],
    loose: NDArray[np.uint8],
) -> None:
    """Which firms of a block their byte of luck leaves open.

    Pieces of `WIDE` run over the end of a cell; what they write there the next one writes anew.

    Args:
        walk: See `Walk`.
        block: Number of the block.
        state: States of its firms, and room to run over.
        luck: See `luck.deal`, byte by byte.
        first: Least byte that leaves a firm alone, by rung, (5, cells).
        count: How many such bytes there are, (5, cells).
        loose: Room for 1 where a firm is open, laid out as `luck`.
    """
    begin = walk.blocks[block, 1]
    firm, lane = walk.firm[begin], walk.lane[begin]
    for piece in range(begin, walk.blocks[block + 1, 1]):
        q = walk.cell[piece]
        f0, f1, f2, f3, f4 = first[0, q], first[1, q], first[2, q], first[3, q], first[4, q]
        c0, c1, c2, c3, c4 = count[0, q], count[1, q], count[2, q], count[3, q], count[4, q]
        here, at = uint64(walk.firm[piece] - firm), uint64(walk.lane[piece] - lane)
        for k in range(WIDE):
            s = uint8(state[here + uint64(k)] & uint8(15))
            lowest, bytes_ = f0, c0
            lowest = f1 if s >= uint8(1) else lowest
            bytes_ = c1 if s >= uint8(1) else bytes_
            lowest = f2 if s >= uint8(3) else lowest
            bytes_ = c2 if s >= uint8(3) else bytes_
            lowest = f3 if s >= uint8(7) else lowest
            bytes_ = c3 if s >= uint8(7) else bytes_
            lowest = f4 if s >= uint8(15) else lowest
            bytes_ = c4 if s >= uint8(15) else bytes_
            loose[at + uint64(k)] = uint8(uint8(luck[at + uint64(k)] - lowest) >= bytes_)


class Desk(NamedTuple):
    """Room for what the kernels work out for the open firms of a block, one after another.

    Attributes:
        lanes: Lane, (room,).
        ident: Ident, (room,).
        at: Place, (room,).
        home: Country row * 16 + kind, (room,).
        mixed: First eight bits of luck, states from bit 8 and skill from bit 16 on, (room,).
        own: Sixty-four bits of its own, (room,).
        luck: Uniform number of 24 bits, (room,).
        before, after: Rung now and next, (room,).
        move: Row of `MOVES`, (room,).
        made: Fixed-point sales capacity that begins to export, less that which ends, (room,).
        pay, sell: Whether the step bears on its rail, and on its marketplace, (room,).
        sales: Relative sales capacity, (room,).
        odds: Odds of its cell, (4, room).
        paying, selling: Of those on whose rail or marketplace the step bears, their number on this
            desk, (room,).
        found: Platform that each of these would choose, (room,).
    """

    lanes: NDArray[np.uint32]
    ident: NDArray[np.uint32]
    at: NDArray[np.uint32]
    home: NDArray[np.uint32]
    mixed: NDArray[np.uint32]
    own: NDArray[np.uint64]
    luck: NDArray[np.float32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    move: NDArray[np.uint32]
    made: NDArray[np.int32]
    pay: NDArray[np.bool_]
    sell: NDArray[np.bool_]
    sales: NDArray[np.float32]
    odds: NDArray[np.float32]
    paying: NDArray[np.uint32]
    selling: NDArray[np.uint32]
    found: NDArray[np.int16]


@njit(cache=True, nogil=True)
def desk_for(room: int) -> Desk:
    """A desk for so many firms."""
    whole, signed = np.empty((8, room), np.uint32), np.empty((3, room), np.int32)
    flags, real = np.empty((2, room), np.bool_), np.empty((2 + RUNGS, room), np.float32)
    return Desk(
        whole[0], whole[1], whole[2], whole[3], whole[4], np.empty(room, np.uint64), real[0],
        signed[0], signed[1], whole[5], signed[2], flags[0], flags[1], real[1], real[2:],
        whole[6], whole[7], np.empty(room, np.int16),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def read(
    n: int,
    words: NDArray[np.uint32],
    luck: NDArray[np.uint8],
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    state: NDArray[np.uint8],
    skill: NDArray[np.uint8],
    productivity: NDArray[np.float32],
    odds: NDArray[np.float32],
    desk: Desk,
) -> None:
    """Read luck, traits and odds of the `n` open firms into the desk.

    Args:
        n: How many open firms lie on the desk.
        words: Words of the block, see `Walk`.
        luck: Bytes of luck of the block.
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        state: States of each firm, (firms,).
        skill: Digital skill, 0-255, (firms,).
        productivity: Relative sales capacity, (firms,).
        odds: Odds of each state by country row * 16 + kind, (countries * kinds, 4).
        desk: See `Desk`.
    """
    lanes, ident, at, place = desk.lanes, desk.ident, desk.at, desk.home
    mixed, sales = desk.mixed, desk.sales
    first, second, third, fourth = desk.odds[0], desk.odds[1], desk.odds[2], desk.odds[3]
    for k in range(n):
        q, which = whose(words, lanes[k])
        ident[k], at[k], place[k] = (q << uint32(20)) | which, start[q] + which, home[q]
    for k in range(n):
        f = at[k]
        states = uint32(state[f] & uint8(15)) << uint32(8)
        mixed[k] = uint32(luck[lanes[k]]) | states | (uint32(skill[f]) << uint32(16))
        sales[k] = productivity[f]
    for k in range(n):
        row = odds[place[k]]
        first[k], second[k], third[k], fourth[k] = row[0], row[1], row[2], row[3]


@njit(cache=True, nogil=True, error_model="numpy")
def climb(
    draw: np.uint64, n: int, speed: NDArray[np.float32], churn: np.float32, desk: Desk
) -> None:
    """Next rung of the `n` open firms, and what it bears on.

    Who stays and has the luck reconsiders its platforms.

    Args:
        draw: Key of the random numbers of single firms in this step.
        n: How many open firms lie on the desk.
        speed: Share that moves a step, (4,).
        churn: Share of those who stay that reconsiders.
        desk: See `Desk`.
    """
    ident, mixed, own, luck = desk.ident, desk.mixed, desk.own, desk.luck
    before, after, move, made = desk.before, desk.after, desk.move, desk.made
    pay, sell, sales = desk.pay, desk.sell, desk.sales
    one = float32(1)
    pace0, pace1, pace2, pace3 = speed[0], speed[1], speed[2], speed[3]
    first, second, third, fourth = desk.odds[0], desk.odds[1], desk.odds[2], desk.odds[3]
    # No branches and nothing looked up: the compiler vectorises this.
    for k in range(n):
        own[k] = bits(draw, uint64(ident[k]))
    for k in range(n):
        luck[k] = number(uint8(mixed[k] & uint32(0xFF)), own[k])
    for k in range(n):
        states, skill = int32((mixed[k] >> uint32(8)) & uint32(15)), int32(mixed[k] >> uint32(16))
        u, now = luck[k], int32(states > 0) + int32(states > 2) + int32(states > 6)
        now += int32(states > 14)
        skilled = _skilled(skill)
        able = _able(skilled, sales[k])
        upto1 = _reached(one, first[k] * skilled, pace0, now > 0)
        upto2 = _reached(upto1, second[k] * skilled, pace1, now > 1)
        upto3 = _reached(upto2, third[k] * able, pace2, now > 2)
        upto4 = _reached(upto3, fourth[k] * able, pace3, now > 3)
        rung = int32(u < upto1) + int32(u < upto2) + int32(u < upto3) + int32(u < upto4)
        before[k], after[k] = now, rung
        top, below = upto2, upto3  # of those with two states
        top, below = (upto3, upto4) if now > 2 else (top, below)
        top, below = (upto4, float32(0)) if now > 3 else (top, below)
        looks = (rung == now) & (now >= RAIL_FROM) & (u < below + churn * (top - below))
        pay[k] = looks | ((now >= RAIL_FROM) != (rung >= RAIL_FROM))
        sell[k] = (looks & (now >= MARKET_FROM)) | ((now >= MARKET_FROM) != (rung >= MARKET_FROM))
        move[k] = uint32(5 * now + rung)
        begins = int32(rung == RUNGS) - int32(now == RUNGS)
        made[k] = int32(sales[k] * float32(FIXED)) * begins


@njit(cache=True, nogil=True)
def offers(shares: Array, names: NDArray[np.int16]) -> Offers:
    """What the firms of each country choose from.

    Args:
        shares: Cumulative shares of a country's platforms, (n, options).
        names: Platform rows in the same order, -1 where there are fewer, (n, options).

    Returns:
        The share up to and with each platform but the last, then 2, (n, OPTIONS); the platforms,
        (n, OPTIONS).
    """
    n, options = shares.shape
    upto, rows = np.empty((n, OPTIONS), np.float32), np.empty((n, OPTIONS), np.int16)
    for c in range(n):
        for k in range(OPTIONS):
            upto[c, k], rows[c, k] = 2, -1
        for k in range(options):
            rows[c, k] = names[c, k]
            if k + 1 < options and names[c, k + 1] >= 0:
                upto[c, k] = shares[c, k]
    return upto, rows


@njit(cache=True, nogil=True, inline="always")
def choice(number: np.uint64, row: np.uint64, upto: NDArray[np.float32]) -> np.uint64:
    """Place of the platform into whose share a number of 24 bits falls; no branches."""
    u = float32(int32(number & uint64(0xFFFFFF))) * ULP
    place = uint64(0)  # sixteen places in four halvings
    place += uint64(8) * uint64(u >= upto[row, place + uint64(7)])
    place += uint64(4) * uint64(u >= upto[row, place + uint64(3)])
    place += uint64(2) * uint64(u >= upto[row, place + uint64(1)])
    return place + uint64(u >= upto[row, place])


@njit(cache=True, nogil=True)
def enter(
    n: int,
    weight: NDArray[np.int64],
    desk: Desk,
    state: NDArray[np.uint8],
    counts: Counts,
    capacity: Counts,
) -> None:
    """Let the `n` open firms move, and enter in the sums what changes, without branches.

    Args:
        n: How many open firms lie on the desk.
        weight: Fixed-point number of real firms that one stands for, (countries * kinds,).
        desk: See `Desk`.
        state: Column, (firms,); changed.
        counts: Representative firms in each state, (countries * kinds, 4); changed.
        capacity: See `Sums`, (countries * 4,); changed.
    """
    home, at, after, move, made = desk.home, desk.at, desk.after, desk.move, desk.made
    for k in range(n):
        state[at[k]] = (state[at[k]] & uint8(0xF0)) | STATES[after[k]]
        for s in range(RUNGS):
            counts[home[k], s] += MOVES[move[k], s]
        capacity[home[k] >> uint32(2)] += int64(made[k]) * weight[home[k]]


@njit(cache=True, nogil=True, inline="always")
def sort_out(n: int, desk: Desk) -> tuple[int, int]:
    """On the rail and on the marketplace of how many the step bears."""
    pay, sell, paying, selling = desk.pay, desk.sell, desk.paying, desk.selling
    pays = sells = uint64(0)
    for k in range(n):
        paying[pays] = selling[sells] = k
        pays += uint64(pay[k])
        sells += uint64(sell[k])
    return int(pays), int(sells)


@njit(cache=True, nogil=True)
def settle(
    who: NDArray[np.uint32],
    many: int,
    column: int | np.int64,
    weight: NDArray[np.int64],
    upto: NDArray[np.float32],
    names: NDArray[np.int16],
    desk: Desk,
    platform: NDArray[np.int16],
    left: Counts,
    joined: Counts,
    without: Counts,
) -> None:
    """Some firms leave, find or change a platform, almost without branches.

    Args:
        who: Their numbers on the desk, (many,).
        many: How many they are.
        column: 0 for rails, 1 for marketplaces.
        weight: Fixed-point number of real firms that one stands for, (countries * kinds,).
        upto: See `offers`.
        names: See `offers`.
        desk: See `Desk`.
        platform: Platform row or -1, (firms,); changed.
        left: Fixed-point firms that leave each platform, first of those
            on none, (1 + platforms,); changed.
        joined: The same of those that join it.
        without: See `Sums`; changed.
    """
    rung = MARKET_FROM if column else RAIL_FROM
    shift = uint64(MARKET_BITS if column else RAIL_BITS)
    own, at, before, after = desk.own, desk.at, desk.before, desk.after
    home, found = desk.home, desk.found
    for j in range(many):  # apart from the rest: four look-ups, each of which waits for the last
        k = who[j]
        row = home[k] >> uint32(4)
        found[j] = names[row, choice(own[k] >> shift, uint64(row), upto)]
    for j in range(many):
        k = who[j]
        f, real = at[k], weight[home[k]]
        needed, needs = before[k] >= rung, after[k] >= rung
        old = int32(platform[f])
        # Arithmetic: a processor would guess wrongly who needs one.
        new = (int32(found[j]) + int32(1)) * int32(needs) - int32(1)
        platform[f] = new
        # Two tables: what is added to one number waits for what was added before.
        left[uint32(old + int32(1))] += real
        joined[uint32(new + int32(1))] += real
        lacks = int64(needs & (new < 0)) - int64(needed & (old < 0))
        if lacks != 0:  # seldom
            without[home[k] >> uint32(4), column] += lacks


@njit(cache=True, nogil=True)
def search(
    draw: np.uint64,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    state: NDArray[np.uint8],
    column: int | np.int64,
    upto: NDArray[np.float32],
    names: NDArray[np.int16],
    weight: NDArray[np.int64],
    platform: NDArray[np.int16],
    sums: Sums,
) -> None:
    """Firms that need a platform and have none choose one, where there are any to choose."""
    rung = MARKET_FROM if column else RAIL_FROM
    shift = uint64(MARKET_BITS if column else RAIL_BITS)
    looking = 0
    for row in range(names.shape[0]):
        looking += int(sums.without[row, column] != 0 and names[row, 0] >= 0)
    if looking == 0:
        return
    most = 1
    for q in range(home.size):
        most = max(most, int(start[q + 1] - start[q]) + 1)
    who = np.empty(most, np.uint32)
    for q in range(home.size):
        row = home[q] // KINDS
        if sums.without[row, column] == 0 or names[row, 0] < 0:
            continue
        many = uint64(0)
        for f in range(start[q], start[q + 1]):  # listed first, without branches
            who[many] = f
            many += uint64((platform[f] < 0) & (RUNG[state[f] & uint8(15)] >= rung))
        for k in range(many):
            own = bits(draw, (uint64(q) << uint64(20)) | uint64(who[k] - start[q]))
            new = names[row, choice(own >> shift, uint64(row), upto)]
            platform[who[k]] = new
            sums.users[new] += weight[home[q]]
        sums.without[row, column] -= int64(many)


@njit(cache=True, nogil=True)
def arrange(
    odds: Array, home: NDArray[np.uint16]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Odds in single precision: of each cell in the order of storage, (4, cells), and as given.

    Args:
        odds: Odds of each state, (countries, kinds, 4).
        home: Country row * 16 + kind of each cell, (cells,).
    """
    single = odds.reshape(-1, RUNGS).astype(np.float32)
    by_state = np.empty((RUNGS, home.size), np.float32)
    for q in range(home.size):
        for s in range(RUNGS):
            by_state[s, q] = single[home[q], s]
    return by_state, single


@njit(cache=True, nogil=True)
def move_all(
    shared: np.uint64,
    single: np.uint64,
    walk: Walk,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    reach: NDArray[np.float32],
    state: NDArray[np.uint8],
    marketplace: NDArray[np.int16],
    rail: NDArray[np.int16],
    productivity: NDArray[np.float32],
    skill: NDArray[np.uint8],
    meeting: Meeting,
    sums: Sums,
) -> None:
    """One step of every firm, in place: a block of cells at a time goes through the kernels.

    Args:
        shared: Key of the luck that neighbours share.
        single: Key of the luck of single firms.
        walk: See `Walk`.
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        reach: See `extremes`.
        state: States of each firm, (firms,).
        marketplace: Marketplace of each firm or -1, (firms,).
        rail: Rail of each firm or -1, (firms,).
        productivity: Relative sales capacity, (firms,).
        skill: Digital skill, 0-255, (firms,).
        meeting: What they meet.
        sums: Right before, and right afterwards.
    """
    by_state, odds = arrange(meeting.odds, home)
    speed, churn = meeting.speed.astype(np.float32), float32(meeting.churn)
    first, count = bounds(by_state, reach, speed, churn)
    weight = meeting.weight.reshape(-1)
    counts, capacity = sums.counts.reshape(-1, RUNGS), sums.capacity.reshape(-1)
    rails = offers(meeting.rails[0], meeting.rails[1])
    markets = offers(meeting.markets[0], meeting.markets[1])
    # Numbers of one type: a kernel would be compiled anew for each constant.
    paying, selling = int64(0), int64(1)
    search(single, start, home, state, paying, rails[0], rails[1], weight, rail, sums)
    search(single, start, home, state, selling, markets[0], markets[1], weight, marketplace, sums)
    left = np.zeros(1 + sums.users.size, np.int64)
    joined = np.zeros(1 + sums.users.size, np.int64)
    room = walk.room
    states, marks = np.zeros(room, np.uint8), np.empty(room // 8, np.uint8)
    luck, loose = np.empty(room // 8, np.uint64), np.empty(room // 8, np.uint64)
    desk = desk_for(room)
    for block in range(walk.blocks.shape[0] - 1):
        words = take(walk, block, state, states)
        deal(shared, words, luck)
        test(walk, block, states, luck.view(np.uint8), first, count, loose.view(np.uint8))
        n = pick(words, loose, marks, desk.lanes)
        read(n, words, luck.view(np.uint8), start, home, state, skill, productivity, odds, desk)
        climb(single, n, speed, churn, desk)
        enter(n, weight, desk, state, counts, capacity)
        pays, sells = sort_out(n, desk)
        settle(
            desk.paying, pays, paying, weight, rails[0], rails[1], desk, rail, left, joined,
            sums.without,
        )  # fmt: skip
        settle(
            desk.selling, sells, selling, weight, markets[0], markets[1], desk, marketplace, left,
            joined, sums.without,
        )  # fmt: skip
    for p in range(sums.users.size):
        sums.users[p] += joined[1 + p] - left[1 + p]
