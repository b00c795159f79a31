"""Digital tools: which connected firms use cloud services, artificial intelligence, sensors.

A firm that is connected takes them up with odds that are (country conditions) x (size) x (own
skill), and loses them with its connection. Skilled and large firms lead, so that what tools add to
productivity goes to them first (form and sizes assumed; speculative). The luck is dealt as in
`ladder`: of most firms the first eight bits tell that nothing changes.
"""

import numpy as np
from numba import float32, int32, int64, njit, uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model.agents.firm import CONNECTED, EMPLOYED, SECTORS, SIZES, USES_TOOLS
from divide.model.agents.layout import KINDS
from divide.model.cells import mean_of_kinds
from divide.model.processes import ladder
from divide.model.processes.ladder import ULP, WIDE
from divide.model.run import Run
from divide.model.streams import bits, key

Array = NDArray[np.float64]

#: Place of the share of firms under 50 persons among the kinds.
SMALL = slice(0, KINDS // 2)
LARGE = slice(KINDS // 2, KINDS)
#: Weight of a real firm by kind: each alike, or by the persons employed, (kinds,).
_ALIKE, _STAFF = np.ones(KINDS), np.repeat(EMPLOYED, len(SECTORS)).astype(float)


def odds(m: Run) -> Array:
    """Odds that a connected firm of middling skill uses digital tools, (n, kinds)."""
    c, p = m.state.countries, m.values.firms
    free = 1 - c.localisation * (1 - c.data_space)
    country = p.tools_odds * np.exp(
        p.tools_centres * (1 - np.exp(-c.data_centres)) * free
        + p.tools_five_g * c.five_g
        + p.tools_trust * (c.trust - 0.5)
        + p.tools_transfer * m.in_force("technology_transfer")
    )
    size = np.repeat(np.exp(p.tools_size * np.arange(len(SIZES))), len(SECTORS))
    return country[:, None] * size


def own_factors(m: Run) -> NDArray[np.float32]:
    """Factor of a firm's own skill by its code, 1 at a skill of one half, (256,)."""
    skill = np.arange(256) / 255
    return ((0.5 + skill) ** m.values.firms.tools_skill).astype(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def limits(
    odds: Array, factor: NDArray[np.float32], reach: NDArray[np.float32], speed: np.float32
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The bytes of luck that change nothing, as `ladder.bounds`: without tools and with them.

    Args:
        odds: Odds of each cell, (cells,).
        factor: See `own_factors`, (256,).
        reach: See `ladder.extremes`.
        speed: Share that moves a step.
    """
    cells = odds.size
    first, count = np.zeros((5, cells), np.uint8), np.full((5, cells), 255, np.uint8)
    widened = float32(256) * (float32(1) + ladder.MARGIN)
    for q in range(cells):
        least = int32((reach[0, q] - float32(0.5)) * float32(255))
        largest = int32((reach[1, q] - float32(0.5)) * float32(255)) + int32(1)
        poor = float32(odds[q]) * factor[max(least, int32(0))]
        rich = float32(odds[q]) * factor[min(largest, int32(255))]
        gains = int32(speed * (rich / (float32(1) + rich)) * widened) + int32(1)
        loses = int32(speed / (float32(1) + poor) * widened) + int32(1)
        first[1, q], count[1, q] = uint8(gains), uint8(max(int32(256) - gains, int32(0)))
        first[2, q], count[2, q] = uint8(loses), uint8(max(int32(256) - loses, int32(0)))
    return first, count


@njit(cache=True, nogil=True)
def drop(state: NDArray[np.uint8], rung: NDArray[np.uint8]) -> None:
    """Who is not connected uses no tools; `rung` says 0 for these, 1 for those without, 3 with."""
    for f in range(state.size):
        connected = state[f] & uint8(CONNECTED)
        state[f] &= uint8(0xFF) if connected else uint8(0xFF - USES_TOOLS)
        rung[f] = connected | ((state[f] >> uint8(3)) & uint8(2))


@njit(cache=True, nogil=True, error_model="numpy")
def take_up(
    single: np.uint64,
    n: int,
    start: NDArray[np.uint32],
    card: NDArray[np.uint64],
    odds: Array,
    factor: NDArray[np.float32],
    speed: np.float32,
    skill: NDArray[np.uint8],
    state: NDArray[np.uint8],
) -> None:
    """Those whom their byte of luck leaves open gain tools or lose them, in place.

    Args:
        single: Key of the luck of single firms.
        n: How many these are.
        start: Place of each cell's first firm, (cells + 1,).
        card: Their cards, see `ladder.Desk`, (n,).
        odds: Odds of each cell, (cells,).
        factor: See `own_factors`, (256,).
        speed: Share that moves a step.
        skill: Column, (firms,).
        state: Column, (firms,); changed.
    """
    for k in range(n):
        q = uint32(card[k] >> uint64(52))
        f = start[q] + (uint32(card[k] >> uint64(32)) & uint32(0xFFFFF))
        own = bits(single, card[k] >> uint64(32)) & uint64(0xFFFF)
        u = float32(int32(((card[k] & uint64(0xFF)) << uint64(16)) | own)) * ULP
        r = float32(1) / (float32(1) + float32(odds[q]) * factor[skill[f]])
        has = (state[f] & uint8(USES_TOOLS)) != 0
        changes = u < (speed * r if has else speed * (float32(1) - r))
        if changes and (state[f] & uint8(CONNECTED)) != 0:
            state[f] ^= uint8(USES_TOOLS)


@njit(cache=True, nogil=True)
def count(
    start: NDArray[np.uint32], home: NDArray[np.uint16], state: NDArray[np.uint8], cells: int
) -> NDArray[np.int64]:
    """Representative firms that use tools, by country row * 16 + kind, (cells,)."""
    found = np.zeros(cells, np.int64)
    for q in range(home.size):
        with_tools = int64(0)
        for f in range(start[q], start[q + 1]):
            with_tools += int64((state[f] >> uint8(4)) & uint8(1))
        found[home[q]] += with_tools
    return found


@njit(cache=True, nogil=True)
def move(
    shared: np.uint64,
    single: np.uint64,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    reach: NDArray[np.float32],
    odds: Array,
    factor: NDArray[np.float32],
    speed: np.float32,
    skill: NDArray[np.uint8],
    state: NDArray[np.uint8],
) -> None:
    """One step of all firms' tools, in place; odds by country row * 16 + kind."""
    by_cell = np.empty(home.size)
    for q in range(home.size):
        by_cell[q] = odds[home[q]]
    first, bytes_ = limits(by_cell, factor, reach, speed)
    room = state.size + 8 * home.size + 2 * WIDE
    rung = np.zeros(room, np.uint8)
    drop(state, rung)
    luck, loose = np.zeros(room & ~7, np.uint8), np.zeros(room, np.uint8)
    card = np.empty(room, np.uint64)
    ladder.deal(shared, start, 0, home.size, luck)
    ladder.test(start, 0, home.size, rung, luck, first, bytes_, loose)
    n = ladder.gather(start, 0, home.size, luck, loose, card)
    take_up(single, n, start, card, by_cell, factor, speed, skill, state)


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
    """
    for q in range(home.size):
        for f in range(start[q], start[q + 1]):
            skilled = 0.5 + skill[f] / 255
            stays = 1 - pace[0] / (1 + connecting[home[q]] * skilled)
            o = odds[home[q]] * factor[skill[f]]
            share = pace[1] * (o / (1 + o)) / (1 - stays * (1 - pace[1]))
            ident = (uint64(q) << uint64(20)) | uint64(f - start[q])
            u = (bits(draw, ident) >> uint64(11)) * (1.0 / 9007199254740992.0)
            if u < share and (state[f] & uint8(CONNECTED)) != 0:
                state[f] |= uint8(USES_TOOLS)


def pace(m: Run) -> float:
    """Share of firms that moves toward or from tools in a step."""
    return 1 - float(np.exp(-m.values.firms.tools_speed * m.dt))


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
            f["skill"], f["state"],
        )  # fmt: skip
    publish(m)


def step(m: Run) -> None:
    """Connected firms take up cloud services, artificial intelligence and sensors, or drop them."""
    with m.state.firms.in_place() as (cells, f):
        move(
            *keys(m), cells.start, cells.home, m.state.firms.reach, odds(m).ravel(), own_factors(m),
            np.float32(pace(m)), f["skill"], f["state"],
        )  # fmt: skip
    publish(m)


def publish(m: Run) -> None:
    """Count who uses tools."""
    s = m.state
    with s.firms.in_place() as (cells, f):
        found = count(cells.start, cells.home, f["state"], m.real_firms.size)
    s.firm_tools = found.reshape(m.real_firms.shape)


def share(m: Run, kinds: slice) -> Array:
    """Share of a country's real firms of some kinds that use tools, (n,)."""
    return _mean(m, _ALIKE, (kinds.start, kinds.stop))


def reach(m: Run) -> Array:
    """Share of a country's persons employed who work in firms with tools, (n,)."""
    return _mean(m, _STAFF, (0, KINDS))


def _mean(m: Run, weight: Array, kinds: tuple[int, int]) -> Array:
    return mean_of_kinds(m.state.firm_tools, m.firm_counts, m.real_firms, weight, kinds)
