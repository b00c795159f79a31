"""Names of recorded outcomes that the headline table and the charts of the report use."""

#: The five divides: title and stem of the outcome names.
DIMENSIONS = {
    "Access": "access",
    "Usage": "usage",
    "Skills": "skills",
    "Payments": "payments",
    "E-commerce": "ecommerce",
}
LEVEL, GINI, GAP = "{}_mean", "{}_gini", "{}_p90_p10"
#: Inclusion, and beside it what it may cost.
SUMMARY = ("usage_mean", "debt", "dependence")
#: Share of people online in the country and group tables.
USERS = "internet_users"
#: Outcomes of the headline table, in order.
HEADLINE = (
    "usage_mean", "offline", "usage_gini", "usage_p90_p10", "access_gini", "skills_gini",
    "payments_gini", "ecommerce_gini", "exports", "debt", "dependence",
)  # fmt: skip
