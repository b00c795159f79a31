"""Reads the source files that the tables are built from (for maintainers).

Two kinds leave here: series that may be shipped, and series that may only set the equations.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from divide.model.world.convert import COLUMNS, RAW, convert

#: New name of a series by its name in the file, for files whose series may be shipped.
SHIPPED_FILES: dict[str, dict[str, str]] = {
    "income_distribution_wdi.csv.gz": {
        "gini_index": "income_gini_pct",
        "income_share_lowest20": "income_share_q1_pct",
        "income_share_second20": "income_share_q2_pct",
        "income_share_third20": "income_share_q3_pct",
        "income_share_fourth20": "income_share_q4_pct",
        "income_share_highest20": "income_share_q5_pct",
    },
    "egdi_2003_2022.csv.gz": {
        name: name for name in ("egdi", "egdi_osi", "egdi_hci", "egdi_tii", "egdi_eparticipation")
    },
    "hdi_1990_2022.csv.gz": {"hdi": "hdi"},
    "doing_business_borders_2006_2020.csv.gz": {
        "db_export_border_hours": "border_hours_export",
        "db_import_border_hours": "border_hours_import",
        "db_export_documentary_hours": "documentary_hours_export",
        "db_import_documentary_hours": "documentary_hours_import",
        "db_export_border_usd": "border_cost_export_usd",
        "db_import_border_usd": "border_cost_import_usd",
        "db_export_time_days_db06_15": "trade_days_export",
        "db_import_time_days_db06_15": "trade_days_import",
    },
    "wdi_trade_ict_misc.csv.gz": {
        name: name
        for name in (
            "merchandise_exports_currentusd", "merchandise_imports_currentusd",
            "remittances_received_currentusd", "bank_branches_per100k_adults",
        )
    },
}  # fmt: skip
#: Files whose figures set equations; their series are keys of `RAW`.
BARRED_FILES = (
    "mobile_coverage_sdg9c1_2000_2022.csv.gz",
    "itu_price_baskets_2008_2023.csv.gz",
    "submarine_cables_country_year_1990_2024.csv.gz",
    "internet_gender_parity_knots.csv",
    "itu_active_mobile_broadband_to_2022.csv.gz",
    "unctad_digitally_deliverable_services_2010_2023.csv.gz",
)
_GAPMINDER, _FILLER = "gini_gapminder_modelled.csv.gz", 40.0
MODELLED_GINI = "income_gini_modelled_pct"


def shipped(panel: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Figures that may be shipped: those of the panel, with whole series replaced by better ones.

    Args:
        panel: Columns indicator, iso3, year and value.
        folder: Where the files of `SHIPPED_FILES` are.
    """
    parts = [_read(folder / file, names) for file, names in SHIPPED_FILES.items()]
    parts.append(_modelled_gini(folder, parts[0]))
    better = pd.concat(parts)
    kept = panel[~panel["indicator"].isin(better["indicator"].unique())]
    return pd.concat([kept[COLUMNS], better])


def barred(panel: pd.DataFrame, folder: Path, iso3: Sequence[str]) -> pd.DataFrame:
    """Figures that may set an equation but not be shipped, as series of the model."""
    parts = [_read(folder / file, {name: name for name in RAW}) for file in BARRED_FILES]
    found = pd.concat(parts)
    rest = panel[panel["indicator"].isin(set(RAW) - set(found["indicator"]))]
    return convert(pd.concat([found, rest[COLUMNS]]), iso3)


def _read(path: Path, names: dict[str, str]) -> pd.DataFrame:
    table = pd.read_csv(path)
    table = table[table["indicator"].isin(list(names)) & table["value"].notna()]
    return table.assign(indicator=table["indicator"].map(names))[COLUMNS]


def _modelled_gini(folder: Path, surveys: pd.DataFrame) -> pd.DataFrame:
    """Modelled Gini of economies without any survey; the filler says nothing."""
    table = _read(folder / _GAPMINDER, {"gini_gapminder_modelled": MODELLED_GINI})
    filler = np.isclose(table["value"], _FILLER)
    return table[~filler & ~table["iso3"].isin(set(surveys["iso3"]))]
