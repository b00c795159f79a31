"""The country table: what each column is called and how it is had from what was recorded.

The dimensions of the divide are measured on some of the columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from divide.model.outcomes.declaration import COUNTRY_GROUP, Better, Outcome

if TYPE_CHECKING:
    from divide.model.outcomes.past import Array, Past

_SHARE, _FIRMS, _ADULTS, _VALUE = "share", "share of firms", "share of adults", "share of value"
_INDEX, _HHI = "index 0-1", "HHI 0-1"


_ROWS: tuple[tuple[str, str, str, Better, "Callable[[Past], Array]"], ...] = (
    ("population", "Inhabitants", "persons", "neither", lambda past: past.countries.population),
    ("income", "GDP per head", "2021 intl $/year", "higher", lambda past: past.countries.income),
    ("access", "Covered by a network and electricity", _SHARE, "higher", lambda past: past.access),
    ("mobile", "Covered by mobile broadband", _SHARE, "higher", lambda past: past.countries.mobile),
    ("fixed", "Within reach of fixed broadband", _SHARE, "higher",
     lambda past: past.countries.fixed),
    ("fixed_subscriptions", "Fixed broadband subscriptions", "per head", "higher",
     lambda past: past.subscriptions),
    ("five_g", "Covered by 5G", _SHARE, "higher", lambda past: past.countries.five_g),
    ("basket", "Price of a basic data package, share of income", "share of mean income", "lower",
     lambda past: past.countries.basket * 12 / past.countries.income),
    ("affordable", "People who can afford data (at most 2 % of income)", "share of people",
     "higher", lambda past: past.affordable),
    ("internet_users", "Internet users", _SHARE, "higher", lambda past: past.users.everyone),
    ("online_poorest40", "Internet users, poorest 40 %", _SHARE, "higher",
     lambda past: past.users.poorest),
    ("online_richest60", "Internet users, richest 60 %", _SHARE, "higher",
     lambda past: past.users.richest),
    ("online_urban", "Internet users, urban", _SHARE, "higher",
     lambda past: past.users.city),
    ("online_rural", "Internet users, rural", _SHARE, "higher",
     lambda past: past.users.countryside),
    ("online_women", "Internet users, women", _SHARE, "higher",
     lambda past: past.users.women),
    ("online_men", "Internet users, men", _SHARE, "higher", lambda past: past.users.men),
    ("online_sex_gap", "Internet users, women less men", _SHARE, "higher",
     lambda past: past.users.sex_gap),
    ("online_women_per_man", "Internet users, share of women over share of men", "ratio", "higher",
     lambda past: past.users.women_per_man),
    ("skills", "Basic digital skills", _SHARE, "higher",
     lambda past: past.skilled),
    ("account_holders", "Account or mobile-wallet holders", _ADULTS, "higher",
     lambda past: past.holders.everyone),
    ("accounts_poorest40", "Account holders, poorest 40 %", _ADULTS, "higher",
     lambda past: past.holders.poorest),
    ("accounts_richest60", "Account holders, richest 60 %", _ADULTS, "higher",
     lambda past: past.holders.richest),
    ("accounts_women", "Account holders, women", _ADULTS, "higher",
     lambda past: past.holders.women),
    ("accounts_men", "Account holders, men", _ADULTS, "higher",
     lambda past: past.holders.men),
    ("accounts_sex_gap", "Account holders, women less men", _ADULTS, "higher",
     lambda past: past.holders.sex_gap),
    ("wallet_holders", "Mobile-wallet holders", _ADULTS, "higher",
     lambda past: past.wallet_holders),
    ("payment_use", "Use of digital payment (a holder at the start: 1)", "index", "higher",
     lambda past: past.payment_use),
    ("online_buyers", "People online who hold an account", _SHARE, "higher",
     lambda past: past.buyers),
    ("connected", "Connected firms", _FIRMS, "higher", lambda past: past.countries.connected),
    ("acceptance", "Firms that accept digital payment", _FIRMS, "higher",
     lambda past: past.countries.accepting),
    ("sellers", "Firms that sell online", _FIRMS, "higher", lambda past: past.countries.sellers),
    ("exporters", "Firms that export online", _FIRMS, "higher",
     lambda past: past.countries.exporters),
    ("tools_small", "Firms under 50 persons that use digital tools", _FIRMS, "higher",
     lambda past: past.countries.tools_small),
    ("tools_large", "Firms of 50 persons or more that use digital tools", _FIRMS, "higher",
     lambda past: past.countries.tools_large),
    ("exports", "Cross-border e-commerce exports", "US$/year", "higher",
     lambda past: past.countries.exports),
    ("imports", "Cross-border e-commerce imports", "US$/year", "neither",
     lambda past: past.countries.imports),
    ("home_sales", "Online sales of home sellers", "US$/year", "higher",
     lambda past: past.countries.home_sales),
    ("online_share", "Online share of consumption", _VALUE, "neither",
     lambda past: past.countries.online_share),
    ("trade_per_head", "Cross-border e-commerce per head", "US$/person/year", "higher",
     lambda past: (past.countries.exports + past.countries.imports) / past.countries.population),
    ("payment_cost", "Cost of cross-border payment", _VALUE, "lower",
     lambda past: past.countries.payment_cost),
    ("payment_days", "Time of cross-border settlement", "days", "lower",
     lambda past: past.countries.payment_days),
    ("settled_hub", "Cross-border payments settled over rails of the hub (China)", _VALUE,
     "neither", lambda past: past.settled("hub")),
    ("settled_us", "Cross-border payments settled over US rails", _VALUE,
     "neither", lambda past: past.settled("us")),
    ("settled_eu", "Cross-border payments settled over EU rails", _VALUE,
     "neither", lambda past: past.settled("eu")),
    ("settlement_hhi", "Concentration of settlement on one jurisdiction", _HHI, "lower",
     lambda past: (past.countries.settled**2).sum(axis=-1)),
    ("payments_lost", "Trade lost because payments failed", "US$/year", "lower",
     lambda past: past.countries.payments_lost),
    ("customs_days", "Days at the border", "days", "lower", lambda past: past.border_days),
    ("trust", "Trust", _INDEX, "higher", lambda past: past.countries.trust),
    ("security", "Cyber-security capacity", _INDEX, "higher", lambda past: past.countries.security),
    ("incidents", "Security incidents", "events/quarter", "lower",
     lambda past: past.countries.incidents),
    ("incident_rate", "Expected security incidents", "events/year", "lower",
     lambda past: past.incident_rate),
    ("stage", "Expected stage of cooperation with the hub (China)", "0-3", "neither",
     lambda past: past.countries.stage),
    ("distance_to_hub", "Regulatory distance to the hub (China)", _INDEX, "neither",
     lambda past: past.countries.distance_to_hub),
    ("distance_to_standard", "Regulatory distance to the policy's standard", _INDEX, "neither",
     lambda past: past.countries.to_blocs[..., past.aim]),
    ("marketplaces", "Marketplaces that serve the country", "count", "higher",
     lambda past: past.countries.marketplaces),
    ("marketplace_hhi", "Concentration of marketplaces", _HHI, "lower",
     lambda past: past.countries.marketplace_hhi),
    ("vendor_hhi", "Concentration of network vendors", _HHI, "lower",
     lambda past: past.dependence[0]),
    ("hub_dependence", "Critical functions that depend on the hub (China)", _SHARE, "lower",
     lambda past: past.dependence[1]),
    ("debt", "Debt from digital infrastructure loans", "US$", "lower",
     lambda past: past.countries.debt),
    ("gained", "Income per head gained", "ln", "higher", lambda past: past.countries.gained),
)  # fmt: skip

#: Columns of the country table, by name.
COUNTRY: dict[str, Outcome] = {
    name: Outcome(name, label, unit, better, COUNTRY_GROUP, formula=read)
    for name, label, unit, better, read in _ROWS
}


@dataclass(frozen=True)
class Dimension:
    """A dimension of the divide.

    Attributes:
        label: What people read.
        column: Country column that it is measured on.
        cells: Column of the cells inside countries that it is measured on, if there is one.
    """

    label: str
    column: str
    cells: str | None = None


DIMENSIONS: dict[str, Dimension] = {
    "access": Dimension("Access", "access"),
    "usage": Dimension("Internet use", "internet_users", "online"),
    "skills": Dimension("Skills", "skills", "skills"),
    "payments": Dimension("Payments", "account_holders", "accounts"),
    "ecommerce": Dimension("E-commerce", "trade_per_head"),
}
