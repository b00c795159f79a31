"""The country table: what each column is called and what it is read from after a step.

The dimensions of the divide are measured on some of the columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from divide.model.outcomes.declaration import COUNTRY_GROUP, Better, Outcome

if TYPE_CHECKING:
    from divide.model.outcomes.snapshot import Array, Snapshot

_SHARE, _FIRMS, _ADULTS, _VALUE = "share", "share of firms", "share of adults", "share of value"
_INDEX, _HHI = "index 0-1", "HHI 0-1"


def _access(now: "Snapshot") -> "Array":
    from divide.model.processes.adoption import reached
    from divide.model.processes.infrastructure import network

    c = now.countries
    return reached(network(now.run), c.electricity, c.urban, now.run.cell_shares)


def _fixed_subscriptions(now: "Snapshot") -> "Array":
    from divide.model.processes.adoption import subscriptions

    return subscriptions(now.run, now.users.everyone)


def _affordable(now: "Snapshot") -> "Array":
    from divide.model.processes.affordability import within_official_share

    return within_official_share(now.run)


def _wallet_holders(now: "Snapshot") -> "Array":
    from divide.model.processes.payments import wallet_holders

    return wallet_holders(now.run, now.holders.everyone)


def _payment_use(now: "Snapshot") -> "Array":
    from divide.model.processes.payments import use

    return use(now.run, now.holders.everyone)


def _settled(bloc: str) -> "Callable[[Snapshot], Array]":
    """Share of a country's cross-border payments that settles in a jurisdiction."""

    def read(now: "Snapshot") -> "Array":
        from divide.model.agents.columns import AXES

        return now.countries.settled[:, AXES["jurisdiction"].index(bloc)]

    return read


def _customs_days(now: "Snapshot") -> "Array":
    from divide.model.processes.trade import border_days

    return border_days(now.run)


def _tools(now: "Snapshot", *, small: bool) -> "Array":
    from divide.model.processes import tools

    return tools.share(now.run, tools.SMALL if small else tools.LARGE)


_ROWS: tuple[tuple[str, str, str, Better, "Callable[[Snapshot], Array]"], ...] = (
    ("population", "Inhabitants", "persons", "neither", lambda now: now.countries.population),
    ("income", "GDP per head", "2021 intl $/year", "higher", lambda now: now.countries.income),
    ("access", "Covered by a network and electricity", _SHARE, "higher", _access),
    ("mobile", "Covered by mobile broadband", _SHARE, "higher", lambda now: now.countries.mobile),
    ("fixed", "Within reach of fixed broadband", _SHARE, "higher",
     lambda now: now.countries.fixed),
    ("fixed_subscriptions", "Fixed broadband subscriptions", "per head", "higher",
     _fixed_subscriptions),
    ("five_g", "Covered by 5G", _SHARE, "higher", lambda now: now.countries.five_g),
    ("basket", "Price of a basic data package, share of income", "share of mean income", "lower",
     lambda now: now.countries.basket * 12 / now.countries.income),
    ("affordable", "People who can afford data (at most 2 % of income)", "share of people",
     "higher", _affordable),
    ("internet_users", "Internet users", _SHARE, "higher", lambda now: now.users.everyone),
    ("online_poorest40", "Internet users, poorest 40 %", _SHARE, "higher",
     lambda now: now.users.poorest),
    ("online_richest60", "Internet users, richest 60 %", _SHARE, "higher",
     lambda now: now.users.richest),
    ("online_urban", "Internet users, urban", _SHARE, "higher",
     lambda now: now.users.city),
    ("online_rural", "Internet users, rural", _SHARE, "higher",
     lambda now: now.users.countryside),
    ("online_women", "Internet users, women", _SHARE, "higher",
     lambda now: now.users.women),
    ("online_men", "Internet users, men", _SHARE, "higher", lambda now: now.users.men),
    ("online_sex_gap", "Internet users, women less men", _SHARE, "higher",
     lambda now: now.users.sex_gap),
    ("online_women_per_man", "Internet users, share of women over share of men", "ratio", "higher",
     lambda now: now.users.women_per_man),
    ("skills", "Basic digital skills", _SHARE, "higher",
     lambda now: now.run.national(now.countries.skills)),
    ("account_holders", "Account or mobile-wallet holders", _ADULTS, "higher",
     lambda now: now.holders.everyone),
    ("accounts_poorest40", "Account holders, poorest 40 %", _ADULTS, "higher",
     lambda now: now.holders.poorest),
    ("accounts_richest60", "Account holders, richest 60 %", _ADULTS, "higher",
     lambda now: now.holders.richest),
    ("accounts_women", "Account holders, women", _ADULTS, "higher",
     lambda now: now.holders.women),
    ("accounts_men", "Account holders, men", _ADULTS, "higher",
     lambda now: now.holders.men),
    ("accounts_sex_gap", "Account holders, women less men", _ADULTS, "higher",
     lambda now: now.holders.sex_gap),
    ("wallet_holders", "Mobile-wallet holders", _ADULTS, "higher", _wallet_holders),
    ("payment_use", "Use of digital payment (a holder at the start: 1)", "payments/adult",
     "higher", _payment_use),
    ("online_buyers", "People online who hold an account", _SHARE, "higher",
     lambda now: now.buyers),
    ("connected", "Connected firms", _FIRMS, "higher", lambda now: now.firms[0]),
    ("acceptance", "Firms that accept digital payment", _FIRMS, "higher",
     lambda now: now.firms[1]),
    ("sellers", "Firms that sell online", _FIRMS, "higher", lambda now: now.firms[2]),
    ("exporters", "Firms that export online", _FIRMS, "higher", lambda now: now.firms[3]),
    ("tools_small", "Firms under 50 persons that use digital tools", _FIRMS, "higher",
     lambda now: _tools(now, small=True)),
    ("tools_large", "Firms of 50 persons or more that use digital tools", _FIRMS, "higher",
     lambda now: _tools(now, small=False)),
    ("exports", "Cross-border e-commerce exports", "US$/year", "higher",
     lambda now: now.countries.exports),
    ("imports", "Cross-border e-commerce imports", "US$/year", "neither",
     lambda now: now.countries.imports),
    ("home_sales", "Online sales of home sellers", "US$/year", "higher",
     lambda now: now.countries.home_sales),
    ("online_share", "Online share of consumption", _VALUE, "neither",
     lambda now: now.countries.online_share),
    ("trade_per_head", "Cross-border e-commerce per head", "US$/person/year", "higher",
     lambda now: (now.countries.exports + now.countries.imports) / now.countries.population),
    ("payment_cost", "Cost of cross-border payment", _VALUE, "lower",
     lambda now: now.countries.payment_cost),
    ("payment_days", "Time of cross-border settlement", "days", "lower",
     lambda now: now.countries.payment_days),
    ("settled_hub", "Cross-border payments settled over rails of the hub (China)", _VALUE,
     "neither", _settled("hub")),
    ("settled_us", "Cross-border payments settled over US rails", _VALUE,
     "neither", _settled("us")),
    ("settled_eu", "Cross-border payments settled over EU rails", _VALUE,
     "neither", _settled("eu")),
    ("settlement_hhi", "Concentration of settlement on one jurisdiction", _HHI, "lower",
     lambda now: (now.countries.settled**2).sum(axis=1)),
    ("payments_lost", "Trade lost because payments failed", "US$/year", "lower",
     lambda now: now.countries.payments_lost),
    ("customs_days", "Days at the border", "days", "lower", _customs_days),
    ("trust", "Trust", _INDEX, "higher", lambda now: now.countries.trust),
    ("security", "Cyber-security capacity", _INDEX, "higher", lambda now: now.countries.security),
    ("incidents", "Security incidents", "events/quarter", "lower",
     lambda now: now.countries.incidents),
    ("incident_rate", "Expected security incidents", "events/year", "lower",
     lambda now: now.incident_rate),
    ("stage", "Stage of cooperation with the hub (China)", "0-3", "neither",
     lambda now: now.countries.stage),
    ("distance_to_hub", "Regulatory distance to the hub (China)", _INDEX, "neither",
     lambda now: now.state.distance[:, now.run.hub]),
    ("distance_to_standard", "Regulatory distance to the policy's standard", _INDEX, "neither",
     lambda now: now.countries.to_blocs[:, now.run.aim]),
    ("marketplaces", "Marketplaces that serve the country", "count", "higher",
     lambda now: now.countries.marketplaces),
    ("marketplace_hhi", "Concentration of marketplaces", _HHI, "lower",
     lambda now: now.countries.marketplace_hhi),
    ("vendor_hhi", "Concentration of network vendors", _HHI, "lower",
     lambda now: now.dependence[0]),
    ("hub_dependence", "Critical functions that depend on the hub (China)", _SHARE, "lower",
     lambda now: now.dependence[1]),
    ("debt", "Debt from digital infrastructure loans", "US$", "lower",
     lambda now: now.countries.debt),
    ("gained", "Income per head gained", "ln", "higher", lambda now: now.countries.gained),
)  # fmt: skip

#: Columns of the country table, by name.
COUNTRY: dict[str, Outcome] = {
    name: Outcome(name, label, unit, better, COUNTRY_GROUP, each_step=True, formula=read)
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
