"""Diffusion: the compiled rules by which the people of a cell go online and give up.

The potential of a cell is the share within reach times the share willing, whose odds are a product
of a country's and a cell's factor. People go online at a rate with an innovation and an imitation
term (Bass 1969), p + q (share online among those who could be): of one's own cell, one's
compatriots, and neighbouring countries. `adoption` says what the factors are; the fit runs the
same kernels on recorded drivers (`divide.calibration.fit.windows`).

Cells alternate between women and men; see `divide.model.cells`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.cells import CELLS, national
from divide.model.compiled import njit
from divide.model.declare.values import Adoption

Array = NDArray[np.float64]

#: Fewest of a cell who could be online, so that a share of them is a number.
_FEW = 1e-6


class Rates(NamedTuple):
    """Parameters of diffusion; see `parameters/adoption.yaml`."""

    innovation: float
    imitation: float
    own_cell: float
    neighbours: float
    leaving: float
    saturation: float


def rates(p: Adoption) -> Rates:
    """The parameters that the kernels take."""
    return p.pick(Rates)


@njit(cache=True, nogil=True, inline="always")
def potential_for(level: float, rise: float, p: float, q: float) -> float:
    """Share that could be online where `level` are and `rise` more follow in a year.

    The positive root of p P^2 + (q I - p I - g) P - q I^2 = 0, which is (P - I)(p + q I/P) = g.
    """
    b = q * level - p * level - rise
    return (-b + np.sqrt(b * b + 4 * p * q * level * level)) / (2 * p)


@njit(cache=True, nogil=True)
def people_reached(within: Array, shares: Array, lift: float) -> float:
    """Share of the people within reach once it is lifted, nobody more than once; 0 leaves it."""
    total = 0.0
    for j in range(shares.size):
        total += shares[j] * (min(within[j] * lift, 1.0) if lift else within[j])
    return total


@njit(cache=True, nogil=True)
def lift_for(target: float, saturation: float, within: Array, shares: Array) -> float:
    """Factor of reach by cell, (cells,) each, with which so many can be online; 1 if it is enough.

    Nobody is more than within reach, so that where the cities are full more is needed of the rest.
    """
    lift = max(1.0, target / (saturation * people_reached(within, shares, 0.0)))
    for _ in range(400):
        if people_reached(within, shares, lift) >= min(target / 0.9995, 1 - 1e-9):
            break
        lift *= 1.01
    return lift


@njit(cache=True, nogil=True, inline="always")
def share_of_women(share: float, reach: float, women_per_man: float) -> float:
    """Share of women that could be online when so many are per man, both half the people.

    Held to what leaves nobody of either sex beyond `reach`, of which a little must stay offline.
    """
    most = max(0.999 * reach, share)
    women = 2 * share * women_per_man / (1 + women_per_man)
    return max(min(women, most), 2 * share - most)


@njit(cache=True, nogil=True)
def log_odds_for(target: float, reach: Array, factor: Array, shares: Array, sex: int) -> float:
    """Log odds at which the potential of the cells of one sex adds up to `target` of the people.

    Args:
        target: Share of the people of both sexes.
        reach: Share within reach, (cells,).
        factor: Factor of the odds, (cells,).
        shares: Share of the people, (cells,).
        sex: 0 for women, 1 for men.
    """
    everyone, odds, within = 0.0, 0.0, 0.0
    for j in range(sex, shares.size, 2):
        everyone += shares[j]
        odds += shares[j] * factor[j]
        within += shares[j] * reach[j]
    share = min(target / within, 0.9999)
    x, low, high = np.log(share / (1 - share) * everyone / odds), -60.0, 60.0
    for _ in range(80):
        total, slope = 0.0, 0.0
        for j in range(sex, shares.size, 2):
            o = np.exp(x) * factor[j]
            could = shares[j] * reach[j] * (o / (1 + o))
            total += could
            slope += could / (1 + o)
        if abs(total - target) < 1e-12:
            break
        if total > target:
            high = x
        else:
            low = x
        x -= (total - target) / max(slope, 1e-12)
        if x <= low or x >= high:
            x = (low + high) / 2
    return float(x)


@njit(cache=True, nogil=True)
def start(
    level: Array,
    rise: Array,
    early: Array,
    women_per_man: Array,
    within: Array,
    cell: Array,
    skilled: Array,
    shares: Array,
    neighbours: Array,
    r: Rates,
) -> tuple[Array, Array, Array, Array, Array]:
    """The state in which the hazard gives the expected rise of internet use.

    The potential follows from level and rise in closed form, held to `saturation` of reach; the
    log odds of women and of men are then solved so that the cells of each add up to it. Where more
    are online than reach allows, reach is lifted.

    Args:
        level: Share online, (n,).
        rise: Expected rise of it had nobody come early, share a year, (n,).
        early: Share of the people who came early, (n,), see `divide.model.momentum`.
        women_per_man: Women online per man online, (n,).
        within: Share within reach, (n, cells).
        cell: Factor of the odds by income and place, (n, cells).
        skilled: Factor of the odds by skills, (n, cells).
        shares: Share of a country's people, (n, cells).
        neighbours: Weight of each other country in what people see abroad, (n, n).
        r: Parameters.

    Returns:
        Log odds of the country and factor by which reach is lifted, gap between the sexes, log
        odds, (n,) each; share online and share that could be, (n, cells) each.
    """
    n, cells = shares.shape
    reach, target = np.empty(n), np.empty(n)
    lift, gap, log_odds = np.ones(n), np.empty(n), np.empty(n)
    online, potential = np.empty((n, cells)), np.empty((n, cells))
    around = np.zeros(n)
    lifted, factor, x = np.empty(cells), np.empty(cells), np.empty(2)
    for i in range(n):
        reach[i] = people_reached(within[i], shares[i], 0.0)
    for repeat in range(3):  # what people see abroad hangs on the potential abroad
        ratio = np.empty(n)
        for i in range(n):
            own = 1.0 if repeat == 0 else 1 - r.neighbours
            p = r.innovation + r.imitation * r.neighbours * around[i]
            least = min(1.002 * level[i], 1.0)
            most = max(r.saturation * reach[i], least)
            before = max(level[i] - early[i], 1e-3)
            could = potential_for(before, rise[i], p, r.imitation * own)
            target[i] = min(max(could, least), most)
            ratio[i] = level[i] / target[i]
        around = vector.product(neighbours, ratio)
    for i in range(n):
        lift[i] = lift_for(target[i], r.saturation, within[i], shares[i])
        for j in range(cells):
            lifted[j], factor[j] = min(within[i, j] * lift[i], 1.0), cell[i, j] * skilled[i, j]
        covered = people_reached(lifted, shares[i], 0.0)
        women = share_of_women(target[i], covered, women_per_man[i])
        for sex, could in enumerate((women, 2 * target[i] - women)):
            people = 0.0
            for j in range(sex, cells, 2):
                people += shares[i, j]
            x[sex] = log_odds_for(could * people, lifted, factor, shares[i], sex)
        log_odds[i], gap[i], total = (x[0] + x[1]) / 2, x[0] - x[1], 0.0
        for j in range(cells):
            o = np.exp(x[j % 2]) * factor[j]
            potential[i, j] = lifted[j] * (o / (1 + o))
            total += shares[i, j] * potential[i, j]
        for j in range(cells):
            online[i, j] = potential[i, j] * min(level[i] / total, 1.0)
    return log_odds, lift, gap, online, potential


@njit(cache=True, nogil=True, error_model="numpy")
def move(
    online: Array,
    potential: Array,
    log_odds: Array,
    gap: Array,
    lift: Array,
    pace: Array,
    within: Array,
    cell: Array,
    skilled: Array,
    shares: Array,
    neighbours: Array,
    r: Rates,
    dt: float,
) -> None:
    """One step: the potential moves, people go online or give up; changes `online`, `potential`.

    Args:
        online: Share online, (n, cells).
        potential: Share that could be online, (n, cells).
        log_odds: Log odds of the country, (n,).
        gap: Log odds of women less men, (n,).
        lift: Factor by which reach is lifted, (n,).
        pace: Factor of the rate of going online, (n,).
        within: As in `start`, like the next five.
        cell: See `start`.
        skilled: See `start`.
        shares: See `start`.
        neighbours: See `start`.
        r: See `start`.
        dt: Length of the step, years.
    """
    n = shares.shape[0]
    ratio, odds = np.empty(n), np.empty(2 * n)
    for i in range(n):
        odds[2 * i], odds[2 * i + 1] = log_odds[i] + gap[i] / 2, log_odds[i] - gap[i] / 2
    vector.exp(odds)
    for i in range(n):
        women, men, lifted = odds[2 * i], odds[2 * i + 1], lift[i]
        for j in range(0, CELLS, 2):
            o = women * cell[i, j] * skilled[i, j]
            potential[i, j] = min(within[i, j] * lifted, 1.0) * (o / (1 + o))
            o = men * cell[i, j + 1] * skilled[i, j + 1]
            potential[i, j + 1] = min(within[i, j + 1] * lifted, 1.0) * (o / (1 + o))
        ratio[i] = national(online, shares, i) / max(national(potential, shares, i), _FEW)
    around = vector.product(neighbours, ratio)
    leave = 1 - np.exp(-r.leaving * dt)
    own = (1 - r.neighbours) * r.own_cell
    goes, steep = np.empty(CELLS), r.imitation * own
    for i in range(n):
        seen = (1 - r.neighbours) * (1 - r.own_cell) * ratio[i] + r.neighbours * around[i]
        base, rate = r.innovation + r.imitation * seen, pace[i] * dt
        quick = False
        for j in range(CELLS):
            # The hazard over a step is h = a / could. 1 - exp(-h) is nearly h / (1 + h/2 + h^2/12),
            # to 1e-3; the fraction falls again where h is large.
            could = max(potential[i, j], _FEW)
            a = (base * could + steep * online[i, j]) * rate
            goes[j] = a * could / (could * could + a * could / 2 + a * a / 12)
            quick |= a >= could
        if quick:
            for j in range(CELLS):
                h = (base + steep * online[i, j] / max(potential[i, j], _FEW)) * rate
                if h >= 1:
                    goes[j] = 1 - np.exp(-h)
        for j in range(CELLS):
            short = potential[i, j] - online[i, j]
            online[i, j] += max(short, 0.0) * goes[j] + min(short, 0.0) * leave
