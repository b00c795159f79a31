"""Digital tools: which connected firms use cloud services, artificial intelligence, sensors.

A firm that is connected takes them up with odds that are (country conditions) x (size) x (own
skill), and loses them with its connection. Skilled and large firms lead, so that what tools add to
productivity goes to them first (form and sizes assumed; speculative). The luck is dealt as
for the ladder: of most firms the first eight bits tell that nothing changes.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import float32, int32, int64, uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.firm import CONNECTED, EMPLOYED, SECTORS, SIZES, USES_TOOLS
from divide.model.agents.layout import KINDS, WIDE, Walk
from divide.model.cells import mean_of_kinds
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.processes import ladder
from divide.model.processes.luck import deal, number, pick, take, whose
from divide.model.run import Run
from divide.model.streams import bits, key

Array = NDArray[np.float64]

#: Place of the share of firms under 50 persons among the kinds.
SMALL = slice(0, KINDS // 2)
LARGE = slice(KINDS // 2, KINDS)
#: Weight of a real firm by kind: each alike, or by the persons employed, (kinds,).
_ALIKE, _STAFF = np.ones(KINDS), np.repeat(EMPLOYED, len(SECTORS)).astype(float)


class Effects(NamedTuple):
    """Parameters of the odds, by the names of the parameters."""

    tools_odds: float
    tools_size: float
    tools_centres: float
    tools_five_g: float
    tools_trust: float
    tools_transfer: float


@njit(cache=True, nogil=True)
def multiply(
    centres: Array,
    five_g: Array,
    trust: Array,
    transfer: Array,
    localisation: Array,
    data_space: Array,
    p: Effects,
) -> Array:
    """Odds by country and kind, (n, kinds).

    Args:
        centres: Data centres, (n,).
        five_g: Fifth-generation networks, (n,).
        trust: Trust, (n,).
        transfer: Degree to which technology is transferred, (n,).
        localisation: Degree to which data must stay, (n,).
        data_space: Degree to which a data space frees it, (n,).
        p: Parameters.
    """
    n, sizes = centres.size, len(SIZES)
    reached, factor = -centres, np.empty(n + sizes)
    vector.exp(reached)
    for c in range(n):
        free = 1.0 - localisation[c] * (1.0 - data_space[c])
        factor[c] = (
            p.tools_centres * (1.0 - reached[c]) * free
            + p.tools_five_g * five_g[c]
            + p.tools_trust * (trust[c] - 0.5)
            + p.tools_transfer * transfer[c]
        )
    for size in range(sizes):
        factor[n + size] = p.tools_size * size
    vector.exp(factor)
    table = np.empty((n, KINDS))
    for c in range(n):
        for size in range(sizes):
            odds = p.tools_odds * factor[c] * factor[n + size]
            for sector in range(len(SECTORS)):
                table[c, size * len(SECTORS) + sector] = odds
    return table


def odds(m: Run) -> Array:
    """Odds that a connected firm of middling skill uses digital tools, (n, kinds)."""
    c, p = m.state.countries, m.values.firms
    return multiply(
        c.data_centres, c.five_g, c.trust, m.in_force("technology_transfer"),
        c.localisation, c.data_space, p.pick(Effects),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _powers(exponent: float) -> NDArray[np.float32]:
    return frozen(((0.5 + np.arange(256) / 255) ** exponent).astype(np.float32))


def own_factors(m: Run) -> NDArray[np.float32]:
    """Factor of a firm's own skill by its code, 1 at a skill of one half, (256,)."""
    return _powers(m.values.firms.tools_skill)


@njit(cache=True, nogil=True)
def extremes(reach: NDArray[np.float32], factor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Least and largest factor of a firm's own skill in each cell, (2, cells), with room to err.

    Args:
        reach: See `ladder.extremes`.
        factor: See `own_factors`, (256,).
    """
    found = np.empty((2, reach.shape[1]), np.float32)
    for q in range(reach.shape[1]):
        least = int32((reach[0, q] - float32(0.5)) * float32(255))
        largest = int32((reach[1, q] - float32(0.5)) * float32(255)) + int32(1)
        found[0, q] = factor[uint32(max(least, int32(0)))]
        # Empty cells reach 0.
        found[1, q] = factor[uint32(min(max(largest, int32(0)), int32(255)))]
    return found


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def limits(
    odds: NDArray[np.float32], reach: NDArray[np.float32], speed: np.float32
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The largest byte of luck that may change something, without tools and with them.

    It errs outward, as `ladder.bounds`.

    Args:
        odds: Odds of each cell, (cells,).
        reach: See `extremes`, (2, cells).
        speed: Share that moves a step.
    """
    cells, one = odds.size, float32(1)
    gains, loses = np.empty(cells, np.uint8), np.empty(cells, np.uint8)
    widened = speed * float32(256) * (one + ladder.MARGIN)
    poor, rich = reach[0], reach[1]
    for q in range(cells):
        least, largest = odds[q] * poor[q], odds[q] * rich[q]
        gains[q] = uint8(min(int32(widened * (largest / (one + largest))), int32(255)))
        loses[q] = uint8(min(int32(widened / (one + least)), int32(255)))
    return gains, loses


@njit(cache=True, nogil=True)
def test(
    walk: Walk,
    block: int,
    state: NDArray[np.uint8],
    luck: NDArray[np.uint8],
    gains: NDArray[np.uint8],
    loses: NDArray[np.uint8],
    loose: NDArray[np.uint8],
) -> None:
    """Which connected firms their byte of luck leaves open, and who has lost its connection.

    See `ladder.test`.
    """
    first = walk.blocks[block, 1]
    firm, lane = walk.firm[first], walk.lane[first]
    for piece in range(first, walk.blocks[block + 1, 1]):
        q = walk.cell[piece]
        gain, lose = gains[q], loses[q]
        here, at = uint64(walk.firm[piece] - firm), uint64(walk.lane[piece] - lane)
        for k in range(WIDE):
            s = state[here + uint64(k)]
            is_ = uint8(s & uint8(CONNECTED | USES_TOOLS))
            most = gain
            most = lose if is_ == uint8(CONNECTED | USES_TOOLS) else most
            most = uint8(255) if is_ == uint8(USES_TOOLS) else most
            loose[at + uint64(k)] = uint8((luck[at + uint64(k)] <= most) & (is_ != uint8(0)))


class Desk(NamedTuple):
    """Room for what is worked out for the open firms of a block, as `ladder.Desk`.

    Attributes:
        lanes: Lane, (room,).
        ident: Ident, (room,).
        at: Place, (room,).
        byte: First eight bits of luck, (room,).
        odds: Odds of its own, (room,).
        state: What it is, changed in the end, (room,).
        turns: 1 for who gains or loses tools, else 0, (room,).
    """

    lanes: NDArray[np.uint32]
    ident: NDArray[np.uint32]
    at: NDArray[np.uint32]
    byte: NDArray[np.uint8]
    odds: NDArray[np.float32]
    state: NDArray[np.uint8]
    turns: NDArray[np.uint8]


@njit(cache=True, nogil=True, error_model="numpy")
def take_up(
    single: np.uint64,
    n: int,
    words: NDArray[np.uint32],
    luck: NDArray[np.uint8],
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    odds: NDArray[np.float32],
    factor: NDArray[np.float32],
    speed: np.float32,
    skill: NDArray[np.uint8],
    state: NDArray[np.uint8],
    counts: NDArray[np.int64],
    desk: Desk,
) -> None:
    """Those whom their byte of luck leaves open gain tools or lose them, in place.

    Who is not connected uses none.

    Args:
        single: Key of the luck of single firms.
        n: How many open firms lie on the desk.
        words: Words of the block, see `Layout.words`.
        luck: Bytes of luck of the block.
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        odds: Odds of each cell, (cells,).
        factor: See `own_factors`, (256,).
        speed: Share that moves a step.
        skill: Column, (firms,).
        state: Column, (firms,); changed.
        counts: Firms that use tools by country row * 16 + kind; changed.
        desk: See `Desk`.
    """
    lanes, ident, at, byte = desk.lanes, desk.ident, desk.at, desk.byte
    own, now, turns, one = desk.odds, desk.state, desk.turns, float32(1)
    for k in range(n):
        q, which = whose(words, lanes[k])
        f = start[q] + which
        ident[k], at[k], byte[k] = (q << uint32(20)) | which, f, luck[lanes[k]]
        own[k], now[k] = odds[q] * factor[skill[f]], state[f]
    for k in range(n):  # the compiler vectorises this
        u = number(byte[k], bits(single, uint64(ident[k])))
        r = one / (one + own[k])
        has = (now[k] & uint8(USES_TOOLS)) != uint8(0)
        changes = u < (speed * r if has else speed * (one - r))
        changes |= (now[k] & uint8(CONNECTED)) == uint8(0)
        turns[k] = uint8(changes)
        now[k] ^= uint8(turns[k] * uint8(USES_TOOLS))
    for k in range(n):
        state[at[k]] = now[k]
        gained = int64(uint8(now[k] >> uint8(4)) & uint8(1))
        counts[home[ident[k] >> uint32(20)]] += int64(turns[k]) * (int64(2) * gained - int64(1))


@njit(cache=True, nogil=True)
def move(
    shared: np.uint64,
    single: np.uint64,
    walk: Walk,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    reach: NDArray[np.float32],
    odds: Array,
    factor: NDArray[np.float32],
    speed: np.float32,
    skill: NDArray[np.uint8],
    state: NDArray[np.uint8],
    counts: NDArray[np.int64],
) -> None:
    """One step of all firms' tools, in place; odds and counts by country row * 16 + kind."""
    by_cell = np.empty(home.size, np.float32)
    for q in range(home.size):
        by_cell[q] = odds[home[q]]
    gains, loses = limits(by_cell, reach, speed)
    room = walk.room
    luck, loose = np.empty(room // 8, np.uint64), np.empty(room // 8, np.uint64)
    marks, states = np.empty(room // 8, np.uint8), np.zeros(room, np.uint8)
    desk = Desk(
        np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.uint32),
        np.empty(room, np.uint8), np.empty(room, np.float32), np.empty(room, np.uint8),
        np.empty(room, np.uint8),
    )  # fmt: skip
    for block in range(walk.blocks.shape[0] - 1):
        words = take(walk, block, state, states)
        deal(shared, words, luck)
        test(walk, block, states, luck.view(np.uint8), gains, loses, loose.view(np.uint8))
        n = pick(words, loose, marks, desk.lanes)
        take_up(
            single, n, words, luck.view(np.uint8), start, home, by_cell, factor, speed, skill,
            state, counts, desk,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def count(
    start: NDArray[np.uint32], home: NDArray[np.uint16], state: NDArray[np.uint8], cells: int
) -> NDArray[np.int64]:
    """Representative firms that use tools, by country row * 16 + kind, (cells,)."""
    found = np.zeros(cells, np.int64)
    for q in range(home.size):
        for f in range(start[q], start[q + 1]):
            found[home[q]] += int64((state[f] >> uint8(4)) & uint8(1))
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    draw: np.uint64,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    odds: Array,
    connecting: Array,
    factor: NDArray[np.float32],
    pace: tuple[float, float],
    skill: NDArray[np.uint8],
    state: NDArray[np.uint8],
    counts: NDArray[np.int64],
) -> None:
    """Connected firms use tools with their own long-run probability, in place.

    As a rung above being connected, see `ladder_sums`: g / (1 - h (1 - speed)), with g the
    probability to gain tools and h that to stay connected.

    Args:
        draw: Key of the luck of the start.
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        odds: Odds of tools by country row * 16 + kind.
        connecting: Odds of being connected, likewise.
        factor: See `own_factors`, (256,).
        pace: Share that moves a step toward or from connection, and tools.
        skill: Column, (firms,).
        state: Column, (firms,); changed.
        counts: Firms that use tools by country row * 16 + kind; changed.
    """
    skilled, own = np.zeros(skill.size + WIDE), np.zeros(skill.size + WIDE)
    for f in range(skill.size):
        skilled[f], own[f] = 0.5 + skill[f] / 255, factor[skill[f]]
    begins = np.empty(WIDE, np.bool_)
    connect, take = pace
    for q in range(home.size):
        connected, tools, first = connecting[home[q]], odds[home[q]], int64(start[q])
        firms = int64(start[q + 1]) - first
        for block in range(0, firms, WIDE):
            ident, at = (uint64(q) << uint64(20)) | uint64(block), uint64(first + block)
            for k in range(WIDE):  # so many that the compiler vectorises it
                stays = 1 - connect / (1 + connected * skilled[at + uint64(k)])
                o = tools * own[at + uint64(k)]
                share = take * (o / (1 + o)) / (1 - stays * (1 - take))
                drawn = bits(draw, ident + uint64(k)) >> uint64(11)  # type: ignore[arg-type]
                begins[k] = drawn * (1.0 / 9007199254740992.0) < share
            found = int64(0)
            for k in range(min(WIDE, firms - block)):
                uses = uint8(begins[k]) & state[at + uint64(k)] & uint8(CONNECTED)
                state[at + uint64(k)] |= uint8(uses * uint8(USES_TOOLS))
                found += int64(uses)
            counts[home[q]] += found


def pace(m: Run) -> float:
    """Share of firms that moves toward or from tools in a step."""
    return 1 - math.exp(-m.values.firms.tools_speed * m.dt)


def keys(m: Run) -> tuple[np.uint64, np.uint64]:
    """Keys of the luck of this step: that which neighbours share and that of single firms."""
    seed, now = m.plan.seed, m.state.step
    return key(seed, "firms.tools.neighbours", now), key(seed, "firms.tools.single", now)


def begin(m: Run, connecting: Array, connect: float) -> None:
    """Tools at the start.

    Args:
        m: The run.
        connecting: Odds of being connected, (n, kinds).
        connect: Share that moves toward or from connection in a step.
    """
    draw = key(m.plan.seed, "firms.start.tools", 0)
    with m.state.firms.in_place() as (cells, f):
        place(
            draw, cells.start, cells.home, odds(m).ravel(),
            np.ascontiguousarray(connecting).ravel(), own_factors(m), (connect, pace(m)),
            f["skill"], f["state"], m.state.firm_tools.reshape(-1),
        )  # fmt: skip


def step(m: Run) -> None:
    """Connected firms take up cloud services, artificial intelligence and sensors, or drop them."""
    s = m.state
    with s.firms.in_place() as (cells, f):
        move(
            *keys(m), cells.walk, cells.start, cells.home, s.firms.tools_reach,
            odds(m).reshape(-1), own_factors(m), np.float32(pace(m)), f["skill"], f["state"],
            s.firm_tools.reshape(-1),
        )  # fmt: skip


def recount(m: Run) -> None:
    """Count anew who uses tools; from then on they are counted as they come and go."""
    s = m.state
    with s.firms.in_place() as (cells, f):
        found = count(cells.start, cells.home, f["state"], m.real_firms.size)
    s.firms.tools_reach = extremes(s.firms.reach, own_factors(m))
    s.firm_tools = found.reshape(m.real_firms.shape)


def share(m: Run, kinds: slice) -> Array:
    """Share of a country's real firms of some kinds that use tools, (n,)."""
    return _mean(m, _ALIKE, (kinds.start, kinds.stop))


def reach(m: Run) -> Array:
    """Share of a country's persons employed who work in firms with tools, (n,)."""
    return _mean(m, _STAFF, (0, KINDS))


def _mean(m: Run, weight: Array, kinds: tuple[int, int]) -> Array:
    return mean_of_kinds(m.state.firm_tools, m.firm_counts, m.real_firms, weight, kinds)
