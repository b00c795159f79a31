"""Fits the equations that fill gaps, for every start year on the figures up to that year.

For maintainers: the model reads what this writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.world import impute
from divide.model.world.convert import FIRST_MOBILE_BASKET
from divide.model.world.fields import FIELDS, LEAST_TRADE

Array = NDArray[np.float64]
Years = NDArray[np.integer]

#: An equation needs this many figures, of this many countries, by its start year.
MIN_FIGURES, MIN_COUNTRIES = 100, 30
#: A trend needs figures from this many years.
MIN_SPAN = 5
#: Countries are left out a tenth at a time.
FOLDS = 10
DIGITS = 5
COLUMNS = ("field", "until", "link", "kind", "first_year", "last_year", "n", "countries", "r2",
           "mae", "mae_left_out", "residual_sd", "held_90", "note")  # fmt: skip

_AREAS = ("in Latin America & Caribbean", "in Sub-Saharan Africa", "in South Asia",
          "in Europe & Central Asia", "in Middle East & North Africa")  # fmt: skip
_NETWORK = ("ln_income", "ln_population", "urban", "electricity", "hdi", "decades")
# Field: link and right-hand side. The constant goes without saying.
FITS: dict[str, tuple[str, tuple[str, ...]]] = {
    "electricity": ("logit", ("ln_income", "urban", "decades")),
    "internet_users": ("logit", ("ln_income", "urban", "electricity", "decades")),
    "hdi": ("linear", ("ln_income", "urban", "electricity", "decades")),
    # Not the human-capital index of the E-Government Survey: its method changes would come in as
    # changes of schooling.
    "schooling_years": ("linear", ("hdi", "ln_income", "in Europe & Central Asia")),
    "mobile_subscriptions": ("log1p", ("ln_income", "internet", "decades")),
    "fixed_broadband": ("logit", ("ln_income", "internet", "decades")),
    "mobile_broadband": ("log1p", ("ln_income", "internet", "decades")),
    "gni_per_head_usd": ("log", ("ln_income", "urban", "decades")),
    "egov": ("logit", ("ln_income", "hdi", "internet", "decades")),
    "logistics": ("logit", ("ln_income", "hdi", "internet")),
    "border_hours_export": ("log1p", ("ln_income", "landlocked", "in Sub-Saharan Africa",
                                      "in Europe & Central Asia")),
    "border_hours_import": ("log1p", ("ln_income", "landlocked", "in Sub-Saharan Africa",
                                      "in Europe & Central Asia")),
    "documentary_hours_export": ("log1p", ("ln_income", "landlocked", "in Sub-Saharan Africa",
                                           "in Europe & Central Asia")),
    "documentary_hours_import": ("log1p", ("ln_income", "landlocked", "in Sub-Saharan Africa",
                                           "in Europe & Central Asia")),
    "goods_exports": ("log", ("ln_income", "ln_population", "decades")),
    "goods_imports": ("log", ("ln_income", "ln_population", "decades")),
    "digital_exports": ("log", ("ln_goods_exports", "ln_income", "internet", "decades")),
    "digital_imports": ("log", ("ln_goods_imports", "ln_income", "internet", "decades")),
    "government_ict": ("logit", ("ln_income", "hdi", "internet", "egov")),
    "secure_servers": ("log1p", ("ln_income", "internet", "decades")),
    "accounts": ("logit", ("ln_income", "internet", "hdi", "decades")),
    "accounts_poorest40": ("logit", ("account",)),
    "accounts_women": ("logit", ("account",)),
    "mobile_money": ("logit", ("ln_income", "in Sub-Saharan Africa", "decades")),
    "bought_online": ("logit", ("ln_income", "internet", "account")),
    "income_gini": ("linear", ("ln_income", *_AREAS)),
    "women_per_man": ("log", ("internet", "in South Asia", "in Sub-Saharan Africa",
                              "in Middle East & North Africa")),
    "coverage_2g": ("logit", _NETWORK),
    "coverage_mobile": ("logit", _NETWORK),
    "basket_price": ("log", ("ln_income", "ln_population", "in Sub-Saharan Africa",
                             "in South Asia", "decades")),
    "skills": ("logit", ("hdi", "internet")),
    "cables": ("log1p", ("ln_income", "ln_population", "decades")),
}  # fmt: skip
NOT_LANDLOCKED = ("cables",)


class Rule(NamedTuple):
    """An assumed equation, which stands until there are figures to fit one on."""

    link: str
    terms: Mapping[str, float]
    sd: float
    reason: str


_BEFORE = "before there are enough figures"
# Round numbers, the same at every start and for the fit, the backtest and the user.
ASSUMED: dict[str, Rule] = {
    "electricity": Rule("logit", {"const": 1.5, "ln_income": 1.5}, 1.0, _BEFORE),
    "internet_users": Rule("logit", {"const": -2.5, "ln_income": 1.2}, 1.0, _BEFORE),
    "hdi": Rule("linear", {"const": 0.7, "ln_income": 0.12}, 0.06, _BEFORE),
    "schooling_years": Rule("linear", {"const": 8.0, "ln_income": 2.0}, 1.5, _BEFORE),
    "mobile_subscriptions": Rule("log1p", {"const": 0.2, "ln_income": 0.1}, 0.15, _BEFORE),
    "fixed_broadband": Rule("logit", {"const": -6.0, "ln_income": 1.0}, 1.0, _BEFORE),
    "mobile_broadband": Rule("log1p", {}, 0.02, "none to speak of before there are figures"),
    "gni_per_head_usd": Rule("log", {"const": 8.5, "ln_income": 1.2}, 0.4, _BEFORE),
    "egov": Rule("logit", {"const": -1.0, "ln_income": 0.6}, 0.8, _BEFORE),
    "logistics": Rule("logit", {"const": 0.0, "ln_income": 0.4}, 0.4, _BEFORE),
    "border_hours_export": Rule("log1p", {"const": 4.0, "ln_income": -0.5}, 0.9, _BEFORE),
    "border_hours_import": Rule("log1p", {"const": 4.0, "ln_income": -0.5}, 0.9, _BEFORE),
    "documentary_hours_export": Rule("log1p", {"const": 3.3, "ln_income": -0.7}, 1.0, _BEFORE),
    "documentary_hours_import": Rule("log1p", {"const": 3.5, "ln_income": -0.7}, 1.0, _BEFORE),
    "goods_exports": Rule(
        "log", {"const": 23.5, "ln_income": 1.3, "ln_population": 0.9}, 1.0, _BEFORE
    ),
    "goods_imports": Rule(
        "log", {"const": 23.5, "ln_income": 1.1, "ln_population": 0.8}, 0.7, _BEFORE
    ),
    "digital_exports": Rule("log", {"const": -2.5, "ln_goods_exports": 1.0}, 1.2, _BEFORE),
    "digital_imports": Rule("log", {"const": -2.3, "ln_goods_imports": 1.0}, 0.8, _BEFORE),
    "government_ict": Rule("logit", {"const": -2.0, "egov": 5.0}, 0.8, _BEFORE),
    "secure_servers": Rule("log1p", {"const": 2.0, "ln_income": 1.5}, 1.0, _BEFORE),
    "accounts": Rule("logit", {"const": 0.0, "ln_income": 1.0}, 0.9, _BEFORE),
    "accounts_poorest40": Rule("logit", {"const": -0.4, "account": 1.0}, 0.3, _BEFORE),
    "accounts_women": Rule("logit", {"const": -0.2, "account": 1.0}, 0.3, _BEFORE),
    "mobile_money": Rule("logit", {"const": -4.0}, 1.0, _BEFORE),
    "bought_online": Rule("logit", {"const": -2.0, "internet": 0.8}, 0.8, _BEFORE),
    "income_gini": Rule("linear", {"const": 0.38}, 0.07, _BEFORE),
    "women_per_man": Rule("log", {"const": -0.15, "ln_income": 0.07}, 0.15, _BEFORE),
    "coverage_2g": Rule("logit", {"const": 1.0, "ln_income": 1.0}, 1.0, _BEFORE),
    "coverage_mobile": Rule("logit", {"const": -2.5, "ln_income": 1.0}, 1.0, _BEFORE),
    "basket_price": Rule("log", {"const": -3.0, "ln_income": -0.8}, 0.6, _BEFORE),
    "skills": Rule("logit", {"const": -0.7, "ln_income": 1.0}, 0.8, _BEFORE),
    "cables": Rule("log1p", {"const": 0.7, "ln_population": 0.2}, 0.7, _BEFORE),
    "coverage_fixed": Rule(
        "reach",
        {"size": 3.4, "size_ln_income": -0.7, "take_up": 0.55, "take_up_ln_income": 0.12},
        0.4,
        "subscriptions times household size over the share that subscribes; no figures",
    ),
    "coverage_5g": Rule("logit", {"const": -20.0}, 1.0, "no figures by then: none"),
}
#: 5G from 2022: world share of that year by which the constant is solved, and the slopes.
FIRST_5G, WORLD_5G = 2022, 0.35
SLOPES_5G = {"ln_income": 1.5, "urban": 1.5, "years_since_2022": 0.8}


def grid(figures: pd.DataFrame, name: str, years: Years, iso3: Sequence[str]) -> Array:
    """(years, countries) of a series, NaN where missing."""
    rows = figures[figures["indicator"] == name]
    wide = rows.pivot(index="year", columns="iso3", values="value")
    return wide.reindex(index=years, columns=list(iso3)).to_numpy(np.float64)


def targets(figures: pd.DataFrame, years: Years, iso3: Sequence[str]) -> dict[str, Array]:
    """(years, countries) of each fitted field in its unit."""
    found = {}
    for name in FITS:
        field = FIELDS[name]
        parts = [field.scale_of(s) * grid(figures, s, years, iso3) for s in field.sources]
        found[name] = np.minimum(np.mean(parts, axis=0) + field.shift, field.upper)
        if FITS[name][0] == "logit":
            found[name] = np.clip(found[name], 0, 1)
    return found


def right_hand_sides(
    seen: Mapping[str, Array], figures: pd.DataFrame, years: Years, countries: pd.DataFrame
) -> dict[str, Array]:
    """(years, countries) of each predictor, carried forward and never backward."""
    iso3 = list(countries["iso3"])

    def held(name: str, scale: float = 1.0) -> Array:
        return pd.DataFrame(grid(figures, name, years, iso3) * scale).ffill().to_numpy()

    shape = (len(years), len(iso3))
    region = countries["region"].to_numpy(str)
    right = {
        "const": np.ones(shape),
        "ln_income": np.log(held("gdp_pc_ppp_constant2021intl") / 15_000),
        "ln_population": np.log(held("population") / 1e7),
        "urban": held("urban_share_pct", 0.01),
        "landlocked": np.broadcast_to(countries["landlocked"].to_numpy(float), shape),
        "decades": np.broadcast_to(((years - 2010) / 10)[:, None], shape),
    }
    for name in ("electricity", "hdi", "egov"):
        right[name] = pd.DataFrame(seen[name]).ffill().to_numpy()
    for name in ("goods_exports", "goods_imports"):
        value = pd.DataFrame(seen[name]).ffill().to_numpy()
        right[f"ln_{name}"] = np.log(np.maximum(value, LEAST_TRADE))
    for name, source in (("internet", "internet_users"), ("account", "accounts")):
        right[name] = impute.logit(pd.DataFrame(seen[source]).ffill().to_numpy())
    for name in np.unique(region):
        right[f"in {name}"] = np.broadcast_to(region == name, shape).astype(float)
    return right


def fit(link: str, x: Array, y: Array, beta: Array | None = None) -> Array:
    """Coefficients of one equation.

    Shares use the fractional logit of Papke and Wooldridge (1996), solved by Newton's method, so
    that the mean prediction equals the mean observation; the rest is least squares.

    Args:
        link: See `impute.regression`.
        x: (n, k) right-hand side with its constant.
        y: (n,) observations in the field's unit.
        beta: Where to begin, (k,).

    Raises:
        RuntimeError: If the fractional logit does not converge.
    """
    if link != "logit":
        return np.linalg.lstsq(x, _linked(link, y), rcond=None)[0]
    beta = np.zeros(x.shape[1]) if beta is None else beta
    for _ in range(100):
        p = impute.expit(x @ beta)
        slope = x.T @ (y - p)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, slope)
        size = 1.0
        # The likelihood is concave: a step that is too long is halved until it leads upward.
        while size > 1e-6 and _likelihood(x @ (beta + size * step), y) < _likelihood(x @ beta, y):
            size /= 2
        beta = beta + size * step
        if np.abs(step).max() < 1e-7 or slope @ step < 1e-12 * len(y):
            return beta
    raise RuntimeError("the fractional logit did not converge")


def _likelihood(index: Array, y: Array) -> float:
    """Bernoulli log likelihood of shares."""
    return float((y * index - np.logaddexp(0, index)).sum())


def _linked(link: str, y: Array) -> Array:
    transform: Any = {
        "log": np.log, "log1p": np.log1p, "linear": np.asarray, "logit": impute.logit,
    }[link]  # fmt: skip
    return transform(y)


def _unlinked(link: str, index: Array) -> Array:
    inverse: Any = {
        "log": np.exp, "log1p": lambda i: np.maximum(np.expm1(i), 0), "linear": np.asarray,
        "logit": impute.expit,
    }[link]  # fmt: skip
    return inverse(index)


def left_out(link: str, x: Array, y: Array, country: NDArray[np.int64], beta: Array) -> Array:
    """Link-scale predictions (n,) for countries that the fit has not seen, a tenth at a time."""
    index = np.empty(len(y))
    for fold in range(FOLDS):
        out = country % FOLDS == fold
        if out.any():
            index[out] = x[out] @ fit(link, x[~out], y[~out], beta)
    return index


def residual_sd(link: str, index: Array, y: Array) -> float:
    """Standard deviation on the link scale of what unseen countries differ by.

    A share of 0 or 1 has no log odds. For shares it is the deviation under which draws (see
    `impute.regression`) lie as far from the prediction on average, in the share, as the
    observations do.

    Args:
        link: See `impute.regression`.
        index: (n,) link-scale predictions for countries left out.
        y: (n,) observations.
    """
    if link != "logit":
        return float(np.sqrt(np.mean((_linked(link, y) - index) ** 2)))
    every = max(1, len(y) // 500)
    index, y = index[::every], y[::every]
    wanted = np.abs(y - impute.expit(index)).mean()
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    low, high = 0.0, 5.0
    for _ in range(30):
        middle = (low + high) / 2
        drawn = impute.expit(impute.stretch(middle) * index[:, None] + middle * nodes)
        moved = np.abs(drawn - impute.expit(index)[:, None])
        found = (moved @ weights).mean() / weights.sum()
        low, high = (middle, high) if found < wanted else (low, middle)
    return middle


def equations(
    figures: pd.DataFrame, countries: pd.DataFrame, starts: Iterable[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `equations` and `fits`.

    Args:
        figures: Columns indicator, iso3, year, value: all series that the fields are made from.
        countries: Table `countries`.
        starts: Start years; the equations of each use no later figure.

    Returns:
        Coefficients, and how each equation was found. A row stands from its year `until` on, up
        to the next of its field.
    """
    starts = list(starts)
    years = np.arange(1990, starts[-1] + 1)
    seen = targets(figures, years, list(countries["iso3"]))
    right = right_hand_sides(seen, figures, years, countries)
    coefficients, found = [], []
    for field in (*FITS, "coverage_fixed", "coverage_5g"):
        assumed = False
        for start in starts:
            row = _fitted(field, seen, right, years, start) if field in FITS else None
            if row is None and field == "coverage_5g" and start == FIRST_5G:
                row = _level_5g(right, years)
            if row is None:
                if assumed or start != starts[0]:
                    continue
                row, assumed = _assumed(field), True
            terms, stated = row
            named = {"field": field, "until": start}
            coefficients += [
                {**named, "link": stated["link"], "term": term, "coefficient": _round(value)}
                for term, value in {**terms, "sd": stated["residual_sd"]}.items()
            ]
            found.append({**named, **stated})
    table = pd.DataFrame(found)[list(COLUMNS)]
    for column in ("first_year", "last_year", "n", "countries"):
        table[column] = table[column].astype("Int64")
    return pd.DataFrame(coefficients), table


def _round(value: float, digits: int = DIGITS) -> float:
    return float(f"{value:.{digits}g}")


class _Sample(NamedTuple):
    """What an equation is fitted on: (n, k) right-hand side, (n,) figures, countries and years."""

    names: tuple[str, ...]
    x: Array
    y: Array
    country: NDArray[np.int64]
    years: Years


def _sample(
    field: str, seen: Mapping[str, Array], right: Mapping[str, Array], years: Years, start: int
) -> _Sample | None:
    """Figures up to `start`; None if there are too few."""
    link, wanted = FITS[field]
    y = seen[field]
    use = ~np.isnan(y) & (years <= start)[:, None]
    if field in NOT_LANDLOCKED:
        use &= right["landlocked"] == 0
    if field == "basket_price" and start >= FIRST_MOBILE_BASKET:
        use &= (years >= FIRST_MOBILE_BASKET)[:, None]
    if link == "log":
        use &= np.where(np.isnan(y), 0, y) > 0
    span = years[use.any(axis=1)]
    if not len(span):
        return None
    trend = span[-1] - span[0] >= MIN_SPAN
    names = ["const", *(term for term in wanted if term != "decades" or trend)]
    # A right-hand side that is too young yet is left out.
    names = [name for name in names if _enough(use & ~np.isnan(right[name]))]
    x = np.stack([right[name] for name in names], axis=-1) if names else np.empty((*use.shape, 0))
    use &= ~np.isnan(x).any(axis=-1)
    if not _enough(use):
        return None
    year, country = np.nonzero(use)
    return _Sample(tuple(names), x[use], y[use], country, years[year])


def _enough(use: NDArray[np.bool_]) -> bool:
    """Whether an equation can be fitted on these cells, (years, countries)."""
    return bool(use.sum() >= MIN_FIGURES and use.any(axis=0).sum() >= MIN_COUNTRIES)


def _fitted(
    field: str, seen: Mapping[str, Array], right: Mapping[str, Array], years: Years, start: int
) -> tuple[dict[str, float], dict[str, Any]] | None:
    """Coefficients and account of an equation on figures up to `start`; None if too few."""
    link, sample = FITS[field][0], _sample(field, seen, right, years, start)
    if sample is None:
        return None
    x, y = sample.x, sample.y
    beta = fit(link, x, y)
    outside = left_out(link, x, y, sample.country, beta)
    near, far = _unlinked(link, x @ beta), _unlinked(link, outside)
    logs = link in ("log", "log1p")
    on, fitted = (_linked(link, y), x @ beta) if logs else (y, near)
    sd = residual_sd(link, outside, y)
    return dict(zip(sample.names, beta, strict=True)), {
        "link": link, "kind": "fitted", "first_year": sample.years.min(),
        "last_year": sample.years.max(), "n": len(y), "countries": len(np.unique(sample.country)),
        "r2": round(float(1 - ((on - fitted) ** 2).sum() / ((on - on.mean()) ** 2).sum()), 3),
        "mae": _round(np.abs(y - near).mean(), 3),
        "mae_left_out": _round(np.abs(y - far).mean(), 3),
        "residual_sd": _round(sd, 3), "held_90": round(_held(link, outside, sd, y), 3),
        "note": "r2 on the log scale" if logs else "r2 in the field's unit",
    }  # fmt: skip


def _held(link: str, index: Array, sd: float, y: Array) -> float:
    """Share of figures inside the 90 % band of their draws, in shares to within one point."""
    index = impute.stretch(sd) * index if link == "logit" else index
    low, high = (_unlinked(link, index + side * 1.645 * sd) for side in (-1, 1))
    slack = 0.01 if link == "logit" else 1e-9
    return float(((y >= low - slack) & (y <= high + slack)).mean())


def errors(figures: pd.DataFrame, countries: pd.DataFrame, start: int) -> pd.DataFrame:
    """Table `errors`: how wrong the equations of a start are for countries they have not seen.

    Args:
        figures: See `equations`.
        countries: Table `countries`, whose income groups the errors are told by.
        start: Start year.
    """
    years = np.arange(1990, start + 1)
    seen = targets(figures, years, list(countries["iso3"]))
    right = right_hand_sides(seen, figures, years, countries)
    groups = countries["income_group"].to_numpy(str)
    rows = []
    for field in FITS:
        sample = _sample(field, seen, right, years, start)
        if sample is None:
            continue
        link, beta = FITS[field][0], fit(FITS[field][0], sample.x, sample.y)
        far = _unlinked(link, left_out(link, sample.x, sample.y, sample.country, beta))
        for group in np.unique(groups):
            mine = groups[sample.country] == group
            if mine.any():
                off = (far - sample.y)[mine]
                rows.append((field, start, group, mine.sum(), sample.y[mine].mean(),
                             np.abs(off).mean(), off.mean()))  # fmt: skip
    names = ["field", "until", "income_group", "n", "mean", "mae_left_out", "bias_left_out"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(**{name: table[name].map(lambda v: _round(v, 3)) for name in names[4:]})


def _assumed(field: str) -> tuple[dict[str, float], dict[str, Any]]:
    rule = ASSUMED[field]
    stated = {"link": rule.link, "kind": "assumed", "residual_sd": rule.sd, "note": rule.reason}
    return dict(rule.terms) or {"const": 0.0}, stated


def _level_5g(right: Mapping[str, Array], years: Years) -> tuple[dict[str, float], dict[str, Any]]:
    """The 5G equation, with its constant solved by bisection."""
    at = int(np.flatnonzero(years == FIRST_5G)[0])
    index = sum(SLOPES_5G[name] * right[name][at] for name in ("ln_income", "urban"))
    people = np.exp(right["ln_population"][at])
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        share = (people * impute.expit(index + middle)).sum() / people.sum()
        low, high = (middle, high) if share < WORLD_5G else (low, middle)
    note = f"slopes assumed; constant solved so that {WORLD_5G:g} of the world is covered in 2022"
    stated = {"link": "logit", "kind": "assumed", "residual_sd": 1.0, "note": note}
    return {"const": middle, **SLOPES_5G}, stated
