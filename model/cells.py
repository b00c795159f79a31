"""Sums over the parts of a country: its ten cells of people and its sixteen kinds of firm.

A cell is an income quintile in the city or in the country.

Many processes ask for them in every step. The order in which each kernel adds is part of it: it
decides the last bit of a sum, and a run must give the same bits wherever it is asked for.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


def in_every_quintile(city: Array, countryside: Array) -> Array:
    """Cells, (n, 10), of what differs by place and not by income, given by place, (n,)."""
    cells = np.empty((len(city), 5, 2))
    cells[:, :, 0] = city[:, None]
    cells[:, :, 1] = countryside[:, None]
    return cells.reshape(len(city), 10)


@njit(cache=True, nogil=True)
def weighted_sum(cells: Array, shares: Array) -> Array:
    """Sum over cells of `cells` times `shares`, (n, 10) each -> (n,)."""
    total = np.empty(cells.shape[0])
    for i in range(cells.shape[0]):
        x, w = cells[i], shares[i]
        city = x[6] * w[6] + x[4] * w[4] + x[2] * w[2] + x[0] * w[0] + x[8] * w[8]
        countryside = x[7] * w[7] + x[5] * w[5] + x[3] * w[3] + x[1] * w[1] + x[9] * w[9]
        total[i] = city + countryside
    return total


@njit(cache=True, nogil=True)
def sums(cells: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Sums of all cells, the poorest 40 %, the richest 60 %, the cities and the countryside, (n,).

    Args:
        cells: Parts of a country's total, (n, 10).
    """
    n = cells.shape[0]
    everyone, poorest, richest = np.empty(n), np.empty(n), np.empty(n)
    city, countryside = np.empty(n), np.empty(n)
    for i in range(n):
        x = cells[i]
        eight = ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))
        everyone[i] = eight + x[8] + x[9]
        poorest[i] = x[0] + x[1] + x[2] + x[3]
        richest[i] = x[4] + x[5] + x[6] + x[7] + x[8] + x[9]
        city[i] = x[0] + x[2] + x[4] + x[6] + x[8]
        countryside[i] = x[1] + x[3] + x[5] + x[7] + x[9]
    return everyone, poorest, richest, city, countryside


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
