"""Cross-border e-commerce of the start: from figures, the same for every seed.

China's exports, imports and main partners are those of its customs. What others export and import
follows from their trade in goods and in digitally deliverable services, and from how many people
buy online, relative to China's; no survey says it. Flows between them are gravity, scaled to those
totals by iterative proportional fitting around China's observed flows, so that what all sell is
what all buy.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive
from divide.model.compiled import njit
from divide.model.processes import supply, trade
from divide.model.run import Run
from divide.model.world.fields import LEAST_TRADE

Array = NDArray[np.float64]

#: Most that one partner has of a country's e-commerce with all others (assumed).
MOST_OF_ONE = 0.8
#: Goods trade beyond this share of GDP only passes through (assumed).
MOST_OF_GDP = 0.5
#: Goods exports beyond this multiple of goods imports are mostly fuels (assumed; China's is 1.3).
MOST_OF_IMPORTS = 1.35
#: Most that the hub has of the world's exports (assumed; met only where imports are drawn low).
MOST_OF_WORLD = 0.6
#: Home sales are at least this share of imports (assumed).
LEAST_HOME = 0.5


def begin(m: Run) -> None:
    """Give a run its flows, shares and supply of the start."""
    s = m.state
    supply.begin(m)
    flows = flows_at_start(m)
    imports = flows.sum(axis=0)
    wanted = trade.online_spending(m)
    home = np.maximum(wanted - imports, LEAST_HOME * imports)
    online = np.minimum(home + imports, trade.MOST_ONLINE * trade.consumption(m))
    s.spending_level = online / wanted
    share = flows / online
    s.home_share = 1 - share.sum(axis=0)
    off = s.friction > 0
    s.origins = np.divide(share, s.friction, out=np.zeros_like(share), where=off)
    trade.pull_of_origins(m)
    trade.divide(m)


def flows_at_start(m: Run) -> Array:
    """Flows from i (rows) to j, US$ a year, (n, n)."""
    sold, bought = (np.nan_to_num(m.world.customs[name]) for name in ("sold", "bought"))
    imports = _imports(m, sold)
    exports = _exports(m, bought, imports)
    known = np.zeros((m.n, m.n))
    known[m.hub], known[:, m.hub] = sold, bought
    prior = np.where(known > 0, 0.0, m.state.friction)
    return known + fitted(prior, exports - known.sum(axis=1), imports - known.sum(axis=0))


def _imports(m: Run, sold: Array) -> Array:
    """What countries buy abroad, (n,), around the hub's and at least what it sells there."""
    p, v = m.values.trade, m.world.expected or m.world.values
    buyers = np.maximum(v["bought_online"], 1e-3)
    scale = _like(m, "imports") * (buyers / buyers[m.hub]) ** p.buyers_slope
    imports = np.maximum(m.world.customs["totals"][1] * scale, sold / MOST_OF_ONE)
    # The hub's exports need buyers.
    others = imports.sum() - imports[m.hub]
    needed = m.world.customs["totals"][0] / MOST_OF_WORLD - imports[m.hub]
    imports *= np.where(np.arange(m.n) == m.hub, 1.0, max(1.0, needed / others))
    return imports


def _exports(m: Run, bought: Array, imports: Array) -> Array:
    """What countries sell abroad, (n,): they share what the hub leaves of all imports."""
    exports, least = m.world.customs["totals"][0] * _like(m, "exports"), bought / MOST_OF_ONE
    others = np.arange(m.n) != m.hub
    left = imports.sum() - exports[m.hub]
    free = others.copy()
    for _ in range(m.n):  # those held at their least value leave less to the others
        scale = (left - least[others & ~free].sum()) / exports[free].sum()
        short = free & (scale * exports < least)
        if not short.any():
            break
        free &= ~short
    return np.where(others, np.where(free, scale * exports, least), exports)


def _like(m: Run, side: str) -> Array:
    """Trade that e-commerce is like, over the hub's, (n,).

    A predictive draw adds one error of mean 1, which holds that of imputed figures too.
    """
    p, v = m.values.trade, m.world.expected or m.world.values
    most = MOST_OF_GDP * m.gdp_usd()
    if side == "exports":
        most = np.minimum(most, MOST_OF_IMPORTS * np.maximum(v["goods_imports"], LEAST_TRADE))
    goods = np.minimum(np.maximum(v[f"goods_{side}"], LEAST_TRADE), most)
    services = np.minimum(np.maximum(v[f"digital_{side}"], LEAST_TRADE), most)
    like = goods ** (1 - p.digital_weight) * services**p.digital_weight
    if m.plan.draw:
        error = predictive.normal(m.plan.draw, f"e-commerce {side}", 0, m.ids)
        error = predictive.centred(p.level_error, error)
        error[m.hub] = 1.0
        like = like * error
    return like / like[m.hub]


@njit(cache=True, nogil=True, error_model="numpy")
def fitted(prior: Array, rows: Array, columns: Array) -> Array:
    """The prior, (n, n), with each row and column scaled until they sum to these, (n,) each.

    Iterative proportional fitting, until no sum is further off than 1e-12 of itself, or for
    10,000 rounds.
    """
    n = rows.size
    left, right = np.ones(n), np.ones(n)
    for _ in range(10_000):
        total = np.zeros(n)
        for i in range(n):
            for j in range(n):
                total[i] += prior[i, j] * right[j]
        worst = 0.0
        for i in range(n):
            found = left[i] * total[i]
            worst = max(worst, abs(found - rows[i]) / max(rows[i], 1e-300))
            left[i] = rows[i] / total[i] if total[i] > 0 else 0.0
        if worst < 1e-12:
            break
        total = np.zeros(n)
        for i in range(n):
            for j in range(n):
                total[j] += left[i] * prior[i, j]
        for j in range(n):
            right[j] = columns[j] / total[j] if total[j] > 0 else 0.0
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = left[i] * prior[i, j] * right[j]
    return out
