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
from divide.model.agents.layout import KINDS
from divide.model.compiled import njit
from divide.model.processes.luck import ULP, WIDE, block_from, deal, number, pick, space, whose
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
def _skilled(skill: np.uint8) -> np.float32:
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
    start: NDArray[np.uint32],
    a: int | np.int64,
    b: int | np.int64,
    state: NDArray[np.uint8],
    luck: NDArray[np.uint8],
    first: NDArray[np.uint8],
    count: NDArray[np.uint8],
    loose: NDArray[np.uint8],
) -> None:
    """Which firms of the cells from `a` to `b` their byte of luck leaves open.

    Blocks of `WIDE` run over the end of a cell; what they write there the next cell writes anew.

    Args:
        start: Place of each cell's first firm, (cells + 1,).
        a: First cell of the block.
        b: First cell after it.
        state: States of the firms of these cells, and room to run over.
        luck: See `luck.deal`, byte by byte.
        first: Least byte that leaves a firm alone, by rung, (5, cells).
        count: How many such bytes there are, (5, cells).
        loose: Room for 1 where a firm is open, laid out as `luck`.
    """
    base, at = start[a], uint64(0)
    for q in range(a, b):
        f0, f1, f2, f3, f4 = first[0, q], first[1, q], first[2, q], first[3, q], first[4, q]
        c0, c1, c2, c3, c4 = count[0, q], count[1, q], count[2, q], count[3, q], count[4, q]
        here = uint64(start[q] - base)
        firms = uint64(start[q + 1] - start[q])
        for block in range(uint64(0), firms, uint64(WIDE)):
            for k in range(WIDE):
                f, lane = here + block + uint64(k), at + block + uint64(k)
                s = uint8(state[f] & uint8(15))
                lowest, bytes_ = f0, c0
                lowest = f1 if s >= uint8(1) else lowest
                bytes_ = c1 if s >= uint8(1) else bytes_
                lowest = f2 if s >= uint8(3) else lowest
                bytes_ = c2 if s >= uint8(3) else bytes_
                lowest = f3 if s >= uint8(7) else lowest
                bytes_ = c3 if s >= uint8(7) else bytes_
                lowest = f4 if s >= uint8(15) else lowest
                bytes_ = c4 if s >= uint8(15) else bytes_
                loose[lane] = uint8(uint8(luck[lane] - lowest) >= bytes_)
        at += (firms + uint64(7)) & ~uint64(7)


class Desk(NamedTuple):
    """Room for what the kernels work out for the open firms of a block, one after another.

    Attributes:
        lanes: Lane, (room,).
        cell: Cell, (room,).
        ident: Ident, (room,).
        at: Place, (room,).
        byte: First eight bits of luck, (room,).
        own: Sixty-four bits of its own, (room,).
        luck: Uniform number of 24 bits, (room,).
        before, after: Rung now and next, (room,).
        move: Row of `MOVES`, (room,).
        made: Fixed-point sales capacity that begins to export, less that which ends, (room,).
        pay, sell: Whether the step bears on its rail, and on its marketplace, (room,).
        skilled, sales: Factor of its skill and relative sales capacity, (room,).
        odds: Odds of its cell, (4, room).
        paying, selling: Of those on whose rail or marketplace the step bears, their number on this
            desk, (room,).
    """

    lanes: NDArray[np.uint32]
    cell: NDArray[np.uint32]
    ident: NDArray[np.uint32]
    at: NDArray[np.uint32]
    byte: NDArray[np.uint8]
    own: NDArray[np.uint64]
    luck: NDArray[np.float32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    move: NDArray[np.uint32]
    made: NDArray[np.int32]
    pay: NDArray[np.bool_]
    sell: NDArray[np.bool_]
    skilled: NDArray[np.float32]
    sales: NDArray[np.float32]
    odds: NDArray[np.float32]
    paying: NDArray[np.uint32]
    selling: NDArray[np.uint32]


@njit(cache=True, nogil=True)
def desk_for(room: int) -> Desk:
    """A desk for so many firms."""
    return Desk(
        np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.uint32),
        np.empty(room, np.uint32), np.empty(room, np.uint8), np.empty(room, np.uint64),
        np.empty(room, np.float32),
        np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint32),
        np.empty(room, np.int32), np.empty(room, np.bool_), np.empty(room, np.bool_),
        np.empty(room, np.float32), np.empty(room, np.float32),
        np.empty((RUNGS, room), np.float32), np.empty(room, np.uint32), np.empty(room, np.uint32),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def read(
    n: int,
    words: NDArray[np.uint32],
    luck: NDArray[np.uint8],
    start: NDArray[np.uint32],
    state: NDArray[np.uint8],
    skill: NDArray[np.uint8],
    productivity: NDArray[np.float32],
    odds: NDArray[np.float32],
    desk: Desk,
) -> None:
    """Read luck, traits and odds of the `n` open firms into the desk.

    Args:
        n: How many open firms lie on the desk.
        words: Words of the block, see `Layout.words`.
        luck: Bytes of luck of the block.
        start: Place of each cell's first firm, (cells + 1,).
        state: States of each firm, (firms,).
        skill: Digital skill, 0-255, (firms,).
        productivity: Relative sales capacity, (firms,).
        odds: Odds of each state, (cells, 4).
        desk: See `Desk`.
    """
    lanes, cell, ident, at, byte = desk.lanes, desk.cell, desk.ident, desk.at, desk.byte
    before, skilled, sales, table = desk.before, desk.skilled, desk.sales, desk.odds
    for k in range(n):
        lane = lanes[k]
        q, which = whose(words, lane)
        f = start[q] + which
        cell[k], ident[k], at[k], byte[k] = q, (q << uint32(20)) | which, f, luck[lane]
        before[k] = RUNG[state[f] & uint8(15)]
        skilled[k] = _skilled(skill[f])
        sales[k] = productivity[f]
        for s in range(RUNGS):
            table[s, k] = odds[q, s]


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
    ident, byte, own, luck = desk.ident, desk.byte, desk.own, desk.luck
    before, after, move, made = desk.before, desk.after, desk.move, desk.made
    pay, sell = desk.pay, desk.sell
    skilled, sales, odds = desk.skilled, desk.sales, desk.odds
    one = float32(1)
    pace0, pace1, pace2, pace3 = speed[0], speed[1], speed[2], speed[3]
    first, second, third, fourth = odds[0], odds[1], odds[2], odds[3]
    # No branches and nothing looked up: the compiler vectorises this.
    for k in range(n):
        own[k] = bits(draw, uint64(ident[k]))
    for k in range(n):
        luck[k] = number(byte[k], own[k])
    for k in range(n):
        u, now = luck[k], before[k]
        able = _able(skilled[k], sales[k])
        upto1 = _reached(one, first[k] * skilled[k], pace0, now > 0)
        upto2 = _reached(upto1, second[k] * skilled[k], pace1, now > 1)
        upto3 = _reached(upto2, third[k] * able, pace2, now > 2)
        upto4 = _reached(upto3, fourth[k] * able, pace3, now > 3)
        rung = int32(u < upto1) + int32(u < upto2) + int32(u < upto3) + int32(u < upto4)
        after[k] = rung
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
    upto = np.full((n, OPTIONS), 2, np.float32)
    rows = np.full((n, OPTIONS), -1, np.int16)
    for c in range(n):
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
    home: NDArray[np.uint16],
    weight: NDArray[np.int64],
    desk: Desk,
    state: NDArray[np.uint8],
    counts: Counts,
    capacity: Counts,
) -> None:
    """Let the `n` open firms move, and enter in the sums what changes, without branches.

    Args:
        n: How many open firms lie on the desk.
        home: See `Layout`.
        weight: Fixed-point number of real firms that one stands for, (countries * kinds,).
        desk: See `Desk`.
        state: Column, (firms,); changed.
        counts: Representative firms in each state, (countries * kinds, 4); changed.
        capacity: See `Sums`, (countries * 4,); changed.
    """
    cell, at, after, move, made = desk.cell, desk.at, desk.after, desk.move, desk.made
    for k in range(n):
        f, place = at[k], uint32(home[cell[k]])
        for s in range(RUNGS):
            counts[place, s] += MOVES[move[k], s]
        capacity[place >> uint32(2)] += int64(made[k]) * weight[place]
        state[f] = (state[f] & uint8(0xF0)) | STATES[after[k]]


@njit(cache=True, nogil=True)
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
    home: NDArray[np.uint16],
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
        home: See `Layout`.
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
    cell, own, at, before, after = desk.cell, desk.own, desk.at, desk.before, desk.after
    for j in range(many):
        k = who[j]
        f, place = at[k], uint32(home[cell[k]])
        row, real = place >> uint32(4), weight[place]
        needed, needs = before[k] >= rung, after[k] >= rung
        old = int32(platform[f])
        found = int32(names[row, choice(own[k] >> shift, row, upto)])
        new = found if needs else int32(-1)
        platform[f] = new
        # Two tables: what is added to one number waits for what was added before.
        left[uint32(old + int32(1))] += real
        joined[uint32(new + int32(1))] += real
        if (needs & (new < 0)) | (needed & (old < 0)):  # seldom
            without[row, column] += int64(needs & (new < 0)) - int64(needed & (old < 0))


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
    for q in range(home.size):
        row = home[q] // KINDS
        if sums.without[row, column] == 0 or names[row, 0] < 0:
            continue
        for f in range(start[q], start[q + 1]):
            if platform[f] < 0 and RUNG[state[f] & uint8(15)] >= rung:
                own = bits(draw, (uint64(q) << uint64(20)) | uint64(f - start[q]))
                platform[f] = names[row, choice(own >> shift, row, upto)]
                sums.users[platform[f]] += weight[home[q]]
                sums.without[row, column] -= 1


@njit(cache=True, nogil=True)
def arrange(
    odds: Array, home: NDArray[np.uint16]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Odds in the order of storage and in single precision, (4, cells) and (cells, 4)."""
    table = odds.reshape(-1, RUNGS)
    by_state = np.empty((RUNGS, home.size), np.float32)
    by_cell = np.empty((home.size, RUNGS), np.float32)
    for q in range(home.size):
        for s in range(RUNGS):
            by_state[s, q] = by_cell[q, s] = table[home[q], s]
    return by_state, by_cell


@njit(cache=True, nogil=True)
def move_all(
    shared: np.uint64,
    single: np.uint64,
    words: NDArray[np.uint32],
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
        words: See `Layout.words`.
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
    odds, cells = arrange(meeting.odds, home)
    speed, churn = meeting.speed.astype(np.float32), float32(meeting.churn)
    first, count = bounds(odds, reach, speed, churn)
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
    most, room = space(start)
    states = np.zeros(room, np.uint8)
    luck, loose = np.empty(room // 8, np.uint64), np.empty(room // 8, np.uint64)
    marks = np.empty(room // 8, np.uint8)
    desk = desk_for(room)
    a = word = int64(0)
    while a < home.size:
        b, many = block_from(start, a, most)
        begin, end = int(start[a]), int(start[b])
        for f in range(end - begin):
            states[f] = state[begin + f]
        block = words[word : word + many]
        deal(shared, block, luck)
        test(start, a, b, states, luck.view(np.uint8), first, count, loose.view(np.uint8))
        n = pick(block, loose, marks, desk.lanes)
        read(n, block, luck.view(np.uint8), start, state, skill, productivity, cells, desk)
        climb(single, n, speed, churn, desk)
        enter(n, home, weight, desk, state, counts, capacity)
        pays, sells = sort_out(n, desk)
        settle(
            desk.paying, pays, paying, home, weight, rails[0], rails[1], desk, rail, left, joined,
            sums.without,
        )  # fmt: skip
        settle(
            desk.selling, sells, selling, home, weight, markets[0], markets[1], desk, marketplace,
            left, joined, sums.without,
        )  # fmt: skip
        a, word = b, word + many
    for p in range(sums.users.size):
        sums.users[p] += joined[1 + p] - left[1 + p]
