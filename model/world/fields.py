"""What `World.values` holds: each field's unit and the source series it is made from."""

from typing import NamedTuple

# From the percent of the source to the share of the model.
_PERCENT = 0.01


class Field(NamedTuple):
    """One field of `World.values`.

    `value = scale * source + shift`; with several source series, the mean of each over its `tops`.
    """

    unit: str
    sources: tuple[str, ...] = ()
    scale: float = 1.0
    shift: float = 0.0
    upper: float = float("inf")
    tops: tuple[float, ...] = ()

    def scale_of(self, source: str) -> float:
        """Factor from one source series to the field's unit."""
        return self.scale / dict(zip(self.sources, self.tops, strict=False)).get(source, 1.0)


#: Yearly trade below this is none to speak of, US$.
LEAST_TRADE = 1e5

# Parts of the GovTech Maturity Index are sums of points; each is divided by the highest sum that
# any economy reached in 2022.
_GTMI = {
    "gtmi_admin": 10.0,
    "gtmi_backend": 4.0,
    "gtmi_engagement": 3.0,
    "gtmi_innovation": 4.0,
    "gtmi_openness": 6.75,
    "gtmi_policy": 10.0,
    "gtmi_portals": 8.0,
}

FIELDS: dict[str, Field] = {
    "population": Field("persons", ("population",)),
    "urban": Field("share of population", ("urban_share_pct",), _PERCENT, upper=1),
    "income": Field("constant 2021 international $ per head", ("gdp_pc_ppp_constant2021intl",)),
    "income_gini": Field("Gini 0-1", ("income_gini_pct",), _PERCENT, upper=1),
    "income_q1": Field("share of income, poorest fifth", ("income_share_q1_pct",), _PERCENT),
    "income_q2": Field("share of income, second fifth", ("income_share_q2_pct",), _PERCENT),
    "income_q3": Field("share of income, third fifth", ("income_share_q3_pct",), _PERCENT),
    "income_q4": Field("share of income, fourth fifth", ("income_share_q4_pct",), _PERCENT),
    "income_q5": Field("share of income, richest fifth", ("income_share_q5_pct",), _PERCENT),
    "electricity": Field("share of population", ("electricity_access_pct",), _PERCENT, upper=1),
    "internet_users": Field("share of population", ("internet_users_pct",), _PERCENT, upper=1),
    "women_per_man": Field("women online per man online, shares", ("internet_women_per_man",)),
    "fixed_broadband": Field("subscriptions per head", ("fixed_broadband_per100",), _PERCENT),
    "mobile_subscriptions": Field("subscriptions per head", ("mobile_cellular_per100",), _PERCENT),
    "mobile_broadband": Field("subscriptions per head", ("mobile_broadband_per100",), _PERCENT),
    "secondary_enrolment": Field("gross enrolment ratio", ("secondary_enrol_gross_pct",), _PERCENT),
    "schooling_years": Field("mean years at 25 and over", ("schooling_years",)),
    "hdi": Field("index 0-1", ("hdi",)),
    "egov": Field("index 0-1", ("egdi_osi",), upper=1),
    "accounts": Field("share of adults", ("findex_account_pct",), _PERCENT),
    "accounts_poorest40": Field(
        "share of adults, poorest 40 %", ("findex_account_pct__poorest40",), _PERCENT
    ),
    "accounts_richest60": Field(
        "share of adults, richest 60 %", ("findex_account_pct__richest60",), _PERCENT
    ),
    "accounts_women": Field("share of women", ("findex_account_pct__women",), _PERCENT),
    "accounts_men": Field("share of men", ("findex_account_pct__men",), _PERCENT),
    "mobile_money": Field("share of adults", ("findex_mobile_money_account_pct",), _PERCENT),
    "bought_online": Field("share of adults", ("findex_bought_online_pct",), _PERCENT),
    "logistics": Field("index 0-1", ("lpi_overall_1to5",), 0.25, -0.25),
    "border_hours_export": Field("hours a consignment", ("border_hours_export",)),
    "border_hours_import": Field("hours a consignment", ("border_hours_import",)),
    "documentary_hours_export": Field("hours a consignment", ("documentary_hours_export",)),
    "documentary_hours_import": Field("hours a consignment", ("documentary_hours_import",)),
    "goods_exports": Field("current US$", ("merchandise_exports_currentusd",)),
    "goods_imports": Field("current US$", ("merchandise_imports_currentusd",)),
    "digital_exports": Field("current US$", ("digital_exports_usd",)),
    "digital_imports": Field("current US$", ("digital_imports_usd",)),
    "government_ict": Field("index 0-1", tuple(_GTMI), tops=tuple(_GTMI.values())),
    "secure_servers": Field("servers per million people", ("secure_servers_per_million",)),
    "gni_per_head_usd": Field("current US$ per head, Atlas", ("gni_pc_atlas_currentusd",)),
    "coverage_2g": Field("share of population", ("coverage_2g_pct",), _PERCENT, upper=1),
    "coverage_mobile": Field("share of population", ("coverage_mobile_pct",), _PERCENT, upper=1),
    "coverage_fixed": Field("share of population"),
    "coverage_5g": Field("share of population"),
    "basket_price": Field("share of monthly GNI per head", ("basket_pct_gni",), _PERCENT),
    "skills": Field("share of population", ("skills_pct",), _PERCENT, upper=1),
    "cables": Field("international submarine cables in service", ("cables",)),
    "routes": Field("cables and land borders"),
}

#: A second source for a field, made by a model: it gives way to any figure, and has flag 3.
MODELLED = {"income_gini": "income_gini_modelled_pct"}
QUINTILES = tuple(f"income_q{k}" for k in range(1, 6))
