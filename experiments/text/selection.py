"""Names of recorded outcomes that the headline table and the charts of the report use."""

#: Names of the level, the relative and the absolute divide of a dimension.
LEVEL, GINI, GAP = "{}_mean", "{}_gini", "{}_p90_p10_gap"
#: Inclusion, and beside it what it may cost.
SUMMARY = ("usage_mean", "debt", "hub_dependence")
#: Share of people online in the country and group tables.
USERS = "internet_users"
OFFLINE = "people_offline"
#: Groups of countries whose gap is drawn: grouping, group ahead, group behind, title.
GAPS = (
    ("income_group", "High income", "Low income", "High-income less low-income countries"),
    ("bri", "Others", "BRI members", "Countries outside the BRI less members"),
)
#: Outcomes of the headline table, in order.
HEADLINE = (
    "usage_mean",
    "people_offline",
    "years_offline",
    "usage_gini",
    "usage_p90_p10_gap",
    "years_behind",
    "online_sex_gap",
    "accounts_sex_gap",
    "access_gini",
    "access_p90_p10_gap",
    "skills_gini",
    "skills_p90_p10_gap",
    "payments_gini",
    "payments_p90_p10_gap",
    "ecommerce_gini",
    "ecommerce_value",
    "small_firm_supply",
    "payment_cost",
    "payment_days",
    "hub_dependence",
    "fragmentation",
    "debt",
)
