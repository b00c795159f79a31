"""Fills the cells of a world that no figure covers, inside what a field can be."""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from divide.model.world import impute
from divide.model.world.columns import Columns
from divide.model.world.fields import LEAST_TRADE, QUINTILES
from divide.model.world.tables import Equation

Array = NDArray[np.float64]
Values = dict[str, Array]

# Order matters: later equations use earlier fields.
ORDER = (
    "electricity", "internet_users", "hdi", "schooling_years",
    "secondary_enrolment",
    "mobile_subscriptions", "fixed_broadband", "mobile_broadband", "gni_per_head_usd", "egov",
    "logistics", "border_hours_export", "border_hours_import", "documentary_hours_export",
    "documentary_hours_import", "goods_exports", "goods_imports", "digital_exports",
    "digital_imports", "government_ict", "secure_servers",
    "accounts", "accounts_poorest40", "accounts_richest60", "accounts_women", "accounts_men",
    "mobile_money", "bought_online", "income_gini", *QUINTILES, "women_per_man", "coverage_mobile",
    "coverage_2g", "coverage_fixed", "coverage_5g", "basket_price", "skills", "cables", "routes",
)  # fmt: skip
_CODE = 26 ** np.arange(3)


def fill(
    values: Values,
    flags: Mapping[str, NDArray[np.int8]],
    equations: Mapping[str, Equation],
    countries: Columns,
    start: int,
    draw: int,
    borders: Array,
) -> None:
    """Fills the cells flagged 2, in place.

    Args:
        values: Field to (n,) figures, NaN where flagged 2.
        flags: Field to (n,) flags.
        equations: Of this start year.
        countries: Facts in the order of the figures.
        start: Year.
        draw: 0 for what the equations expect; k > 0 adds draw k of their residuals.
        borders: (n,) land borders of each country.
    """
    region, group = (countries[name].astype(str) for name in ("region", "income_group"))
    coast = countries["landlocked"] == 0
    ids = _ids(countries["iso3"])
    known = _given(values, region, ~coast, start)
    for name in ORDER:
        gap = flags[name] == impute.IMPUTED
        if gap.any():
            if name in equations:
                equation = equations[name]
                noise = equation.sd * normals(draw, name, ids) if draw else None
                filled = _predicted(name, equation, values, known, noise)
            else:
                filled = _derived(name, values, flags, region, group, borders)
            filled = np.where(coast, filled, 0.0) if name == "cables" else filled
            filled = bounded(name, filled, values, group, start)
            values[name] = np.where(gap, filled, values[name])
        _add(known, name, values)


def normals(draw: int, field: str, ids: NDArray[np.int64]) -> Array:
    """Standard normal numbers (n,): one for each draw, field and country, at every start alike.

    Draws 2k - 1 and 2k are mirror images, as in `divide.model.predictive`.
    """
    from scipy.special import ndtri

    from divide.model import streams  # imports a compiler, which a world without draws can spare

    uniform = streams.uniforms(streams.key((draw + 1) // 2, f"imputed/{field}", 0), ids)
    return (1 if draw % 2 else -1) * ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))


def _ids(codes: NDArray[np.object_]) -> NDArray[np.int64]:
    """A number for each code that no other country changes, (n,)."""
    letters = np.array([[ord(letter) - ord("A") for letter in code] for code in codes])
    return letters @ _CODE


def _given(values: Values, region: NDArray[np.str_], inland: Array, start: int) -> Values:
    """Right-hand sides that need no filling, (n,) each."""
    n = len(region)
    known = {
        "ln_income": np.log(values["income"] / 15_000),
        "ln_population": np.log(values["population"] / 1e7),
        "urban": values["urban"],
        "landlocked": inland.astype(float),
        "decades": np.full(n, (start - 2010) / 10),
        "years_since_2022": np.full(n, float(start - 2022)),
    }
    for name in np.unique(region):
        known[f"in {name}"] = (region == name).astype(float)
    return known


def _add(known: Values, name: str, values: Values) -> None:
    """Adds a field to the right-hand sides, once it is filled."""
    if name in ("electricity", "hdi", "egov"):
        known[name] = values[name]
    elif name == "internet_users":
        known["internet"] = impute.logit(values[name])
    elif name in ("goods_exports", "goods_imports"):
        known[f"ln_{name}"] = np.log(np.maximum(values[name], LEAST_TRADE))
    elif name == "accounts":
        known["account"] = impute.logit(values[name])


def _predicted(
    name: str, equation: Equation, values: Values, known: Values, noise: Array | None
) -> Array:
    if equation.link == "reach":
        reach = _fixed_reach(values, known["ln_income"], equation.terms)
        return reach if noise is None else reach * np.exp(noise)
    return impute.regression(equation.link, equation.terms, known, noise, equation.sd)


def _fixed_reach(values: Values, ln_income: Array, terms: Mapping[str, float]) -> Array:
    """Share of people whom a fixed line could reach (assumed).

    Households with a subscription are subscriptions times household size; of the households that
    could subscribe a share `take_up` does, and both depend on income.
    """
    size = np.clip(terms["size"] + terms["size_ln_income"] * ln_income, 2.2, 6.0)
    take_up = np.clip(terms["take_up"] + terms["take_up_ln_income"] * ln_income, 0.2, 0.85)
    return values["fixed_broadband"] * size / take_up


def _derived(
    name: str,
    values: Values,
    flags: Mapping[str, NDArray[np.int8]],
    region: NDArray[np.str_],
    group: NDArray[np.str_],
    borders: Array,
) -> Array:
    """Fields that follow from others by arithmetic or take the median of their like."""
    if name == "secondary_enrolment":
        if (flags[name] == impute.IMPUTED).all():
            return np.clip(1.1 * values["hdi"], 0, 1)  # assumed: nobody's figure is known
        return impute.group_median(values[name], region, group)
    if name == "accounts_richest60":
        return (values["accounts"] - 0.4 * values["accounts_poorest40"]) / 0.6
    if name == "accounts_men":
        return 2 * values["accounts"] - values["accounts_women"]
    if name in QUINTILES:
        return lognormal_shares(values["income_gini"])[QUINTILES.index(name)]
    return values["cables"] + borders


#: Of a few hundred numbers a world: SciPy's take longer to load than these to compute.
_normal_quantiles = np.vectorize(NormalDist().inv_cdf, otypes=[float])
_normal_shares = np.vectorize(NormalDist().cdf, otypes=[float])


def lognormal_shares(gini: Array) -> Array:
    """Income shares (5, n) of fifths of the people, poorest first, where incomes are log-normal."""
    sigma = np.sqrt(2) * _normal_quantiles((1 + gini) / 2)
    below = np.linspace(0, 1, 6)[1:-1]
    lorenz = _normal_shares(_normal_quantiles(below)[:, None] - sigma)
    edge = np.zeros((1, gini.size))
    return np.diff(np.concatenate([edge, lorenz, edge + 1]), axis=0)


def bounded(
    name: str, filled: Array, values: Mapping[str, Array], group: NDArray[np.str_], start: int
) -> Array:
    """Holds filled values inside what the field can be."""
    if name == "coverage_mobile":
        return np.clip(np.maximum(filled, values["internet_users"]), 0, 1)
    if name == "coverage_2g":
        return np.clip(np.maximum(filled, values["coverage_mobile"]), 0, 1)
    if name == "coverage_5g":
        return np.minimum(filled, values["coverage_mobile"]) * (start >= 2019)
    if name == "coverage_fixed":
        return np.clip(filled, 0, 0.99)
    if name == "basket_price":
        return np.clip(filled, 1e-4, 2.0)
    if name == "income_gini":
        return np.clip(filled, 0.2, 0.7)
    if name == "women_per_man":
        return np.clip(filled, 0.2, 1.3)
    if name == "schooling_years":
        return np.clip(filled, 0.3, 14.5)
    if name.startswith(("border_hours", "documentary_hours")):
        return np.clip(filled, 0, 600)
    if name.startswith(("goods_", "digital_")):
        return np.maximum(filled, LEAST_TRADE)
    if name == "mobile_money":
        # The survey did not ask where the service was absent: high-income countries get none, nor
        # does anyone before the first large scheme of 2007.
        absent = (group == "High income") | (start < 2007)
        return np.where(absent, 0.0, np.clip(filled, 0, values["accounts"]))
    if name in _COUNTS:
        return np.maximum(filled, 0.0)
    if name in ("gni_per_head_usd", "secondary_enrolment"):
        return filled
    return np.clip(filled, 0, 1)


_COUNTS = (
    "mobile_subscriptions", "fixed_broadband", "mobile_broadband", "secure_servers", "cables",
    "routes",
)  # fmt: skip
