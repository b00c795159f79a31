"""Turns series that may not be shipped into series of the model.

The equations are fitted on them, and `divide data add` lets those use them who may. A converted
figure of a year depends on nothing later.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd


class Raw(NamedTuple):
    """A series of a source: its unit, what it measures and what is allowed."""

    unit: str
    description: str
    low: float
    high: float


#: Series that a file of the user's may hold beside those that ship.
RAW: dict[str, Raw] = {
    "cov_2g_pct": Raw("% of population", "Covered by a 2G network", 0, 110),
    "cov_3g_pct": Raw("% of population", "Covered by a 3G network or better", 0, 110),
    "cov_4g_pct": Raw("% of population", "Covered by a 4G network or better", 0, 110),
    "mobile_data_basket_pct_gni_pc": Raw(
        "% of monthly GNI per head", "ITU basket, mobile data", 0, 10_000
    ),
    "fixed_broadband_basket_pct_gni_pc": Raw(
        "% of monthly GNI per head", "ITU basket, fixed broadband", 0, 10_000
    ),
    "international_cables_in_service": Raw("cables", "International submarine cables", 0, 1_000),
    "mean_years_schooling_25plus_gdl": Raw("years", "Mean years of schooling at 25+", 0, 20),
    "internet_use_women_per_man": Raw("ratio", "Women online per man online, shares", 0.01, 20),
    "internet_women_pct": Raw("% of women", "Women using the internet", 0, 100),
    "internet_men_pct": Raw("% of men", "Men using the internet", 0, 100),
    "i911mw": Raw("per 100 people", "Active mobile-broadband subscriptions", 0, 1_000),
    "dig_services_exports_usd_millions": Raw(
        "US$ million", "Exports of digitally deliverable services", 0, 10_000_000
    ),
    "dig_services_imports_usd_millions": Raw(
        "US$ million", "Imports of digitally deliverable services", 0, 10_000_000
    ),
    "ict_skill_email_pct": Raw("% of population", "Sends e-mail with files", 0, 100),
    "ict_skill_copa_pct": Raw("% of population", "Copies and pastes", 0, 100),
}
#: Converted series: unit and description.
CONVERTED: dict[str, tuple[str, str]] = {
    "coverage_2g_pct": ("% of population", "Covered by any mobile network"),
    "coverage_mobile_pct": ("% of population", "Covered by a 3G or 4G network"),
    "basket_pct_gni": ("% of monthly GNI per head", "Cheaper of the mobile-data and fixed baskets"),
    "cables": ("cables", "International submarine cables in service"),
    "schooling_years": ("years", "Mean years of schooling at 25 and over"),
    "internet_women_per_man": ("ratio", "Women online per man online, shares"),
    "mobile_broadband_per100": ("per 100 people", "Active mobile-broadband subscriptions"),
    "skills_pct": ("% of population", "Mean of two surveyed digital skills"),
    "digital_exports_usd": ("US$", "Exports of digitally deliverable services"),
    "digital_imports_usd": ("US$", "Imports of digitally deliverable services"),
}
#: Years in which ITU's baskets began to hold more data.
ALLOWANCE_CHANGES = {
    "mobile_data_basket_pct_gni_pc": (2018, 2021),
    "fixed_broadband_basket_pct_gni_pc": (2018,),
}
#: Baskets outside these, % of monthly GNI per head, are held at them.
BASKET_BOUNDS = (0.02, 200.0)
#: Mobile data has a basket from this year on; before it the fixed one stands alone.
FIRST_MOBILE_BASKET = 2013
#: The list of cables was made then; what it dates later was planned.
LAST_CABLES = 2021

COLUMNS = ["indicator", "iso3", "year", "value"]


def convert(raw: pd.DataFrame, iso3: Sequence[str]) -> pd.DataFrame:
    """Series of the model from those of the sources.

    Args:
        raw: Columns indicator, iso3, year and value; indicators are keys of `RAW`.
        iso3: Countries, which have no cable in years for which the list of cables names none.

    Returns:
        The same columns; indicators are keys of `CONVERTED`, those for which there are figures.
    """
    wide = {
        str(name): part.pivot(index="iso3", columns="year", values="value")
        for name, part in raw.groupby("indicator")
    }
    copied = {
        "schooling_years": "mean_years_schooling_25plus_gdl",
        "internet_women_per_man": "internet_use_women_per_man",
        "mobile_broadband_per100": "i911mw",
    }
    found = {name: wide[source] for name, source in copied.items() if source in wide}
    better = [wide[name] for name in ("cov_3g_pct", "cov_4g_pct") if name in wide]
    if "cov_2g_pct" in wide:
        # Any network: some countries have switched 2G off.
        oldest = wide["cov_2g_pct"]
        found["coverage_2g_pct"] = _most([oldest, *better]).where(oldest.notna()).clip(upper=100)
    if better:
        found["coverage_mobile_pct"] = _most(better).clip(upper=100)
    if baskets := [spliced(wide[name], name) for name in ALLOWANCE_CHANGES if name in wide]:
        found["basket_pct_gni"] = _least(baskets).clip(*BASKET_BOUNDS)
    if "international_cables_in_service" in wide:
        cables = wide["international_cables_in_service"]
        cables = cables.loc[:, cables.columns <= LAST_CABLES]
        found["cables"] = cables.reindex(list(iso3)).fillna(0.0)
    if {"internet_women_pct", "internet_men_pct"} <= set(wide):
        men = wide["internet_men_pct"]
        ratio = wide["internet_women_pct"] / men.where(men > 0)
        found["internet_women_per_man"] = ratio
    for side in ("exports", "imports"):
        if (millions := f"dig_services_{side}_usd_millions") in wide:
            found[f"digital_{side}_usd"] = 1e6 * wide[millions]
    if tested := [wide[name] for name in ("ict_skill_email_pct", "ict_skill_copa_pct")
                  if name in wide]:  # fmt: skip
        found["skills_pct"] = pd.concat(tested).groupby(level=0).mean()
    return long(found)


def long(wide: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of figures from one frame a series, countries by years; gaps are left out."""
    parts = [
        frame.rename_axis(index="iso3")
        .reset_index()
        .melt(id_vars="iso3", var_name="year")
        .assign(indicator=name)
        for name, frame in wide.items()
    ]
    table = pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
    return table.dropna(subset=["value"])[COLUMNS].astype({"year": int, "value": float})


def spliced(basket: pd.DataFrame, name: str) -> pd.DataFrame:
    """A basket in the allowance of its first years.

    At each change of allowance all later figures are divided by one factor: the median change of
    that year over the median change of the two years before it, which is the ordinary trend.

    Args:
        basket: Countries by years, % of monthly GNI per head.
        name: Key of `ALLOWANCE_CHANGES`.
    """
    change = np.log(basket.where(basket > 0)).diff(axis=1).median()
    out = basket.copy()
    for year in ALLOWANCE_CHANGES[name]:
        usual = change.reindex([year - 2, year - 1]).mean()
        jump = change.get(year, np.nan)
        if np.isfinite(jump) and np.isfinite(usual):
            out.loc[:, out.columns >= year] /= np.exp(jump - usual)
    return out


def _most(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames).groupby(level=0).max()


def _least(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames).groupby(level=0).min()
