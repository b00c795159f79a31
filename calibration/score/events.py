"""Event study of Chinese-financed network projects: on real figures, and on the model's own paths.

A country is treated from the year of its first project of US$ 20 million or more. Country and
year effects are fitted to untreated observations alone (countries never or not yet treated); what
treated observations lie above them is the effect, averaged by years since the project. This is
the imputation estimator of Borusyak, Jaravel and Spiess (2024, Review of Economic Studies), which
never takes a treated country for a control. Leads are fitted to untreated observations likewise,
against earlier years, and tested together. Intervals and the test come from a bootstrap that
draws whole countries.

The project table and coverage by technology may not be passed on: they come from a world of the
user's own (`divide data add`). What countries receive projects is not by chance, so that no
figure of this is an effect unless countries would have gone alike without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from divide.calibration.fit.hindcast import scenario, yearly
from divide.model import DigitalDivideModel
from divide.model.declare.countries import HUB, start_years, tables_directory
from divide.model.declare.errors import InputError
from divide.model.world import World, load_world
from divide.model.world.tables import read_tables

Array = NDArray[np.float64]
Years = NDArray[np.int64]

LEADS, LAGS = (-4, -3, -2, -1), (0, 1, 2, 3, 4, 5, 6)
#: A project of at least this much is an event, US$ million.
LEAST_USD_M = 20.0
#: The model's run begins at the end of this year; figures are compared from it on.
START = 2003
REPEATS = 999
#: Outcomes: field of the world and column of the model's countries.
OUTCOMES = {
    "Internet use": ("internet_users", "internet_users"),
    "3G coverage": ("coverage_mobile", "mobile"),
    "Fixed broadband": ("fixed_broadband", "fixed_subscriptions"),
}
#: Income group, at the thresholds of the tables, that is neither treated nor control.
LEFT_OUT = "High income"


class Panel(NamedTuple):
    """Figures of countries by year.

    Attributes:
        years: (T,), one after the other.
        values: (T, n), NaN where there is none.
        first: Year of the first project, (n,); 0 for none.
        group: Group of each country, (n,): every group has year effects of its own.
    """

    years: Years
    values: Array
    first: Years
    group: Years


@dataclass(frozen=True, eq=False)
class Study:
    """Coefficients by years since the first project, in the unit of the figures.

    Attributes:
        at: Leads and lags, (K,).
        effect: Coefficients, (K,); NaN where no country is seen.
        low, high: Their 95 % interval, (K,).
        countries: Treated countries seen at each, (K,).
        mean: Mean effect over all lags, and its 95 % interval.
        pretrend: Probability of leads as large if all were zero; NaN if they cannot be tested.
    """

    at: Years
    effect: Array
    low: Array
    high: Array
    countries: Years
    mean: tuple[float, float, float]
    pretrend: float


@dataclass(frozen=True, eq=False)
class Parts:
    """Cross-products of each country's untreated rows, which any weighting of countries adds up."""

    square: Array
    moment: Array
    rows: NDArray[np.bool_]
    middle: Array
    level: Array


def study(panel: Panel, repeats: int = REPEATS, seed: int = 1) -> Study:
    """Leads and lags of the first project.

    Args:
        panel: Figures.
        repeats: Bootstrap draws of countries.
        seed: Of the draws.

    Raises:
        ValueError: No country is treated, or none is a control.
    """
    since = _since(panel)
    treated = (panel.first > 0) & np.isfinite(panel.values).any(axis=0)
    if not treated.any() or treated.all():
        raise ValueError("an event study needs treated and untreated countries")
    n = panel.values.shape[1]
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=repeats)
    weights = np.vstack([np.ones(n), draws])
    above, seen = _lags(panel, since, weights)
    leads = _leads(panel, since, weights)
    found = np.hstack([leads, above])
    overall = np.nanmean(above, axis=1)
    ends = np.nanpercentile(overall[1:], (2.5, 97.5))
    low, high = np.nanpercentile(found[1:], (2.5, 97.5), axis=0)
    ahead = [int((_rows(panel, since == h)).any(axis=0).sum()) for h in LEADS]
    return Study(
        at=np.array([*LEADS, *LAGS]),
        effect=found[0],
        low=low,
        high=high,
        countries=np.array([*ahead, *seen]),
        mean=(float(overall[0]), float(ends[0]), float(ends[1])),
        pretrend=_joint(leads, int(treated.sum())),
    )


def _since(panel: Panel) -> Years:
    """Years since the first project, (T, n); far below zero for countries without one."""
    return np.where(panel.first > 0, panel.years[:, None] - panel.first, -10_000)


def _rows(panel: Panel, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return wanted & np.isfinite(panel.values)


def _parts(panel: Panel, use: NDArray[np.bool_], design: Array) -> Parts:
    """Cross-products within countries of the rows in `use`, (T, n), of `design`, (T, n, K)."""
    count = np.maximum(use.sum(axis=0), 1)
    rows = np.where(use[:, :, None], design, 0.0)
    values = np.where(use, panel.values, 0.0)
    middle, level = rows.sum(axis=0) / count[:, None], values.sum(axis=0) / count
    centred = np.where(use[:, :, None], rows - middle, 0.0)
    return Parts(
        square=np.einsum("tnk,tnl->nkl", centred, centred, optimize=True),
        moment=np.einsum("tnk,tn->nk", centred, np.where(use, values - level, 0.0)),
        rows=use.any(axis=0),
        middle=middle,
        level=level,
    )


def _solve(parts: Parts, weights: Array) -> Array:
    """Coefficients for each weighting of countries, (B, n) -> (B, K); country effects are out."""
    square = np.einsum("bn,nkl->bkl", weights, parts.square, optimize=True)
    moment = weights @ parts.moment
    inverse = np.linalg.pinv(square, rcond=1e-10, hermitian=True)
    return np.einsum("bkl,bl->bk", inverse, moment)


def _year_dummies(panel: Panel) -> Array:
    """One for each year and group, (T, n, years x groups), groups together."""
    groups = np.unique(panel.group)
    own = (panel.group[:, None] == groups).astype(float)
    each = np.eye(len(panel.years))[:, None, None, :] * own[None, :, :, None]
    return each.reshape(len(panel.years), len(panel.group), -1)


def _lags(panel: Panel, since: Years, weights: Array) -> tuple[Array, list[int]]:
    """Mean effect at each lag, (B, lags), and the number of countries seen at it."""
    untreated = _rows(panel, since < 0)
    dummies = _year_dummies(panel)
    parts = _parts(panel, untreated, dummies)
    year = _solve(parts, weights)
    # A country effect needs an untreated figure of its own, a year effect one of its group's.
    controlled = np.einsum("tnk,tn->tk", dummies, untreated.astype(float)) > 0
    known = parts.rows & (dummies * controlled[:, None, :]).any(axis=2)
    effects, seen = [], []
    for lag in LAGS:
        at, who = np.nonzero(_rows(panel, since == lag) & known)
        seen.append(len(who))
        own = panel.values[at, who] - parts.level[who]
        expected = year @ (dummies[at, who] - parts.middle[who]).T
        share = weights[:, who]
        total = share.sum(axis=1)
        with np.errstate(invalid="ignore"):
            effects.append((share * (own - expected)).sum(axis=1) / np.where(total, total, np.nan))
    return np.array(effects).T, seen


def _leads(panel: Panel, since: Years, weights: Array) -> Array:
    """Coefficients of the years before the project against earlier ones, (B, leads)."""
    dummies = (since[:, :, None] == np.array(LEADS)).astype(float)
    design = np.concatenate([_year_dummies(panel), dummies], axis=2)
    parts = _parts(panel, _rows(panel, since < 0), design)
    last = np.arange(-len(LEADS), 0)
    found = _solve(parts, weights)[:, last]
    present = (weights @ parts.square[:, last, last]) > 1e-9
    return np.where(present, found, np.nan)


def _joint(leads: Array, treated: int) -> float:
    """Probability under no pre-trend of leads as far from zero, by the bootstrap covariance."""
    draws = leads[1:][np.isfinite(leads[1:]).all(axis=1)]
    if not np.isfinite(leads[0]).all() or len(draws) <= len(LEADS) or treated <= len(LEADS):
        return float("nan")
    covariance = np.cov(draws.T)
    if np.linalg.matrix_rank(covariance) < len(LEADS):
        return float("nan")
    wald = float(leads[0] @ np.linalg.solve(covariance, leads[0])) / len(LEADS)
    return float(stats.f.sf(wald, len(LEADS), treated - 1))


def first_projects(projects: pd.DataFrame, iso3: tuple[str, ...]) -> Years:
    """Year of each country's first project that is an event, (n,); 0 for none."""
    events = projects[projects["usd_m"] >= LEAST_USD_M]
    years = events.groupby("iso3")["year"].min().reindex(list(iso3))
    return years.fillna(0).to_numpy(np.int64)


#: Whose years are alike: all countries', or those of each third by income at the start.
CONTROLS = ("all", "thirds")


class Beside(NamedTuple):
    """The same study of an outcome on different figures.

    Attributes:
        real: On real figures.
        model: On the model's run with the projects.
        without: On the model's run without them, where every coefficient is selection or luck.
        caused: What the projects did in the model at each lead and lag: the runs' difference.
    """

    real: Study
    model: Study
    without: Study
    caused: Array


def compare(folder: Path | None = None, repeats: int = REPEATS) -> dict[tuple[str, str], Beside]:
    """The studies of each outcome that has figures, on real ones and on the model's paths.

    Args:
        folder: Tables of a world with projects; those that runs start from if not given.
        repeats: Bootstrap draws.

    Returns:
        By outcome and controls; percentage points, or subscriptions per 100 people.

    Raises:
        InputError: The world has no projects.
    """
    directory = tables_directory(folder)
    last = start_years(directory)[1]
    projects = read_tables(directory).projects
    if projects is None:
        raise InputError("needs projects; add them by `divide data add`", place=str(directory))
    world, now = load_world(START, tables=directory), load_world(last, tables=directory)
    sample = (world.fact("income_group") != LEFT_OUT) & (np.array(world.iso3) != HUB)
    first = first_projects(pd.DataFrame(dict(projects)), world.iso3)
    thirds = _thirds(world.values["income"], sample)
    groups = dict(zip(CONTROLS, (np.zeros_like(thirds), thirds), strict=True))
    none: Mapping[int, Array] = MappingProxyType({})
    runs = [_run(world, last), _run(replace(world, projects=none, agreements=none), last)]
    found = {}
    for outcome, (field, column) in OUTCOMES.items():
        years, real = _figures(now, field)
        if not np.isfinite(real).any():
            continue
        seen = np.where(np.isfinite(real), 1.0, np.nan)  # all studies have the same cells
        paths = [real, *(_path(run, column, years) * seen for run in runs)]
        for controls, group in groups.items():
            panels = [
                Panel(years, 100 * path[:, sample], first[sample], group[sample]) for path in paths
            ]
            caused = by_lag(panels[1]._replace(values=panels[1].values - panels[2].values))
            real_one, with_, without = (study(panel, repeats) for panel in panels)
            found[outcome, controls] = Beside(real_one, with_, without, caused)
    return found


def _thirds(income: Array, sample: NDArray[np.bool_]) -> Years:
    """Third of the sample by income that each country is in, (n,): 0 to 2."""
    return np.digitize(income, np.quantile(income[sample], (1 / 3, 2 / 3)))


def by_lag(panel: Panel) -> Array:
    """Mean of the figures at each lead and lag, of countries treated after the first year, (K,)."""
    since = np.where(panel.first > panel.years[0], _since(panel), -10_000)
    rows = [panel.values[_rows(panel, since == at)] for at in (*LEADS, *LAGS)]
    return np.array([row.mean() if row.size else np.nan for row in rows])


def _run(world: World, until: int) -> DigitalDivideModel:
    """The status quo from a world, projects and all; no pandemic, as in a forecast."""
    model = DigitalDivideModel(scenario(world.start, until, {}), world=world)
    model.run_steps()
    return model


def _figures(world: World, field: str) -> tuple[Years, Array]:
    years, values = world.series(field)
    keep = years >= START
    return years[keep], values[keep]


def _path(model: DigitalDivideModel, column: str, years: Years) -> Array:
    """Year ends from the start on, (T, n)."""
    start = model.state.record.column(column)[:1]
    return np.vstack([start, yearly(model, column)])[years - model.plan.start]
