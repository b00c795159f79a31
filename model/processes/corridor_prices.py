"""What a payment costs between any two countries, and which type of rail it goes over.

The arithmetic of `corridors`, once a year for all pairs. Countries stand in blocks of `LANES`, and
each of their figures in one piece: every loop over the partners of a block reads one array and
writes another, which is what compilers vectorise.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.compiled import njit
from divide.model.pairs import mirror

Array = NDArray[np.float64]

#: Countries in a block.
LANES = 64
#: Most types of rail, and where the figures of each begin among those of a country: fee, degree of
#: access, half of the price with the money under way, and appeal. Burden and size follow.
RAILS = 5
ACCESS, HALF, APPEAL, BURDEN, SIZE = RAILS, 2 * RAILS, 3 * RAILS, 4 * RAILS, 4 * RAILS + 1
#: Of pairs of a country with a block: first how often each rail is chosen, then what the country
#: pays over each so far, and the value of a choice.
MINE, VALUE = RAILS, 2 * RAILS
#: Differences of fees below this may be rounding.
ROUNDING = 1e-12


@njit(cache=True, nogil=True, error_model="numpy")
def put_in_blocks(
    found: Array,
    price: Array,
    days: Array,
    access: Array,
    burden: Array,
    capital_cost: float,
    scale: float,
) -> None:
    """Write the figures of countries, (blocks, 22, LANES), all but the sizes.

    The appeal of a rail is exp(-price / scale) over that of the cheapest in the country.
    """
    n, rails = access.shape
    appeal = np.empty(n * rails)
    for i in range(n):
        least = np.inf
        for r in range(rails):
            half = (price[i, r] + days[r] * capital_cost / 365) / 2
            appeal[i * rails + r] = half
            least = min(least, half)
        for r in range(rails):
            appeal[i * rails + r] = (least - appeal[i * rails + r]) / scale
    vector.exp(appeal)
    for i in range(n):
        at, lane = i // LANES, i % LANES
        for r in range(rails):
            found[at, r, lane] = price[i, r]
            found[at, ACCESS + r, lane] = access[i, r]
            found[at, HALF + r, lane] = (price[i, r] + days[r] * capital_cost / 365) / 2
            found[at, APPEAL + r, lane] = appeal[i * rails + r]
        found[at, BURDEN, lane] = burden[i]


@njit(cache=True, nogil=True, error_model="numpy")
def rivals(
    price: Array, days: Array, access: Array
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], Array]:
    """Pairs of rails of which the second may dominate the first somewhere, and how many they are.

    The third array says by how much the second is dearer where it is least so.
    """
    n, rails = access.shape
    most = rails * rails
    count, worse, better = 0, np.empty(most, np.int64), np.empty(most, np.int64)
    least = np.empty(most)
    for r in range(rails):
        for o in range(rails):
            if o == r or days[o] > days[r]:
                continue
            dearer, more = np.inf, -np.inf
            for i in range(n):
                dearer = min(dearer, price[i, o] - price[i, r])
                more = max(more, access[i, o] - access[i, r])
            if 2 * dearer <= ROUNDING and more >= 0.0:
                worse[count], better[count], least[count] = r, o, dearer
                count += 1
    return count, worse, better, least


@njit(cache=True, nogil=True, error_model="numpy")
def price_corridors(
    price: Array,
    days: Array,
    access: Array,
    distance: Array,
    burden: Array,
    gravity: Array,
    size: Array,
    capital_cost: float,
    compliance: float,
    compliance_distance: float,
    scale: float,
) -> tuple[Array, Array, Array]:
    """Cost (share of value) and time (days) of payment between countries, and rails' value.

    Args:
        price: Fees of each rail at each end, (n, rails), share of value; a pair pays the mean.
        days: Settlement time, (rails,), five at most.
        access: Degree to which a country can use a rail, (n, rails), 0-1; the lower end counts.
        distance: Regulatory distance, (n, n).
        burden: Factor on compliance cost from localisation and certification, (n,).
        gravity: What draws trade between countries, (n, n), symmetric.
        size: What each country trades, any unit, (n,); a pair pays gravity times both sizes.
        capital_cost: Yearly cost of the money under way.
        compliance: Cost of compliance at no distance, share of value.
        compliance_distance: Rise of compliance cost per unit of distance.
        scale: Scale of the logit choice, share of value.

    Returns:
        Expected cost and days, (n, n) each, and what each country pays and is paid over each rail,
        (rails, n).
    """
    n, rails = access.shape
    cost, time = np.empty((n, n)), np.empty((n, n))
    blocks = (n + LANES - 1) // LANES
    countries = np.zeros((blocks, 4 * RAILS + 2, LANES))  # made here: compilers see its strides
    put_in_blocks(countries, price, days, access, burden, capital_cost, scale)
    count, worse, better, dearer = rivals(price, days, access)
    used = np.zeros((blocks, RAILS, LANES))
    pair = np.zeros((2 * RAILS + 1, LANES))
    own_use = np.empty((n, RAILS, 8))
    wait = np.zeros(RAILS)
    for r in range(rails):
        wait[r] = days[r]
    d0, d1, d2, d3, d4 = wait
    for i in range(n):  # with the partners before it
        at, lane = i // LANES, i % LANES
        me = countries[at]
        h0, h1, h2 = me[HALF, lane], me[HALF + 1, lane], me[HALF + 2, lane]
        h3, h4 = me[HALF + 3, lane], me[HALF + 4, lane]
        big, burdened = size[i], burden[i]
        for q in range(at + 1):
            first = q * LANES
            # Whole eights are quicker; what is too much has no size yet, or is overwritten.
            top = min(LANES, n - first, (i - first + 7) // 8 * 8)
            you, theirs = countries[q], used[q]
            for r in range(rails):
                use, appeal = me[ACCESS + r, lane], me[APPEAL + r, lane]
                for k in range(top):
                    pair[r, k] = min(use, you[ACCESS + r, k]) * (appeal * you[APPEAL + r, k])
            for c in range(count):
                r, o = worse[c], better[c]
                fee, other_fee = me[r, lane], me[o, lane]
                use, other_use = me[ACCESS + r, lane], me[ACCESS + o, lane]
                if use == 0.0 or other_use == 0.0 or other_fee - fee + dearer[c] > ROUNDING:
                    continue
                # Of twins the one listed first stays: both would count twice in the logit.
                twins = days[o] == days[r] and o > r
                for k in range(top):
                    paid, other_paid = fee + you[r, k], other_fee + you[o, k]
                    usable = min(use, you[ACCESS + r, k])
                    other_usable = min(other_use, you[ACCESS + o, k])
                    beaten = (other_paid <= paid) & (other_usable >= usable)
                    more = (other_paid < paid) | (other_usable > usable) | (not twins)
                    pair[r, k] = 0.0 if beaten & more else pair[r, k]
            apart, pull = distance[i, first : first + LANES], gravity[i, first : first + LANES]
            costs, waits = cost[i, first : first + LANES], time[i, first : first + LANES]
            for k in range(top):
                c0, c1, c2, c3, c4 = pair[0, k], pair[1, k], pair[2, k], pair[3, k], pair[4, k]
                part = 1 / (c0 + c1 + c2 + c3 + c4)
                mean = c0 * (h0 + you[HALF, k]) + c1 * (h1 + you[HALF + 1, k])
                mean = mean + c2 * (h2 + you[HALF + 2, k]) + c3 * (h3 + you[HALF + 3, k])
                mean = mean + c4 * (h4 + you[HALF + 4, k])
                extra = compliance * (1 + compliance_distance * apart[k])
                costs[k] = mean * part + extra * max(burdened, you[BURDEN, k])
                waits[k] = (c0 * d0 + c1 * d1 + c2 * d2 + c3 * d3 + c4 * d4) * part
                pair[VALUE, k] = pull[k] * you[SIZE, k] * part * big
            for r in range(rails):
                for k in range(top):
                    paid = pair[r, k] * pair[VALUE, k]
                    theirs[r, k] += paid
                    pair[MINE + r, k] += paid
        for r in range(rails):
            mine = pair[MINE + r]
            for k in range(8):
                low = (mine[k] + mine[k + 8]) + (mine[k + 16] + mine[k + 24])
                high = (mine[k + 32] + mine[k + 40]) + (mine[k + 48] + mine[k + 56])
                own_use[i, r, k] = low + high
            for k in range(LANES):
                mine[k] = 0.0
        countries[at, SIZE, lane] = size[i]
        mirror(cost, i)
        mirror(time, i)
    total = np.empty((rails, n))
    for r in range(rails):
        for i in range(n):
            s = own_use[i, r]
            mine = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
            total[r, i] = used[i // LANES, r, i % LANES] + mine
    return cost, time, total
