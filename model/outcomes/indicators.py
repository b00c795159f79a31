"""Outcomes of the world that are not measures of one dimension of the divide."""

from typing import TYPE_CHECKING

from divide.model.declare.countries import HUB
from divide.model.outcomes.declaration import outcome

if TYPE_CHECKING:
    from divide.model.outcomes.paths import Array, Paths
    from divide.model.outcomes.snapshot import Snapshot


@outcome("People offline", "persons", "lower", "inclusion")
def people_offline(paths: "Paths") -> "Array":
    """Everybody who does not use the internet."""
    return (paths.people * (1 - paths["internet_users"])).sum(axis=1)


@outcome("Person-years offline since the start", "person-years", "lower", "inclusion")
def years_offline(paths: "Paths") -> "Array":
    """People offline at each step's end, for as long as a step lasts."""
    offline = (paths.people * (1 - paths["internet_users"])).sum(axis=1)
    return paths.since_start(offline / paths.steps_per_year)


@outcome("People who can afford data (at most 2 % of income)", "share", "higher", "inclusion",
         "UN Broadband Commission target 2")  # fmt: skip
def affordable(paths: "Paths") -> "Array":
    """Mean over people."""
    return paths.mean("affordable")


@outcome("Years behind high-income countries in internet use", "years", "lower", "inclusion",
         "time distance, after Sicherl")  # fmt: skip
def years_behind(paths: "Paths") -> "Array":
    """Mean years since the high-income mean of internet use passed each country's level.

    The reference path is observed to the start and modelled after it. Countries that are ahead
    count zero; a country below the first observed level counts the whole length of the path.
    """
    import numpy as np

    from divide.model.outcomes.measures import when_reached

    people, use = paths.people, paths["internet_users"]
    high = paths.world.fact("income_group") == "High income"
    years, seen = paths.world.series("internet_users")
    past = np.where(np.isfinite(seen[:, high]), seen[:, high], np.nan)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(past) * people[0, high]
        path = np.nansum(past * people[0, high], axis=1) / np.maximum(known.sum(axis=1), 1)
    keep = (known.sum(axis=1) > 0.8 * people[0, high].sum()) & (years < paths.start)
    modelled = (use[:, high] * people[:, high]).sum(axis=1) / people[:, high].sum(axis=1)
    at = paths.start + np.arange(len(use)) / paths.steps_per_year
    times = np.concatenate([years[keep], at])
    levels = np.maximum.accumulate(np.concatenate([path[keep], modelled]))
    behind = np.maximum(0.0, at[:, None] - when_reached(use, levels, times))
    return (behind * paths.weight).sum(axis=1)


@outcome("Internet users, women", "share", "higher", "inclusion")
def online_women(paths: "Paths") -> "Array":
    """Mean over women, who are the same share of the people of every country."""
    return paths.mean("online_women")


@outcome("Internet users, men", "share", "higher", "inclusion")
def online_men(paths: "Paths") -> "Array":
    """Mean over men."""
    return paths.mean("online_men")


@outcome("Internet users, women less men", "share", "higher", "inclusion")
def online_sex_gap(paths: "Paths") -> "Array":
    """Share of the world's women less that of its men."""
    return paths.mean("online_women") - paths.mean("online_men")


@outcome("Internet users, share of women over share of men", "ratio", "higher", "inclusion")
def online_women_per_man(paths: "Paths") -> "Array":
    """Share of the world's women over that of its men."""
    return paths.mean("online_women") / paths.mean("online_men")


@outcome("Account holders, women", "share of adults", "higher", "inclusion")
def accounts_women(paths: "Paths") -> "Array":
    """Mean over women."""
    return paths.mean("accounts_women")


@outcome("Account holders, men", "share of adults", "higher", "inclusion")
def accounts_men(paths: "Paths") -> "Array":
    """Mean over men."""
    return paths.mean("accounts_men")


@outcome("Account holders, women less men", "share of adults", "higher", "inclusion")
def accounts_sex_gap(paths: "Paths") -> "Array":
    """Share of the world's women less that of its men."""
    return paths.mean("accounts_women") - paths.mean("accounts_men")


@outcome(
    "Micro and small firms in cross-border supply", "share", "higher", "inclusion", each_step=True
)
def small_firm_supply(now: "Snapshot") -> float:
    """Export capacity of the two smallest size classes, by heads employed, in that of all."""
    from divide.model.agents.firm import EMPLOYED

    # Turned first: NumPy sums rows in half the time of columns so short.
    supply = (now.state.real_capacity.T.copy().sum(axis=1) * EMPLOYED).tolist()
    return (supply[0] + supply[1]) / max(sum(supply), 1.0)


@outcome("Digital tools, firms of 50 persons or more less smaller ones", "share", "lower",
         "inclusion")  # fmt: skip
def tools_gap(paths: "Paths") -> "Array":
    """Mean over people of the difference between the shares that use digital tools."""
    return paths.mean("tools_large") - paths.mean("tools_small")


@outcome("Cross-border e-commerce", "US$/year", "higher", "trade")
def ecommerce_value(paths: "Paths") -> "Array":
    """What all countries export, which is what all import."""
    return paths.total("exports")


@outcome("Share of cross-border e-commerce sold by the hub (China)", "share", "neither",
          "dependence", each_step=True)  # fmt: skip
def hub_trade_share(now: "Snapshot") -> float:
    """The hub's exports in those of all."""
    exports = now.countries.exports
    return exports[now.run.hub] / max(exports.sum(), 1.0)


@outcome("Cost of cross-border payment, by value", "share of value", "lower", "trade")
def payment_cost(paths: "Paths") -> "Array":
    """Mean over countries, weighted by exports plus imports."""
    return paths.mean_by_trade("payment_cost")


@outcome("Time of cross-border settlement, by value", "days", "lower", "trade")
def payment_days(paths: "Paths") -> "Array":
    """Mean over countries, weighted by exports plus imports."""
    return paths.mean_by_trade("payment_days")


@outcome("Cross-border payments settled over rails of the hub (China)", "share of value",
         "neither", "dependence")  # fmt: skip
def settled_hub(paths: "Paths") -> "Array":
    """Mean over countries, weighted by exports plus imports."""
    return paths.mean_by_trade("settled_hub")


@outcome(
    "Payments of the hub's partners settled over its rails",
    "share of value",
    "neither",
    "dependence",
)
def settled_hub_partners(paths: "Paths") -> "Array":
    """Mean over the other members of the Belt and Road Initiative, by exports plus imports.

    They are listed in the world: who is counted does not change with what a policy does.
    """
    import numpy as np

    members = zip(paths.world.iso3, paths.world.fact("bri_member"), strict=True)
    partners = [bool(joined) and code != HUB for code, joined in members]
    weight = (paths["exports"] + paths["imports"]) * partners
    # Not all models have trade.
    return (paths["settled_hub"] * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)


@outcome("Cross-border payments settled over US rails", "share of value",
         "neither", "dependence")  # fmt: skip
def settled_us(paths: "Paths") -> "Array":
    """Mean over countries, weighted by exports plus imports."""
    return paths.mean_by_trade("settled_us")


@outcome("Cross-border payments settled over EU rails", "share of value",
         "neither", "dependence")  # fmt: skip
def settled_eu(paths: "Paths") -> "Array":
    """Mean over countries, weighted by exports plus imports."""
    return paths.mean_by_trade("settled_eu")


@outcome("Trade lost because payments failed", "US$/year", "lower", "trade")
def payments_lost(paths: "Paths") -> "Array":
    """What all countries could not export, which is what they could not import."""
    return paths.total("payments_lost") / 2


@outcome("Security incidents in the world", "events/year", "lower", "security")
def incidents(paths: "Paths") -> "Array":
    """Incidents of the step just finished, as a yearly rate."""
    return paths.total("incidents") * paths.steps_per_year


@outcome("Trust in online trade and payment", "index 0-1", "higher", "security")
def trust(paths: "Paths") -> "Array":
    """Mean over people."""
    return paths.mean("trust")


@outcome("Concentration of marketplaces, mean country", "HHI 0-1", "lower", "dependence",
         "Herfindahl-Hirschman index")  # fmt: skip
def marketplace_hhi(paths: "Paths") -> "Array":
    """Mean over countries, each counted once."""
    return paths["marketplace_hhi"].mean(axis=1)


@outcome("Concentration of network vendors, mean country", "HHI 0-1", "lower", "dependence",
         "Herfindahl-Hirschman index")  # fmt: skip
def vendor_hhi(paths: "Paths") -> "Array":
    """Mean over countries, each counted once."""
    return paths["vendor_hhi"].mean(axis=1)


@outcome("Critical functions that depend on the hub (China), mean country", "share", "lower",
         "dependence")  # fmt: skip
def hub_dependence(paths: "Paths") -> "Array":
    """Mean over countries, each counted once."""
    return paths["hub_dependence"].mean(axis=1)


@outcome("Mean regulatory distance between countries", "index 0-1", "lower", "dependence",
          "after Nordås 2016", each_step=True)  # fmt: skip
def fragmentation(now: "Snapshot") -> float:
    """Mean over all pairs of countries."""
    return now.state.fragmentation


@outcome("Debt from digital infrastructure loans", "US$", "lower", "cost")
def debt(paths: "Paths") -> "Array":
    """Sum over countries."""
    return paths.total("debt")


@outcome("Policy spending so far", "US$", "neither", "cost")
def spend(paths: "Paths") -> "Array":
    """Sum over levers, countries and the steps so far."""
    return paths.since_start(paths.spent)


@outcome("Income per head gained through connectivity and trade", "ln", "higher", "growth",
         "level effect; zero lies inside the prior")  # fmt: skip
def income_gained(paths: "Paths") -> "Array":
    """Mean over people."""
    return paths.mean("gained")
