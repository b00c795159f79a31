"""What never changes in a run, worked out of the figures of the start year.

`divide.model.run.Run` keeps all of it; what depends on the world alone is shared by its runs.
"""

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.agents.firm import EMPLOYED, SECTORS, SIZES
from divide.model.cells import CELLS, QUINTILES, by_quintile
from divide.model.declare.frozen import frozen
from divide.model.declare.values import Firms
from divide.model.world import World
from divide.model.world.fields import QUINTILES as QUINTILE_SHARES

Array = NDArray[np.float64]
BLOCS = AXES["jurisdiction"]

#: Share of women in the people of each cell (assumed: no figure by sex is shipped).
WOMENS_SHARE = 0.5


def income_spread(gini: Array) -> Array:
    """Spread of ln income, (n,), of a log-normal: sd = sqrt(2) Phi^-1((Gini + 1)/2)."""
    inverse = NormalDist().inv_cdf  # SciPy's would have to be loaded, for a number a country
    return np.sqrt(2) * np.array([inverse(float(each)) for each in (gini + 1) / 2])


@lru_cache(maxsize=64)
def people(world: World) -> tuple[Array, Array, Array, Array]:
    """What a run keeps of the people of a world.

    Returns:
        Share of a country's people in each cell, (n, cells); spread of ln income, (n,); mean income
        of a cell over the country's, that of its quintile (assumed), (n, cells); US$ for an
        international dollar, (n,).
    """
    v = world.values
    shares = np.stack([v[name] for name in QUINTILE_SHARES], axis=1)
    shares = np.maximum(shares, 0.004)  # some round to nothing
    factor = by_quintile(5 * shares / shares.sum(axis=1, keepdims=True))
    price_level = np.clip(v["gni_per_head_usd"] / v["income"], 0.1, 1.6)
    return cell_shares(v["urban"]), income_spread(v["income_gini"]), factor, price_level


def cell_shares(urban: Array) -> Array:
    """Share of a country's people in each cell, (n, cells).

    The richer, the more urban (assumed); women and men are as many everywhere (assumed).
    """
    tilt = 0.6 * np.linspace(-1, 1, QUINTILES)
    city = (urban[:, None] + (urban * (1 - urban))[:, None] * tilt) / QUINTILES
    places = np.stack([city, 1 / QUINTILES - city], axis=2)
    sexes = np.array([WOMENS_SHARE, 1 - WOMENS_SHARE])
    return (places[:, :, :, None] * sexes).reshape(len(urban), CELLS)


@lru_cache(maxsize=64)
def by_code(iso3: tuple[str, ...]) -> NDArray[np.intp]:
    """Rows of the countries in the order of their codes, (n,)."""
    return frozen(np.argsort(iso3, kind="stable"))


@lru_cache(maxsize=64)
def country_ids(iso3: tuple[str, ...]) -> NDArray[np.int64]:
    """A number for each country, (n,), made of its code: whatever else is in the world."""
    return np.array([int.from_bytes(code.encode(), "big") for code in iso3])


@lru_cache(maxsize=64)
def bloc_codes(world: World) -> NDArray[np.int64]:
    """Code of the bloc of each country, (n,); those of no bloc count as other."""
    codes = [BLOCS.index(name) if name in BLOCS else 3 for name in world.fact("bloc")]
    return frozen(np.array(codes))


@lru_cache(maxsize=64)
def neighbour_weights(world: World) -> Array:
    """Weight of each other country in what people see abroad, (n, n), rows sum to 1.

    Falls with distance (e-folding at 1,500 km, assumed); a land border or a language counts double.
    """
    weight = np.exp(-world.distance_km / 1_500) * (1 + world.contiguous + world.common_language)
    weight = np.array(weight)
    np.fill_diagonal(weight, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    return frozen(np.asfortranarray(weight))  # as `vector.product` likes it


@lru_cache(maxsize=64)
def groupings(world: World) -> dict[str, NDArray[np.int64]]:
    """Labels of the countries by region, income group and membership of the BRI, (n,) each."""
    return {
        "regions": np.unique(world.fact("region"), return_inverse=True)[1],
        "incomes": np.unique(world.fact("income_group"), return_inverse=True)[1],
        "bri": world.fact("bri_member").astype(np.int64),
    }


@lru_cache(maxsize=16)
def gravity_constants(world: World, distance: float, language: float, border: float) -> Array:
    """Factor of distance, language and border on trade, (n, n): what never changes."""
    thousand_km = np.maximum(world.distance_km, 50.0) / 1_000
    ties = language * world.common_language + border * world.contiguous
    factor = thousand_km ** (-distance) * np.exp(ties)
    return frozen(factor)


def localisation_norm(bloc: NDArray[np.int64]) -> Array:
    """Strictness of data localisation to which rules return without a policy, (n,) (assumed)."""
    return np.where(bloc == 0, 0.6, np.where(bloc == 1, 0.4, 0.3))


def kind_odds(p: Firms) -> Array:
    """Odds of each kind of firm relative to a micro firm in agri-food, (16, 4)."""
    size = np.exp(p.size_slope * np.arange(len(SIZES)))
    sector = np.array([p.agri_odds, p.manufacture_odds, p.machinery_odds, p.services_odds])
    table = np.repeat(size, len(SECTORS))[:, None] * np.ones((1, 4))
    table[:, 2:] *= np.tile(sector, len(SIZES))[:, None]
    table[:, 0] *= np.tile(np.sqrt(sector), len(SIZES))
    return table


def real_firms(population: Array, income: Array, density: float) -> Array:
    """Number of firms by country and kind, (n, 16); size and sector shares are assumed."""
    size = np.array([0.9, 0.08, 0.016, 0.004])
    rich = np.clip(np.log(income / 2_000) / np.log(40), 0, 1)[:, None]
    poor_mix, rich_mix = np.array([0.5, 0.2, 0.1, 0.2]), np.array([0.1, 0.15, 0.25, 0.5])
    sector = (1 - rich) * poor_mix + rich * rich_mix
    shares = size[None, :, None] * sector[:, None, :]
    return (density * population)[:, None] * shares.reshape(len(population), -1)


def staff_per_firm(real: Array, representative: NDArray[np.int64]) -> Array:
    """Share of a country's persons employed whom a representative firm stands for, (n, kinds).

    Args:
        real: Real firms, (n, kinds).
        representative: Representative firms, (n, kinds).
    """
    staff = real * EMPLOYED.repeat(len(SECTORS))
    return staff / staff.sum(axis=1, keepdims=True) / np.maximum(representative, 1)
