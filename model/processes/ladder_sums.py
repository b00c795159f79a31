"""The ladder of firms: where it begins, and its sums counted anew.

What `ladder` does to all firms in every step it does on kept sums. Here is what happens once, or
after somebody has written to firms: the stationary start, the count, platforms that leave.
"""

from typing import Any

import numpy as np
from numba import float32, int32, int64, uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model.agents.firm import FIXED, FirmPopulation
from divide.model.agents.layout import KINDS, Layout
from divide.model.compiled import njit
from divide.model.processes.ladder import (
    MARKET_FROM,
    MOVES,
    RAIL_FROM,
    RUNG,
    RUNGS,
    STATES,
    Choice,
    Counts,
    Sums,
    _able,
    _skilled,
    arrange,
    extremes,
    offers,
    search,
)
from divide.model.processes.luck import number
from divide.model.streams import bits

Array = NDArray[np.float64]

#: Firms that are looked at together: of fewer the compiler would do one after another.
LANES = 16


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _stationary(odds: np.float32, speed: np.float32, below: np.float32, kept: np.float32) -> tuple:
    """Long-run probability of a rung, and the probability to keep all states up to it.

    Of those who stand below rung r as many come to stand on it or higher in a step as fall below it
    from there. With A the probability to keep all states before the r-th, g and h those to gain and
    to keep it, and F the long-run probabilities of at least so many states, that is
    F_r = F_(r-1) g / (1 - A (h - g)), and h - g = 1 - speed.

    Args:
        odds: Odds of the state.
        speed: Share that moves toward or from it in a step.
        below: F_(r-1).
        kept: A.
    """
    r = float32(1) / (float32(1) + odds)
    gain, keep = speed * (odds * r), float32(1) - speed * r
    return below * gain / (float32(1) - kept * (float32(1) - speed)), kept * keep


@njit(cache=True, nogil=True, error_model="numpy")
def _factors(
    skill: NDArray[np.uint8], productivity: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factors of the odds of the lower and of the upper two states, with room to run over."""
    lower, upper = np.ones(skill.size + LANES, np.float32), np.ones(skill.size + LANES, np.float32)
    for f in range(skill.size):
        lower[f] = _skilled(skill[f])
        upper[f] = _able(lower[f], productivity[f])
    return lower, upper


@njit(cache=True, nogil=True, error_model="numpy")
def _shares(
    first: int,
    lower: NDArray[np.float32],
    upper: NDArray[np.float32],
    odds: NDArray[np.float32],
    speed: NDArray[np.float32],
    share: NDArray[np.float32],
) -> None:
    """Long-run probability of each state of `LANES` firms of a cell.

    Args:
        first: Place of the first of them.
        lower: See `_factors`.
        upper: Likewise.
        odds: Odds of each state in the cell, (4,).
        speed: Share that moves a step, (4,).
        share: Room for the probabilities, those of a state together, (4 * LANES,).
    """
    at = uint64(first)
    odds0, odds1, odds2, odds3 = odds[0], odds[1], odds[2], odds[3]
    pace0, pace1, pace2, pace3 = speed[0], speed[1], speed[2], speed[3]
    for k in range(LANES):  # a number that the compiler knows, so that it vectorises
        low, high = lower[at + uint64(k)], upper[at + uint64(k)]
        one = float32(1)
        f0, kept = _stationary(odds0 * low, pace0, one, one)
        f1, kept = _stationary(odds1 * low, pace1, f0, kept)
        f2, kept = _stationary(odds2 * high, pace2, f1, kept)
        f3, kept = _stationary(odds3 * high, pace3, f2, kept)
        share[k], share[LANES + k], share[2 * LANES + k], share[3 * LANES + k] = f0, f1, f2, f3


@njit(cache=True, nogil=True, error_model="numpy")
def long_run(
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    skill: NDArray[np.uint8],
    productivity: NDArray[np.float32],
    odds: Array,
    speed: NDArray[np.float32],
    peers: float,
    rounds: int,
) -> Array:
    """Mean over the firms of a cell of the long-run probability of each state.

    Peers depend on these probabilities and they on peers, so they are found in rounds.

    Args:
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        skill: Digital skill, 0-255, (firms,).
        productivity: Relative sales capacity, (firms,).
        odds: Odds of each state without peers, (countries, kinds, 4).
        speed: Share that moves a step, (4,).
        peers: Rise of the odds when all peers have the state.
        rounds: How many rounds.

    Returns:
        Probabilities, zero where there are no firms, (countries, kinds, 4).
    """
    lower, upper = _factors(skill, productivity)
    found = np.zeros(odds.shape)
    flat, base = found.reshape(-1, RUNGS), odds.reshape(-1, RUNGS)
    share, cell = np.empty(RUNGS * LANES, np.float32), np.empty(RUNGS, np.float32)
    for _ in range(rounds):
        for q in range(home.size):
            firms, first = int(start[q + 1] - start[q]), int(start[q])
            for s in range(RUNGS):
                cell[s] = base[home[q], s] * (1.0 + peers * flat[home[q], s])
            sum0 = sum1 = sum2 = sum3 = 0.0
            for block in range(0, firms, LANES):
                _shares(first + block, lower, upper, cell, speed, share)
                for k in range(min(LANES, firms - block)):
                    sum0 += share[k]
                    sum1 += share[LANES + k]
                    sum2 += share[2 * LANES + k]
                    sum3 += share[3 * LANES + k]
            if firms:
                row = flat[home[q]]
                row[0], row[1], row[2], row[3] = (
                    sum0 / firms,
                    sum1 / firms,
                    sum2 / firms,
                    sum3 / firms,
                )
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    shared: np.uint64,
    single: np.uint64,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    state: NDArray[np.uint8],
    skill: NDArray[np.uint8],
    productivity: NDArray[np.float32],
    odds: Array,
    speed: NDArray[np.float32],
) -> None:
    """Put every firm on a rung by its own long-run probabilities, in place (see `long_run`)."""
    table = arrange(odds, home)[1]
    lower, upper = _factors(skill, productivity)
    share, luck = np.empty(RUNGS * LANES, np.float32), np.empty(LANES, np.float32)
    for q in range(home.size):
        first, firms = int(start[q]), int(start[q + 1] - start[q])
        for block in range(0, firms, LANES):
            ident = (uint64(q) << uint64(20)) | uint64(block)
            for k in range(LANES):
                own = ident + uint64(k)
                word = bits(shared, own >> uint64(3))  # type: ignore[arg-type]
                byte = uint8((word >> ((own & uint64(7)) << uint64(3))) & uint64(0xFF))
                luck[k] = number(byte, bits(single, own))  # type: ignore[arg-type]
            _shares(first + block, lower, upper, table[home[q]], speed, share)
            for k in range(min(LANES, firms - block)):
                rung = 0
                for s in range(RUNGS):
                    rung += int(luck[k] < share[s * LANES + k])
                f = first + block + k
                state[f] = (state[f] & uint8(0xF0)) | STATES[rung]


@njit(cache=True, nogil=True)
def _count(
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    state: NDArray[np.uint8],
    marketplace: NDArray[np.int16],
    rail: NDArray[np.int16],
    productivity: NDArray[np.float32],
    weight: NDArray[np.int64],
    sums: Sums,
) -> None:
    counts, users = sums.counts.reshape(-1, RUNGS), np.zeros(1 + sums.users.size, np.int64)
    for q in range(home.size):
        row, kind, real = home[q] // KINDS, home[q] % KINDS, weight[home[q]]
        made = unpaid = unsold = int64(0)
        for f in range(start[q], start[q + 1]):  # no branches: what comes next cannot be told
            rung = RUNG[state[f] & uint8(15)]
            state[f] = (state[f] & uint8(0xF0)) | STATES[rung]
            for s in range(RUNGS):
                counts[home[q], s] += MOVES[uint32(rung), s]
            made += int64(productivity[f] * float32(FIXED)) * int64(rung == RUNGS)
            pays, sells = int32(rung >= RAIL_FROM), int32(rung >= MARKET_FROM)
            paid = max(int32(rail[f]) + int32(1), int32(0)) * pays
            sold = max(int32(marketplace[f]) + int32(1), int32(0)) * sells
            rail[f], marketplace[f] = paid - int32(1), sold - int32(1)
            unpaid += int64(pays) * int64(paid == 0)
            unsold += int64(sells) * int64(sold == 0)
            users[uint32(paid)] += real
            users[uint32(sold)] += real
        sums.capacity[row, kind // 4] += made * real
        sums.without[row, 0] += unpaid
        sums.without[row, 1] += unsold
    for p in range(sums.users.size):
        sums.users[p] = users[1 + p]


def count(firms: FirmPopulation, weight: Counts, platforms: int) -> Sums:
    """Sums over all firms, counted anew.

    A firm keeps a state only with those before it, and a platform only where it needs one.

    Args:
        firms: The firms, whatever was written to them; no longer stale afterwards.
        weight: Fixed-point number of real firms that one stands for, (countries, kinds).
        platforms: Number of platforms.

    Raises:
        ValueError: A firm is on a platform that does not exist.
    """
    n = len(weight)
    sums = Sums(
        np.zeros((n, KINDS, RUNGS), np.int64),
        np.zeros((n, 4), np.int64),
        np.zeros(platforms, np.int64),
        np.zeros((n, 2), np.int64),
    )
    for name in ("marketplace", "rail"):
        used = firms.stored(name, slice(None)).max(initial=-1)
        if used >= platforms:
            raise ValueError(f"{name} {used} of a firm: there are {platforms} platforms")
    with firms.in_place() as (cells, columns):
        _count(
            cells.start, cells.home, columns["state"], columns["marketplace"], columns["rail"],
            columns["productivity"], weight.reshape(-1), sums,
        )  # fmt: skip
        firms.reach = extremes(cells.start, columns["skill"], columns["productivity"])
    return sums


@njit(cache=True, nogil=True)
def turn_away(
    left: NDArray[np.bool_],
    column: int,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    platform: NDArray[np.int16],
    weight: NDArray[np.int64],
    sums: Sums,
) -> None:
    """Firms on a platform that has left their country are on none until they choose again.

    Args:
        left: Which platform has left which country, (platforms, n).
        column: Its place in `Sums.without`.
        start: Place of each cell's first firm, (cells + 1,).
        home: Country row * 16 + kind of each cell, (cells,).
        platform: Platform row of each firm, -1 for none, (firms,); changed.
        weight: Fixed-point number of real firms that one stands for, (countries * kinds,).
        sums: Changed with it.
    """
    some = np.zeros(left.shape[1], np.bool_)
    for p in range(left.shape[0]):
        for row in range(some.size):
            some[row] |= left[p, row]
    for q in range(home.size):
        row = home[q] // KINDS
        if not some[row]:
            continue
        for f in range(start[q], start[q + 1]):
            on = platform[f]
            if on >= 0 and left[on, row]:
                platform[f] = -1
                sums.users[on] -= weight[home[q]]
                sums.without[row, column] += 1


def find(
    single: np.uint64,
    cells: Layout,
    columns: dict[str, NDArray[Any]],
    weight: NDArray[np.int64],
    rails: Choice,
    markets: Choice,
    sums: Sums,
) -> None:
    """Everybody who needs a platform and has none chooses one.

    Args:
        single: Key of the luck of single firms.
        cells: Where firms are stored.
        columns: The columns in that order; changed.
        weight: Fixed-point number of real firms that one stands for, (countries * kinds,).
        rails: What a firm chooses from.
        markets: Likewise.
        sums: Changed with it.
    """
    for column, (name, chosen) in enumerate((("rail", rails), ("marketplace", markets))):
        search(
            single, cells.start, cells.home, columns["state"], column, *offers(*chosen), weight,
            columns[name], sums,
        )  # fmt: skip
