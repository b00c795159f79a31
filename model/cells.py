"""The cells of a country's people, by income, place and sex, and sums over them.

A cell is a sex in the city or in the countryside of an income quintile: twenty in all, in the order
of `AXES["cell"]`, quintiles first and sexes last. `QUINTILE`, `PLACE` and `SEX` say what each is.

Many processes ask for sums in every step. The order in which each kernel adds is part of it: it
decides the last bit of a sum, and a run must give the same bits wherever it is asked for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.declare.frozen import frozen

Array = NDArray[np.float64]

QUINTILES, PLACES, SEXES = 5, 2, 2
CELLS = QUINTILES * PLACES * SEXES
#: Cells of a quintile: those of one place and sex lie so far apart.
_STRIDE = PLACES * SEXES
#: Codes of places and sexes.
CITY, COUNTRYSIDE = 0, 1
WOMEN, MEN = 0, 1

#: Income quintile (0 the poorest), place and sex of each cell, (CELLS,).
QUINTILE = frozen(np.arange(CELLS) // _STRIDE)
PLACE = frozen(np.arange(CELLS) // SEXES % PLACES)
SEX = frozen(np.arange(CELLS) % SEXES)


def by_quintile(values: Array) -> Array:
    """Cells, (n, cells), of what differs by income only, given by quintile, (n, 5)."""
    return np.repeat(values, _STRIDE, axis=1)


def by_sex(women: Array, men: Array) -> Array:
    """Cells, (n, cells), of what differs by sex only, given by sex, (n,)."""
    cells = np.empty((len(women), CELLS))
    cells[:, WOMEN::SEXES] = women[:, None]
    cells[:, MEN::SEXES] = men[:, None]
    return cells


class Sums(NamedTuple):
    """Sums over cells of each country, (n,) each."""

    everyone: Array
    poorest: Array
    """The poorest 40 %."""
    richest: Array
    """The richest 60 %."""
    city: Array
    countryside: Array
    women: Array
    men: Array


def sums(cells: Array) -> Sums:
    """Sums of all cells and of those of each group.

    Args:
        cells: Parts of a country's total, (n, cells).
    """
    return Sums(*sum_up(cells))


# Each kernel adds the quintiles of one place and sex, poorest first, then sexes, then places.


@njit(cache=True, nogil=True)
def national(cells: Array, shares: Array, i: int) -> float:
    """Sum over the cells of country `i` of `cells` times `shares`, (n, cells) each."""
    city_women = city_men = rural_women = rural_men = 0.0
    for k in range(0, CELLS, _STRIDE):
        city_women += cells[i, k] * shares[i, k]
        city_men += cells[i, k + 1] * shares[i, k + 1]
        rural_women += cells[i, k + 2] * shares[i, k + 2]
        rural_men += cells[i, k + 3] * shares[i, k + 3]
    return (city_women + city_men) + (rural_women + rural_men)


@njit(cache=True, nogil=True)
def weighted_sum(cells: Array, shares: Array) -> Array:
    """Sum over cells of `cells` times `shares`, (n, cells) each -> (n,)."""
    total = np.empty(cells.shape[0])
    for i in range(cells.shape[0]):
        total[i] = national(cells, shares, i)
    return total


@njit(cache=True, nogil=True)
def sum_up(cells: Array) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    """What `Sums` lists, in its order."""
    n = cells.shape[0]
    everyone, poorest, richest = np.empty(n), np.empty(n), np.empty(n)
    city, countryside, women, men = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        x = cells[i]
        city_women = city_men = rural_women = rural_men = rich = 0.0
        for k in range(0, CELLS, _STRIDE):
            city_women += x[k]
            city_men += x[k + 1]
            rural_women += x[k + 2]
            rural_men += x[k + 3]
            if k == _STRIDE:  # two quintiles so far
                poorest[i] = (city_women + city_men) + (rural_women + rural_men)
            if k > _STRIDE:
                rich += (x[k] + x[k + 1]) + (x[k + 2] + x[k + 3])
        richest[i] = rich
        city[i] = city_women + city_men
        countryside[i] = rural_women + rural_men
        women[i] = city_women + rural_women
        men[i] = city_men + rural_men
        everyone[i] = city[i] + countryside[i]
    return everyone, poorest, richest, city, countryside, women, men


@njit(cache=True, nogil=True)
def firms_in_states(mix: Array, share: Array) -> Array:
    """Share of a country's firms in each of the four states, (4, countries).

    Args:
        mix: Share of each kind among a country's firms, (countries, kinds).
        share: Share of each kind in each state, (countries, kinds, 4).
    """
    mean = np.empty((4, mix.shape[0]))
    total = np.empty(4)
    for c in range(mix.shape[0]):
        for s in range(4):
            total[s] = 0.0
        for k in range(mix.shape[1]):
            for s in range(4):
                total[s] += mix[c, k] * share[c, k, s]
        for s in range(4):
            mean[s, c] = total[s]
    return mean


@njit(cache=True, nogil=True)
def mean_of_kinds(
    having: NDArray[np.int64],
    counts: NDArray[np.int64],
    firms: Array,
    weight: Array,
    kinds: tuple[int, int],
) -> Array:
    """Share of a country's firms of some kinds that have something, by weight, (countries,).

    Args:
        having: Representative firms that have it, (countries, kinds).
        counts: Representative firms, (countries, kinds).
        firms: Real firms, (countries, kinds).
        weight: Weight of a real firm of each kind, (kinds,).
        kinds: The first kind that counts and the one after the last.
    """
    mean = np.empty(firms.shape[0])
    for c in range(firms.shape[0]):
        part = total = 0.0
        for k in range(kinds[0], kinds[1]):
            all_firms = firms[c, k] * weight[k]
            part += having[c, k] / max(counts[c, k], 1) * all_firms
            total += all_firms
        mean[c] = part / total
    return mean
