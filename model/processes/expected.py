"""What is expected of firms: the mean path of the ladder, and what real firms do around it.

Representative firms stand for far more real ones, whose luck evens out. So what the real firms of a
country and kind do is the expectation, on the odds that all of them meet, plus what the
representative ones do beyond it times sqrt(representative / real firms): n times as many
independent firms stray 1/sqrt(n) as far. Where firms are few, each counts as it is.

Firms differ in skill and productivity, over which expectations are taken by Gauss's rule: on each
rung the odds of a few typical firms stand for all (Golub and Welsch 1969, Mathematics of
Computation 23, 221-230).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import float32
from numpy.typing import NDArray

from divide.model.agents.firm import FIXED, pareto
from divide.model.agents.layout import KINDS
from divide.model.compiled import njit

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

#: Typical firms of a cell by skill, and by productivity.
SKILLS, SALES = 2, 3
#: Rows of the mean path: two lower states by skill, then two upper states by skill and sales.
LOWER = 2 * SKILLS
ROWS = LOWER + 2 * SKILLS * SALES


class Typical(NamedTuple):
    """Typical firms of each cell, and how much each stands for.

    Attributes:
        skilled: Factor of the odds by skill, (SKILLS, cells).
        able: Factor of productivity on the odds of the upper two states, (SALES,).
        part: Share of firms that each of these stands for, (SALES,).
        sold: What it stands for of a mean firm's sales capacity, (SALES,).
    """

    skilled: Singles
    able: Singles
    part: Array
    sold: Array


def typical(skill_mean: Array, spread: float, shape: float, cap: float) -> Typical:
    """The typical firms of all cells, for the distributions of `FirmPopulation.build`.

    Args:
        skill_mean: Mean skill of the firms of each country, (n,).
        spread: Standard deviation of skill, narrowed where skill would leave [0, 1].
        shape: Exponent of the tail of productivity.
        cap: Largest productivity, multiple of the mean.
    """
    spread_here = np.minimum(spread, np.minimum(skill_mean, 1 - skill_mean) / np.sqrt(6))
    skilled = 0.5 + skill_mean + np.array([[-1.0], [1.0]]) * spread_here
    of_cells = np.repeat(skilled, KINDS, axis=1).astype(np.float32)
    return Typical(of_cells, *sales_rule(shape, cap))


@lru_cache(maxsize=64)
def sales_rule(shape: float, cap: float) -> tuple[Singles, Array, Array]:
    """Gauss's rule over productivity s, in x = 2 s / (1 + s): `able`, `part` and `sold`.

    It is exact for polynomials in x of degree 2 `SALES` - 1 over firms, `SALES` - 1 over sales.
    """
    s = pareto((np.arange(4096) + 0.5) / 4096, shape, cap)
    s /= s.mean()
    x = 2 * s / (1 + s)
    basis = [np.ones_like(x)]  # orthonormal polynomials by Stieltjes' procedure
    middle: list[float] = []
    beside: list[float] = []
    before = np.zeros_like(x)
    for _ in range(SALES):
        middle.append((x * basis[-1] ** 2).mean())
        following = (x - middle[-1]) * basis[-1] - (beside[-1] * before if beside else 0.0)
        beside.append(np.sqrt((following**2).mean()))
        before = basis[-1]
        basis.append(following / beside[-1])
    off = np.diag(beside[:-1], 1)
    able, vectors = np.linalg.eigh(np.diag(middle) + off + off.T)
    part = vectors[0] ** 2
    sold = np.array(
        [(s * np.prod([(x - b) / (a - b) for b in able if b != a], axis=0)).mean() for a in able]
    )
    return able.astype(np.float32), part, sold


@njit(cache=True, nogil=True, inline="always")
def _by_state(odds: Array) -> Singles:
    """Odds by state and cell, (4, cells), from those by country, kind and state."""
    table = odds.reshape(-1, 4)
    turned = np.empty((4, table.shape[0]), np.float32)
    for q in range(table.shape[0]):
        for s in range(4):
            turned[s, q] = table[q, s]
    return turned


@njit(cache=True, nogil=True, error_model="numpy")
def begin(odds: Array, speed: Array, firms: Typical) -> Singles:
    """The long run of typical firms at constant odds, see `ladder_sums`.

    Args:
        odds: Odds of each state, (n, kinds, 4).
        speed: Share that moves toward or from each state in a step, (4,).
        firms: The typical firms.

    Returns:
        Probability of having each state, (ROWS, cells).
    """
    cells, one, pace = firms.skilled.shape[1], float32(1), speed.astype(np.float32)
    turned, path = _by_state(odds), np.empty((ROWS, cells), np.float32)
    share, kept = np.empty(cells, np.float32), np.empty(cells, np.float32)
    upper, held = np.empty(cells, np.float32), np.empty(cells, np.float32)
    for a in range(SKILLS):  # each loop over cells is one that the compiler vectorises
        skilled = firms.skilled[a]
        for q in range(cells):
            share[q] = kept[q] = one
        for s in range(2):
            into, o, moves, stays = path[s * SKILLS + a], turned[s], pace[s], one - pace[s]
            for q in range(cells):
                r = one / (one + o[q] * skilled[q])
                share[q] *= moves * (one - r) / (one - kept[q] * stays)
                kept[q] *= one - moves * r
                into[q] = share[q]
        for b in range(SALES):
            able = firms.able[b]
            for q in range(cells):
                upper[q], held[q] = share[q], kept[q]
            for s in range(2, 4):
                into, o = path[LOWER + ((s - 2) * SKILLS + a) * SALES + b], turned[s]
                moves, stays = pace[s], one - pace[s]
                for q in range(cells):
                    r = one / (one + o[q] * skilled[q] * able)
                    upper[q] *= moves * (one - r) / (one - held[q] * stays)
                    held[q] *= one - moves * r
                    into[q] = upper[q]
    return path


@njit(cache=True, nogil=True, error_model="numpy")
def advance(path: Singles, odds: Array, speed: Array, firms: Typical) -> None:
    """One step of the mean path, in place: what the law of `ladder` makes of the shares.

    With F_r the share that has r states, k and g the probabilities to keep and to gain one, and
    K_r the product of the first r of the k: those who climb to r or above from below number
    B_r = (B_(r-1) + (F_(r-1) - F_r) K_(r-1)) g_r, and F_r becomes F_r K_r + B_r.

    Args:
        path: See `begin`, (ROWS, cells); changed.
        odds: Odds of each state, (n, kinds, 4).
        speed: Share that moves toward or from each state in a step, (4,).
        firms: The typical firms.
    """
    cells, one, pace = path.shape[1], float32(1), speed.astype(np.float32)
    turned = _by_state(odds)
    kept, risen = np.empty(cells, np.float32), np.empty(cells, np.float32)
    had = np.empty(cells, np.float32)
    for a in range(SKILLS):  # each loop over cells is one that the compiler vectorises
        skilled, first, second = firms.skilled[a], path[a], path[SKILLS + a]
        for q in range(cells):
            r0 = one / (one + turned[0, q] * skilled[q])
            r1 = one / (one + turned[1, q] * skilled[q])
            keep = one - pace[0] * r0
            rise = (one - first[q]) * (pace[0] * (one - r0))
            had[q] = second[q]
            up = (rise + (first[q] - second[q]) * keep) * (pace[1] * (one - r1))
            kept[q] = keep * (one - pace[1] * r1)
            first[q] = first[q] * keep + rise
            second[q] = second[q] * kept[q] + up
            risen[q] = up
        for b in range(SALES):
            third, fourth = path[LOWER + a * SALES + b], path[LOWER + (SKILLS + a) * SALES + b]
            able = firms.able[b]
            for q in range(cells):
                ability = skilled[q] * able
                r2 = one / (one + turned[2, q] * ability)
                r3 = one / (one + turned[3, q] * ability)
                rise = (risen[q] + (had[q] - third[q]) * kept[q]) * (pace[2] * (one - r2))
                keep = kept[q] * (one - pace[2] * r2)
                up = (rise + (third[q] - fourth[q]) * keep) * (pace[3] * (one - r3))
                third[q] = third[q] * keep + rise
                fourth[q] = fourth[q] * keep * (one - pace[3] * r3) + up


class Spread(NamedTuple):
    """How far the luck of representative firms goes for the real ones behind them.

    Attributes:
        firms: Real firms, (n, kinds).
        far: Share of the luck of a cell's firms that is left in the real ones, (n, kinds).
        each: What one representative firm in a state adds by it to their share, (n, kinds).
        sizes: As `far`, of all firms of a size class, (n, 4).
    """

    firms: Array
    far: Array
    each: Array
    sizes: Array


def spread(numbers: NDArray[np.int64], real_firms: Array) -> Spread:
    """How far the luck of representative firms goes.

    Args:
        numbers: Representative firms, (n, kinds).
        real_firms: Real firms, (n, kinds).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.where(numbers > 0, np.sqrt(np.minimum(1.0, numbers / real_firms)), 0.0)
    each = far / np.maximum(numbers, 1)
    of_sizes = (len(numbers), 4, -1)
    standing = numbers.reshape(of_sizes).sum(axis=2)
    behind = np.where(numbers > 0, real_firms, 0.0).reshape(of_sizes).sum(axis=2)
    sizes = np.sqrt(np.minimum(1.0, standing / np.maximum(behind, 1e-300)))
    return Spread(real_firms, far, each, sizes)


@njit(cache=True, nogil=True)
def real(
    path: Singles,
    firms: Typical,
    counts: NDArray[np.int64],
    capacity: NDArray[np.int64],
    spread: Spread,
) -> tuple[Array, Array]:
    """What real firms do: the expectation, and the luck of representative ones scaled to theirs.

    Args:
        path: See `begin`, (ROWS, cells).
        firms: The typical firms.
        counts: Representative firms in each state, (n, kinds, 4).
        capacity: Export capacity of representative firms by size class, mean firms x FIXED^2,
            (n, 4).
        spread: How far their luck goes.

    Returns:
        Share of real firms in each state, (n, kinds, 4), and what those that export can supply by
        size class, mean firms, (n, 4).
    """
    share, supplied = np.empty(counts.shape), np.empty((counts.shape[0], 4))
    flat, drawn, sold = share.reshape(-1), counts.reshape(-1), np.empty(path.shape[1])
    far, each, there = spread.far.reshape(-1), spread.each.reshape(-1), spread.firms.reshape(-1)
    a, b, c = firms.part[0] / SKILLS, firms.part[1] / SKILLS, firms.part[2] / SKILLS
    x, y, z = firms.sold[0] / SKILLS, firms.sold[1] / SKILLS, firms.sold[2] / SKILLS
    for q in range(path.shape[1]):  # written out, so that the compiler vectorises it
        third = path[4, q] * a + path[5, q] * b + path[6, q] * c
        third += path[7, q] * a + path[8, q] * b + path[9, q] * c
        fourth = path[10, q] * a + path[11, q] * b + path[12, q] * c
        fourth += path[13, q] * a + path[14, q] * b + path[15, q] * c
        sells = path[10, q] * x + path[11, q] * y + path[12, q] * z
        sells += path[13, q] * x + path[14, q] * y + path[15, q] * z
        sold[q] = sells * there[q]
        rest = 1.0 - far[q]
        flat[4 * q] = rest * (path[0, q] / SKILLS + path[1, q] / SKILLS) + drawn[4 * q] * each[q]
        flat[4 * q + 1] = (
            rest * (path[2, q] / SKILLS + path[3, q] / SKILLS) + drawn[4 * q + 1] * each[q]
        )
        flat[4 * q + 2] = rest * third + drawn[4 * q + 2] * each[q]
        flat[4 * q + 3] = rest * fourth + drawn[4 * q + 3] * each[q]
    kinds = KINDS // 4
    for row in range(supplied.shape[0]):
        for size in range(4):
            mean = 0.0
            for k in range(kinds):
                mean += sold[row * KINDS + size * kinds + k]
            luck = capacity[row, size] / FIXED**2 - mean
            supplied[row, size] = mean + spread.sizes[row, size] * luck
    return share, supplied


def shift(path: Singles, change: Array) -> None:
    """Let the expectation follow what somebody wrote to firms, which is no luck; in place.

    Args:
        path: See `begin`, (ROWS, cells).
        change: Change of the share of firms in each state, (n, kinds, 4).
    """
    if change.any():
        moved = change.reshape(-1, 4).T.astype(np.float32)
        upper = np.repeat([2, 3], SKILLS * SALES)
        rows = np.concatenate([np.repeat([0, 1], SKILLS), upper])
        np.clip(path + moved[rows], 0, 1, out=path)
        for a in range(SKILLS):  # a state needs the one before
            third = slice(LOWER + a * SALES, LOWER + (a + 1) * SALES)
            fourth = slice(third.start + SKILLS * SALES, third.stop + SKILLS * SALES)
            path[SKILLS + a] = np.minimum(path[SKILLS + a], path[a])
            path[third] = np.minimum(path[third], path[SKILLS + a])
            path[fourth] = np.minimum(path[fourth], path[third])
