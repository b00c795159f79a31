"""Every recorded quantity: name, label, unit, which way is better, and source."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Outcome:
    """A recorded quantity."""

    name: str
    label: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    group: str
    source: str = "definition"
    speculative: bool = False


#: Dimensions of the divide: the country column that each is measured on, and its label.
DIMENSIONS: dict[str, tuple[str, str]] = {
    "access": ("access", "Access"),
    "usage": ("internet_users", "Use"),
    "skills": ("skills", "Skills"),
    "payments": ("account_holders", "Payments"),
    "ecommerce": ("trade_per_head", "E-commerce"),
}

_LOWER, _HIGHER, _NEITHER = "lower", "higher", "neither"

#: Measures of each dimension between countries, weighted by population unless they say otherwise.
_MEASURES: tuple[tuple[str, str, str, str, str], ...] = (
    ("mean", "mean", "dimension's unit", _HIGHER, "definition"),
    ("gini", "Gini coefficient", "index 0-1", _LOWER, "Gini: half the relative mean difference"),
    ("gini_unweighted", "Gini, each country counted once", "index 0-1", _LOWER, "as above"),
    ("gini_shortfall", "Gini of one minus the share", "index 0-1", _NEITHER, "as above"),
    ("theil", "Theil index T", "nats", _LOWER, "Theil 1967"),
    ("theil_between_regions", "Theil between regions", "share of T", _NEITHER, "Shorrocks 1980"),
    ("theil_between_incomes", "Theil between income groups", "share of T", _NEITHER, "as above"),
    ("theil_between_bri", "Theil between BRI and others", "share of T", _NEITHER, "as above"),
    ("atkinson", "Atkinson index, aversion 1", "index 0-1", _LOWER, "Atkinson 1970"),
    ("cv", "coefficient of variation", "ratio", _LOWER, "definition"),
    ("sigma", "standard deviation of logs", "ln", _LOWER, "Barro and Sala-i-Martin 1992"),
    ("beta", "convergence slope in logs since the start", "1/year", _LOWER, "as above"),
    ("p90_p10_gap", "P90 - P10", "dimension's unit", _LOWER, "definition"),
    ("p90_p10_ratio", "P90/P10", "ratio", _LOWER, "definition"),
    ("palma", "top 10 % over bottom 40 %", "ratio", _LOWER, "after Palma 2011"),
    ("bottom40_share", "share of the bottom 40 %", "share", _HIGHER, "definition"),
    ("wolfson", "Wolfson polarisation", "index", _LOWER, "Wolfson 1994"),
)  # fmt: skip

_WITHIN = {
    "usage": "Use",
    "skills": "Skills",
    "payments": "Payments",
}

_OTHERS: tuple[Outcome, ...] = (
    Outcome("people_offline", "People offline", "persons", "lower", "inclusion"),
    Outcome("years_offline", "Person-years offline since the start", "person-years", "lower",
            "inclusion"),
    Outcome("affordable", "People for whom data costs at most 2 % of income", "share", "higher",
            "inclusion", "UN Broadband Commission target 2"),
    Outcome("years_behind", "Mean years behind the high-income mean in internet use", "years",
            "lower", "inclusion", "time distance, after Sicherl"),
    Outcome("small_firm_supply", "Micro and small firms in cross-border supply", "share", "higher",
            "inclusion"),
    Outcome("ecommerce_value", "Cross-border e-commerce", "US$/year", "higher", "trade"),
    Outcome("hub_trade_share", "Share of cross-border e-commerce that the hub sells", "share",
            "neither", "dependence"),
    Outcome("payment_cost", "Cost of cross-border payment, by value", "share of value", "lower",
            "trade"),
    Outcome("payment_days", "Time of cross-border settlement, by value", "days", "lower", "trade"),
    Outcome("incidents", "Security incidents in the world", "events/year", "lower", "security"),
    Outcome("trust", "Trust in online trade and payment", "index 0-1", "higher", "security"),
    Outcome("marketplace_hhi", "Concentration of marketplaces, mean country", "HHI 0-1", "lower",
            "dependence", "Herfindahl-Hirschman index"),
    Outcome("vendor_hhi", "Concentration of network vendors, mean country", "HHI 0-1", "lower",
            "dependence", "Herfindahl-Hirschman index"),
    Outcome("hub_dependence", "Critical functions with the hub's jurisdiction, mean country",
            "share", "lower", "dependence"),
    Outcome("fragmentation", "Mean regulatory distance between countries", "index 0-1", "lower",
            "dependence", "after Nordås 2016"),
    Outcome("debt", "Debt from digital infrastructure loans", "US$", "lower", "cost"),
    Outcome("spend", "Policy spending so far", "US$", "neither", "cost"),
    Outcome("income_gained", "Income per head gained through connectivity and trade", "ln",
            "higher", "growth", "level effect; zero lies inside the prior"),
)  # fmt: skip


def _declare() -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for dimension, (column, label) in DIMENSIONS.items():
        for measure, text, unit, better, source in _MEASURES:
            if measure == "gini_shortfall" and dimension == "ecommerce":
                continue
            if unit == "dimension's unit":
                unit = COUNTRY[column].unit
            name = f"{dimension}_{measure}"
            found[name] = Outcome(name, f"{label}: {text}", unit, better, dimension, source)  # type: ignore[arg-type]
        if dimension in _WITHIN:
            name = f"{dimension}_theil_within"
            found[name] = Outcome(
                name,
                f"{label}: part of Theil T inside countries",
                "share of T",
                "neither",
                dimension,
                "Shorrocks 1980",
            )
    found.update({outcome.name: outcome for outcome in _OTHERS})
    return found


#: Columns of the country table.
COUNTRY: dict[str, Outcome] = {
    name: Outcome(name, label, unit, better, "country")  # type: ignore[arg-type]
    for name, label, unit, better in (
        ("population", "Inhabitants", "persons", _NEITHER),
        ("income", "GDP per head", "2021 intl $/year", _HIGHER),
        ("access", "Covered by a network and electricity", "share", _HIGHER),
        ("mobile", "Covered by mobile broadband", "share", _HIGHER),
        ("fixed", "In reach of fixed broadband", "share", _HIGHER),
        ("fixed_subscriptions", "Fixed broadband subscriptions", "per head", _HIGHER),
        ("five_g", "Covered by 5G", "share", _HIGHER),
        ("basket", "Price of the data basket", "share of mean income", _LOWER),
        ("affordable", "Basket at most 2 % of income", "share of people", _HIGHER),
        ("internet_users", "Internet users", "share", _HIGHER),
        ("online_poorest40", "Internet users, poorest 40 %", "share", _HIGHER),
        ("online_richest60", "Internet users, richest 60 %", "share", _HIGHER),
        ("online_urban", "Internet users, urban", "share", _HIGHER),
        ("online_rural", "Internet users, rural", "share", _HIGHER),
        ("skills", "Basic digital skills", "share", _HIGHER),
        ("account_holders", "Account or mobile-wallet holders", "share of adults", _HIGHER),
        ("accounts_poorest40", "Account holders, poorest 40 %", "share of adults", _HIGHER),
        ("accounts_richest60", "Account holders, richest 60 %", "share of adults", _HIGHER),
        ("wallet_holders", "Mobile-wallet holders", "share of adults", _HIGHER),
        ("online_buyers", "People online who hold an account", "share", _HIGHER),
        ("connected", "Connected firms", "share of firms", _HIGHER),
        ("acceptance", "Firms that accept digital payment", "share of firms", _HIGHER),
        ("sellers", "Firms that sell online", "share of firms", _HIGHER),
        ("exporters", "Firms that export online", "share of firms", _HIGHER),
        ("exports", "Cross-border e-commerce exports", "US$/year", _HIGHER),
        ("imports", "Cross-border e-commerce imports", "US$/year", _NEITHER),
        ("trade_per_head", "Cross-border e-commerce per head", "US$/person/year", _HIGHER),
        ("payment_cost", "Cost of cross-border payment", "share of value", _LOWER),
        ("payment_days", "Time of cross-border settlement", "days", _LOWER),
        ("customs_days", "Days at the border", "days", _LOWER),
        ("trust", "Trust", "index 0-1", _HIGHER),
        ("security", "Cyber-security capacity", "index 0-1", _HIGHER),
        ("incidents", "Security incidents", "events/quarter", _LOWER),
        ("incident_rate", "Expected security incidents", "events/year", _LOWER),
        ("stage", "Stage of cooperation with the hub", "0-3", _NEITHER),
        ("distance_to_hub", "Regulatory distance to the hub", "index 0-1", _NEITHER),
        ("distance_to_standard", "Regulatory distance to the policy's standard", "index 0-1",
         _NEITHER),
        ("marketplaces", "Marketplaces that serve the country", "count", _HIGHER),
        ("marketplace_hhi", "Concentration of marketplaces", "HHI 0-1", _LOWER),
        ("vendor_hhi", "Concentration of network vendors", "HHI 0-1", _LOWER),
        ("hub_dependence", "Critical functions with the hub's jurisdiction", "share", _LOWER),
        ("debt", "Debt from digital infrastructure loans", "US$", _LOWER),
        ("gained", "Income per head gained", "ln", _HIGHER),
    )
}  # fmt: skip

OUTCOMES: dict[str, Outcome] = _declare()
