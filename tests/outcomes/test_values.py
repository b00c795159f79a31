"""Every recorded outcome and country column against a formula written anew from its definition.

The formulas here are plain and slow, and import nothing from `divide.model.outcomes` but what they
are compared with. Country columns are worked out from the agents and the raw state while a run is
stepped by hand; outcomes of the world from the country table, the raw cells and the raw bills, on
that run and on a small world that is made up.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.agents.platform import Kind
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.outcomes.paths import Paths

Array = NDArray[np.float64]
Model = DigitalDivideModel

#: Steps after which the country columns are worked out.
MARKS = (0, 5, 12)
PLAN = Scenario(
    policy=Policy(
        budget=20_000.0,
        levers={
            "skills_training": LeverUse(3e7),
            "price_subsidy": LeverUse(0.1),
            "rural_coverage": LeverUse(2_000.0),
            "smart_customs": LeverUse(0.6, ramp_years=0),
            "security_certification": LeverUse(0.5, ramp_years=0),
            "security_alliance": LeverUse(0.5, ramp_years=0),
            "regulatory_alignment": LeverUse(0.5, toward="eu"),
            "mobile_wallet": LeverUse(0.5),
            "payment_relief": LeverUse(-0.01, ramp_years=0),
            "payment_shock": LeverUse(0.5, start=2024, ramp_years=0),
        },
    ),
    firms=1_500,
    platforms=60,
    until=2025,
)


# Country columns ---------------------------------------------------------------------------------


def agents(m: Model, read: Callable[[Any], float]) -> Array:
    """A figure of each country, from its Mesa agent."""
    return np.array([read(country) for country in m.countries], dtype=float)


def shares(urban: float) -> list[list[list[float]]]:
    """People by quintile, place and sex: the richer a fifth, the more of it lives in cities."""
    cities = [urban + urban * (1 - urban) * tilt for tilt in (-0.6, -0.3, 0.0, 0.3, 0.6)]
    return [[[0.1 * city] * 2, [0.1 * (1 - city)] * 2] for city in cities]


def part(
    m: Model,
    read: Callable[[Any], Array],
    quintiles: Iterable[int] = range(5),
    places: str = "uc",
    sexes: str = "wm",
) -> Array:
    """Share of a country's people who have something and are of some quintiles, places, sexes."""

    def one(country: Any) -> float:
        cells, people = np.reshape(read(country), (5, 2, 2)), shares(country.urban)
        return sum(
            cells[q][p][s] * people[q][p][s]
            for q in quintiles
            for p in range(2)
            for s in range(2)
            if "uc"[p] in places and "wm"[s] in sexes
        )

    return agents(m, one)


def of_sex(m: Model, column: str, sex: str) -> Array:
    """Share of women or men, who are half of the people, with something."""
    return part(m, lambda c: getattr(c, column), sexes=sex[0]) * 2


def covered(country: Any) -> float:
    """Cities are covered before the countryside."""
    share = min(max(country.mobile, country.fixed), country.electricity)
    city = min(1.0, share / country.urban)
    countryside = max(0.0, share - country.urban) / (1 - country.urban) if country.urban < 1 else 0
    return min(1.0, country.urban * city + (1 - country.urban) * min(countryside, 1.0))


def can_afford(country: Any, limit: float = 0.02) -> float:
    """Share of a log-normal income distribution for whom the basket costs at most the limit."""
    needed = 12 * country.basket * (1 - country.subsidy) / limit
    median = math.log(country.income) - country.spread**2 / 2
    return 1 - NormalDist(median, country.spread).cdf(math.log(needed))


def fixed_subscriptions(m: Model) -> Array:
    start = m.world.values
    users = np.clip(start["internet_users"], 1e-3, 0.995)
    reach = np.clip(start["coverage_fixed"], 1e-3, 0.99)
    now = part(m, lambda c: c.online) / users
    power = m.values.infrastructure.fixed_by_reach
    return start["fixed_broadband"] * now * (agents(m, lambda c: c.fixed) / reach) ** power


def payment_use(m: Model) -> Array:
    """Payments of a holder at the start, by what has changed since: relief felt and links."""
    p = m.values.payments
    new = agents(m, lambda c: c.interoperability) - m.state.base["interoperability"]
    felt = agents(m, lambda c: c.payment_relief - c.usual_relief)
    more = np.exp(p.levy_response * felt) * np.exp(p.use_from_interoperability * new)
    return part(m, lambda c: c.accounts) * more


def settled(m: Model, bloc: str) -> Array:
    """Where each country's cross-border payments settle, from the rails that it uses."""
    code = ("hub", "eu", "us", "other").index(bloc)
    p, s = m.values.settlement, m.state
    found = []
    for row in range(m.n):
        paid = s.rail_use[:, row] / s.rail_use[:, row].sum()
        users = {kind: [0.0, 0.0] for kind in (Kind.MARKETPLACE, Kind.CARD, Kind.BRIDGE)}
        for platform in m.platforms:
            if platform.kind in users:
                users[platform.kind][0] += s.share[platform.row, row]
                users[platform.kind][1] += s.share[platform.row, row] * (
                    platform.jurisdiction == code
                )
        at_home = float(m.bloc[row] == code)
        part = {kind: own / whole if whole else at_home for kind, (whole, own) in users.items()}
        cards = (1 - p.checkouts) * part[Kind.CARD] + p.checkouts * part[Kind.MARKETPLACE]
        banks = {"hub": p.yuan, "eu": p.euro, "us": p.dollar}[bloc]
        where = (banks, cards, at_home, at_home, part[Kind.BRIDGE])
        found.append(math.sumprod(paid, where))
    return np.array(found)


def wallet_holders(m: Model) -> Array:
    """Wallets at the start, and of the accounts opened since the share that are wallets."""
    held = np.clip(m.world.values["accounts"], 1e-4, 1 - 1e-4)
    wallets = np.minimum(m.world.values["mobile_money"], held)
    rest = held - wallets
    lean = math.exp(m.values.payments.wallet_lean)
    of_new = lean * wallets / (lean * wallets + rest)
    opened = part(m, lambda c: c.accounts) - held
    return np.maximum(wallets + of_new * opened, 0.0)


def mean_of_kinds(m: Model, state: int) -> Array:
    """Share of firms of each country and kind that is expected to have a state, (n, 16)."""
    part, path = m.state.typical_firms.part, m.state.expected_path.astype(float)
    if state < 2:
        return path[:4].reshape(2, 2, m.n, 16)[state].mean(axis=0)
    upper = path[4:].reshape(2, 2, part.size, m.n, 16)[state - 2]
    return (upper * part[:, None, None]).sum(axis=1).mean(axis=0)


def firms_with(m: Model, state: int, kinds: range = range(16)) -> Array:
    """Share of a country's real firms: each representative firm speaks for its size and sector.

    What those do beyond what is expected counts as far as so many real firms would stray.
    """
    found = np.zeros(m.n)
    for row in range(m.n):
        here = m.firms.country == row
        real = m.real_firms[row] * np.isin(np.arange(16), kinds)
        for kind in kinds:
            states = m.firms.state[here & (m.firms.kind == kind)]
            share = ((states >> state) & 1).mean() if states.size else 0.0
            if state < 4:  # tools are counted as drawn
                mean, fewer = mean_of_kinds(m, state)[row, kind], m.real_firms[row, kind]
                share = mean + (share - mean) * min(1.0, states.size / fewer) ** 0.5
            found[row] += share * real[kind] / real.sum()
    return found


def incident_rate(m: Model) -> Array:
    p = m.values.security
    online, held = part(m, lambda c: c.online), part(m, lambda c: c.accounts)

    def shielded(c: Any) -> float:
        exposure = 1 + p.smart_city_exposure * c.smart_city * c.urban
        left = math.exp(-p.capacity_effect * c.security)
        return (
            p.rate
            * exposure
            * left
            * (1 - p.certification_effect * c.certification)
            * (1 - p.alliance_effect * c.alliance)
        )

    return agents(m, shielded) * np.sqrt(online * held)


def users_of(m: Model, wanted: Callable[[Any], bool]) -> Array:
    """Share of each country's users who are on the platforms wanted, (n,)."""
    rows = [platform.row for platform in m.platforms if wanted(platform)]
    return m.state.share[rows].sum(axis=0)


def is_market(platform: Any) -> bool:
    return platform.kind == Kind.MARKETPLACE


def hub_dependence(m: Model) -> Array:
    """A third each: marketplaces, payment rails and network equipment of the hub's jurisdiction."""
    bloc = m.bloc[m.row_of["CHN"]]
    markets = users_of(m, lambda p: is_market(p) and p.jurisdiction == bloc)
    rails = users_of(m, lambda p: not is_market(p) and p.jurisdiction == bloc)
    return (markets + rails + agents(m, lambda c: c.vendors[bloc])) / 3


def marketplace_hhi(m: Model) -> Array:
    rows = [platform.row for platform in m.platforms if is_market(platform)]
    squares = (m.state.share[rows] ** 2).sum(axis=0)
    return np.where(m.state.serves[rows].any(axis=0), squares, 1.0)


def distance_to_standard(m: Model) -> Array:
    """Mean distance to the countries of the bloc whose standard the policy aims at, here the EU."""
    return m.state.distance[:, m.bloc == 1].mean(axis=1)


COLUMN: dict[str, Callable[[Model], Array]] = {
    **{
        name: lambda m, name=name: agents(m, lambda c: getattr(c, name))  # type: ignore[misc]
        for name in (
            "population", "income", "mobile", "fixed", "five_g", "exports", "imports",
            "payment_cost", "payment_days", "trust", "security", "incidents", "stage", "debt",
            "gained", "home_sales", "payments_lost",
        )
    },
    "access": lambda m: agents(m, covered),
    "fixed_subscriptions": fixed_subscriptions,
    "basket": lambda m: agents(m, lambda c: 12 * c.basket / c.income),
    "affordable": lambda m: agents(m, can_afford),
    "internet_users": lambda m: part(m, lambda c: c.online),
    "online_poorest40": lambda m: part(m, lambda c: c.online, (0, 1)) / 0.4,
    "online_richest60": lambda m: part(m, lambda c: c.online, (2, 3, 4)) / 0.6,
    **{
        f"{name}_{of}": lambda m, column=column, of=of: of_sex(m, column, of)  # type: ignore[misc]
        for name, column in (("online", "online"), ("accounts", "accounts"))
        for of in ("women", "men")
    },
    "online_sex_gap": lambda m: of_sex(m, "online", "women") - of_sex(m, "online", "men"),
    "online_women_per_man": lambda m: (
        of_sex(m, "online", "women") / of_sex(m, "online", "men")),
    "accounts_sex_gap": lambda m: of_sex(m, "accounts", "women") - of_sex(m, "accounts", "men"),
    "online_urban": lambda m: part(m, lambda c: c.online, places="u") / agents(
        m, lambda c: c.urban),
    "online_rural": lambda m: part(m, lambda c: c.online, places="c") / agents(
        m, lambda c: max(1 - c.urban, 1e-9)),
    "skills": lambda m: part(m, lambda c: c.skills),
    "account_holders": lambda m: part(m, lambda c: c.accounts),
    "accounts_poorest40": lambda m: part(m, lambda c: c.accounts, (0, 1)) / 0.4,
    "accounts_richest60": lambda m: part(m, lambda c: c.accounts, (2, 3, 4)) / 0.6,
    "wallet_holders": wallet_holders,
    "payment_use": payment_use,
    **{f"settled_{bloc}": lambda m, bloc=bloc: settled(m, bloc) for bloc in ("hub", "us", "eu")},  # type: ignore[misc]
    "settlement_hhi": lambda m: agents(m, lambda c: sum(share * share for share in c.settled)),
    "online_buyers": lambda m: part(m, lambda c: c.online * c.accounts),
    "connected": lambda m: firms_with(m, 0),
    "acceptance": lambda m: firms_with(m, 1),
    "sellers": lambda m: firms_with(m, 2),
    "exporters": lambda m: firms_with(m, 3),
    "tools_small": lambda m: firms_with(m, 4, range(8)),
    "tools_large": lambda m: firms_with(m, 4, range(8, 16)),
    "trade_per_head": lambda m: agents(m, lambda c: (c.exports + c.imports) / c.population),
    "online_share": lambda m: agents(m, lambda c: c.online_share),
    "customs_days": lambda m: agents(
        m, lambda c: c.customs_days
        * (1 - 0.5 * m.values.trade.single_window_relief * c.single_window)),
    "incident_rate": incident_rate,
    "distance_to_hub": lambda m: m.state.distance[m.row_of["CHN"]],
    "distance_to_standard": distance_to_standard,
    "marketplaces": lambda m: m.state.serves[[p.row for p in m.platforms if is_market(p)]].sum(
        axis=0),
    "marketplace_hhi": marketplace_hhi,
    "vendor_hhi": lambda m: agents(m, lambda c: sum(share**2 for share in c.vendors)),
    "hub_dependence": hub_dependence,
}  # fmt: skip


# Outcomes of the world that are read after each step ---------------------------------------------


def small_firm_supply(m: Model) -> float:
    """Exporting firms by productivity and people employed: micro and small ones in all.

    What representative ones do beyond what is expected of country and size class counts as far
    as so many real firms would stray.
    """
    f, sold = m.firms, m.state.typical_firms.sold
    made = f.weights * f.productivity * (((f.state >> 3) & 1) == 1)
    drawn = np.zeros((m.n, 4))
    np.add.at(drawn, (f.country, f.kind // 4), made)
    path = m.state.expected_path[4:].astype(float).reshape(2, 2, sold.size, m.n, 16)[1]
    each = np.tensordot(sold, path.mean(axis=0), 1) * m.real_firms
    mean = each.reshape(m.n, 4, 4).sum(axis=2)
    seen = m.firm_counts > 0
    many = (m.real_firms * seen).reshape(m.n, 4, 4).sum(axis=2)
    few = m.firm_counts.reshape(m.n, 4, 4).sum(axis=2)
    luck = np.sqrt(np.minimum(1, np.divide(few, many, out=np.zeros_like(many), where=many > 0)))
    supply = (mean + luck * (drawn - mean)).sum(axis=0) * np.array([3, 20, 100, 600])
    return float(supply[:2].sum() / supply.sum())


EACH_STEP: dict[str, Callable[[Model], float]] = {
    "small_firm_supply": small_firm_supply,
    "hub_trade_share": lambda m: (
        m.countries[m.row_of["CHN"]].exports / sum(c.exports for c in m.countries)
    ),
    "fragmentation": lambda m: m.state.distance[~np.eye(m.n, dtype=bool)].mean(),
}
#: Numbers of firms and their productivity are kept in steps of 1/256.
TOLERANCE = {"small_firm_supply": 5e-3}


# Outcomes of the world that are worked out from the paths ----------------------------------------


@dataclass
class Raw:
    """What outcomes are worked out from: columns (steps, n), cells (steps, n, 20), and so on."""

    start: int
    per: int
    column: dict[str, Array]
    cells: dict[str, Array]
    bills: list[dict[str, Array]]
    cell_shares: Array
    groups: dict[str, NDArray[Any]]
    rich: NDArray[np.bool_]
    history: tuple[NDArray[np.int64], Array]
    partners: NDArray[np.bool_]

    def people(self, t: int) -> Array:
        return self.column["population"][t]

    def at(self, name: str, t: int) -> Array:
        return self.column[name][t]


def mean(x: Array, w: Array) -> float:
    return float((w * x).sum() / w.sum())


def gini(x: Array, w: Array) -> float:
    """Half the mean difference between any two persons, over the mean."""
    p = w / w.sum()
    return float((p[:, None] * p * np.abs(x[:, None] - x)).sum() / (2 * mean(x, w)))


def theil(x: Array, w: Array) -> float:
    r = x / mean(x, w)
    return sum(p * a * math.log(a) for p, a in zip(w / w.sum(), r, strict=True) if a > 0)


def theil_parts(x: Array, w: Array, labels: NDArray[Any]) -> tuple[float, float]:
    """Shares of Theil's T within groups and between their means (Shorrocks 1980)."""
    within = between = 0.0
    for group in set(labels.tolist()):
        mine = labels == group
        held = (w[mine] * x[mine]).sum() / (w * x).sum()
        within += held * theil(x[mine], w[mine])
        between += held * math.log(mean(x[mine], w[mine]) / mean(x, w))
    return within / theil(x, w), between / theil(x, w)


def lorenz(x: Array, w: Array, q: float) -> float:
    order = np.argsort(x)
    people = np.concatenate([[0.0], np.cumsum(w[order])]) / w.sum()
    held = np.concatenate([[0.0], np.cumsum((w * x)[order])]) / (w * x).sum()
    return float(np.interp(q, people, held))


def percentile(x: Array, w: Array, q: float) -> float:
    """Level of the person below whom the share q of all live."""
    below = 0.0
    for level, weight in sorted(zip(x.tolist(), w.tolist(), strict=True)):
        below += weight / w.sum()
        if below >= q:
            return level
    raise AssertionError(q)


def beta(raw: Raw, column: str, t: int) -> float:
    if t == 0:
        return 0.0
    first, now = np.log(raw.at(column, 0)), np.log(raw.at(column, t))
    return float(np.polyfit(first, (now - first) * raw.per / t, 1)[0])


def within_countries(raw: Raw, dimension: str, t: int) -> float:
    w = raw.people(t)[:, None] * raw.cell_shares
    country = np.arange(len(w)).repeat(20)
    return theil_parts(raw.cells[dimension][t].ravel(), w.ravel(), country)[0]


def between_sexes(raw: Raw, dimension: str, t: int) -> float:
    """Theil's T of each country's women and men at their means, weighted by what they hold."""
    people = raw.people(t)[:, None] * raw.cell_shares
    held = people * raw.cells[dimension][t]
    everything, found = held.sum(), 0.0
    for row in range(len(held)):
        sizes = np.array([people[row, sex::2].sum() for sex in (0, 1)])
        means = np.array([held[row, sex::2].sum() for sex in (0, 1)]) / sizes
        found += held[row].sum() / everything * theil(means, sizes)
    return found / theil(raw.cells[dimension][t].ravel(), people.ravel())


MEASURE: dict[str, Callable[[Array, Array], float]] = {
    "mean": mean,
    "gini": gini,
    "gini_unweighted": lambda x, w: gini(x, np.ones_like(x)),
    "gini_shortfall": lambda x, w: gini(1 - x, w),
    "theil": theil,
    "atkinson": lambda x, w: 1 - math.exp(mean(np.log(x), w)) / mean(x, w),
    "cv": lambda x, w: math.sqrt(mean((x - mean(x, w)) ** 2, w)) / mean(x, w),
    "sigma": lambda x, w: float(np.std(np.log(x))),
    "p90_p10_gap": lambda x, w: percentile(x, w, 0.9) - percentile(x, w, 0.1),
    "p90_p10_ratio": lambda x, w: percentile(x, w, 0.9) / percentile(x, w, 0.1),
    "palma": lambda x, w: (1 - lorenz(x, w, 0.9)) / lorenz(x, w, 0.4),
    "bottom40_share": lambda x, w: lorenz(x, w, 0.4),
    "wolfson": lambda x, w: (
        2 * (1 - 2 * lorenz(x, w, 0.5) - gini(x, w)) * mean(x, w) / percentile(x, w, 0.5)
    ),
}
DIMENSION = {
    "access": "access",
    "usage": "internet_users",
    "skills": "skills",
    "payments": "account_holders",
    "ecommerce": "trade_per_head",
}


def offline(raw: Raw, t: int) -> float:
    return sum(
        people * (1 - use)
        for people, use in zip(raw.people(t), raw.at("internet_users", t), strict=True)
    )


def years_behind(raw: Raw, t: int) -> float:
    """How long ago the mean of the high-income countries passed each country's level."""
    rich, (years, seen) = raw.rich, raw.history
    path: list[tuple[float, float]] = []
    for year, row in zip(years, seen, strict=True):
        people = raw.people(0)[rich]
        known = np.isfinite(row[rich])
        if year < raw.start and people[known].sum() > 0.8 * people.sum():
            path.append((float(year), mean(row[rich][known], people[known])))
    use, all_people = raw.column["internet_users"], raw.column["population"]
    path += [
        (raw.start + s / raw.per, mean(use[s, rich], all_people[s, rich])) for s in range(len(use))
    ]
    now, behind = raw.start + t / raw.per, []
    for level in use[t]:
        highest, when = path[0][1], path[0][0]
        passed = when if level <= highest else now
        for year, reached in path[1:]:
            if highest < level <= reached:
                passed = when + (year - when) * (level - highest) / (reached - highest)
            highest, when = max(highest, reached), year
        behind.append(max(0.0, now - passed))
    return mean(np.array(behind), raw.people(t))


def by_trade(raw: Raw, name: str, t: int) -> float:
    return mean(raw.at(name, t), raw.at("exports", t) + raw.at("imports", t))


def partners_settled(raw: Raw, t: int) -> float:
    """Of the hub's partners in the initiative, by what they trade."""
    trade = raw.at("exports", t) + raw.at("imports", t)
    return mean(raw.at("settled_hub", t), np.where(raw.partners, trade, 0.0))


def of_people(name: str) -> Callable[[Raw, int], float]:
    return lambda raw, t: mean(raw.at(name, t), raw.people(t))


def of_countries(name: str) -> Callable[[Raw, int], float]:
    return lambda raw, t: sum(raw.at(name, t)) / len(raw.at(name, t))


WORLD: dict[str, Callable[[Raw, int], float]] = {
    "people_offline": offline,
    "years_offline": lambda raw, t: sum(offline(raw, s) / raw.per for s in range(1, t + 1)),
    "affordable": of_people("affordable"),
    "years_behind": years_behind,
    "online_women": of_people("online_women"),
    "online_men": of_people("online_men"),
    "online_sex_gap": lambda raw, t: mean(
        raw.at("online_women", t) - raw.at("online_men", t), raw.people(t)
    ),
    "online_women_per_man": lambda raw, t: (
        sum(raw.at("online_women", t) * raw.people(t))
        / sum(raw.at("online_men", t) * raw.people(t))
    ),
    "accounts_women": of_people("accounts_women"),
    "accounts_men": of_people("accounts_men"),
    "accounts_sex_gap": lambda raw, t: mean(
        raw.at("accounts_women", t) - raw.at("accounts_men", t), raw.people(t)
    ),
    "tools_gap": lambda raw, t: mean(
        raw.at("tools_large", t) - raw.at("tools_small", t), raw.people(t)
    ),
    "ecommerce_value": lambda raw, t: sum(raw.at("exports", t)),
    "payment_cost": lambda raw, t: by_trade(raw, "payment_cost", t),
    "payment_days": lambda raw, t: by_trade(raw, "payment_days", t),
    **{
        name: lambda raw, t, name=name: by_trade(raw, name, t)  # type: ignore[misc]
        for name in ("settled_hub", "settled_us", "settled_eu")
    },
    "settled_hub_partners": partners_settled,
    "payments_lost": lambda raw, t: sum(raw.at("payments_lost", t)) / 2,
    "incidents": lambda raw, t: sum(raw.at("incidents", t)) * raw.per,
    "trust": of_people("trust"),
    "marketplace_hhi": of_countries("marketplace_hhi"),
    "vendor_hhi": of_countries("vendor_hhi"),
    "hub_dependence": of_countries("hub_dependence"),
    "debt": lambda raw, t: sum(raw.at("debt", t)),
    "spend": lambda raw, t: sum(
        float(usd) for bill in raw.bills[:t] for paid in bill.values() for usd in paid
    ),
    "income_gained": of_people("gained"),
    **{
        f"{dimension}_{name}": lambda raw, t, column=column, formula=formula: formula(  # type: ignore[misc]
            raw.at(column, t), raw.people(t)
        )
        for dimension, column in DIMENSION.items()
        for name, formula in MEASURE.items()
        if (dimension, name) != ("ecommerce", "gini_shortfall")  # not a share
    },
    **{
        f"{dimension}_theil_between_{by}": lambda raw, t, column=column, by=by: theil_parts(  # type: ignore[misc]
            raw.at(column, t), raw.people(t), raw.groups[by]
        )[1]
        for dimension, column in DIMENSION.items()
        for by in ("regions", "incomes", "bri")
    },
    **{
        f"{dimension}_beta": lambda raw, t, column=column: beta(raw, column, t)  # type: ignore[misc]
        for dimension, column in DIMENSION.items()
    },
    **{
        f"{dimension}_theil_within": lambda raw, t, dimension=dimension: within_countries(  # type: ignore[misc]
            raw, dimension, t
        )
        for dimension in ("usage", "skills", "payments")
    },
    **{
        f"{dimension}_theil_between_sexes": lambda raw, t, dimension=dimension: between_sexes(  # type: ignore[misc]
            raw, dimension, t
        )
        for dimension in ("usage", "skills", "payments")
    },
}


def test_every_outcome_and_column_has_a_formula_here() -> None:
    assert set(COLUMN) == set(COUNTRY)
    assert set(WORLD) | set(EACH_STEP) == set(OUTCOMES)
    assert not set(WORLD) & set(EACH_STEP)
    assert set(EACH_STEP) == {name for name, outcome in OUTCOMES.items() if outcome.each_step}


# On a run ----------------------------------------------------------------------------------------


@dataclass
class Watched:
    """A run that was stepped by hand, and what was worked out on the way."""

    raw: Raw
    recorded: dict[str, Array]
    table: dict[str, Array]
    columns: dict[int, dict[str, Array]]
    each_step: dict[str, list[float]]


@pytest.fixture(scope="module")
def watched() -> Watched:
    m = DigitalDivideModel(PLAN)
    m.state.countries.sex_gap[:] = np.linspace(-0.8, 0.4, m.n)
    columns: dict[int, dict[str, Array]] = {}
    each_step: dict[str, list[float]] = {name: [] for name in EACH_STEP}
    cells: dict[str, list[Array]] = {"usage": [], "skills": [], "payments": []}
    bills: list[dict[str, Array]] = []
    for t in range(PLAN.steps + 1):
        if t:
            m.step()
            bills.append({name: usd.copy() for name, usd in m.state.policy.spent.items()})
        for dimension, name in zip(cells, ("online", "skills", "accounts"), strict=True):
            cells[dimension].append(np.stack([getattr(c, name).copy() for c in m.countries]))
        for name, look in EACH_STEP.items():
            each_step[name].append(look(m))
        if t in MARKS:
            columns[t] = {name: np.array(work(m)) for name, work in COLUMN.items()}
    results = m.results()
    table = {
        name: results.country[name].to_numpy().reshape(PLAN.steps + 1, m.n) for name in COUNTRY
    }
    facts = m.world.table
    raw = Raw(
        start=PLAN.start,
        per=PLAN.steps_per_year,
        column=table,
        cells={name: np.stack(paths) for name, paths in cells.items()},
        bills=bills,
        cell_shares=np.array([np.ravel(shares(c.urban)) for c in m.countries]),
        groups={
            "regions": facts["region"].to_numpy(),
            "incomes": facts["income_group"].to_numpy(),
            "bri": facts["bri_member"].to_numpy(),
        },
        rich=(facts["income_group"] == "High income").to_numpy(),
        history=m.world.series("internet_users"),
        partners=(facts["bri_member"] & (facts.index != "CHN")).to_numpy(),
    )
    return Watched(raw, results.outcomes, table, columns, each_step)


@pytest.mark.parametrize("name", list(COUNTRY))
def test_country_column(name: str, watched: Watched) -> None:
    for t, expected in watched.columns.items():
        np.testing.assert_allclose(
            watched.table[name][t], expected[name], rtol=1e-9, atol=1e-12, err_msg=f"step {t}"
        )


@pytest.mark.parametrize("name", list(OUTCOMES))
def test_outcome_of_a_run(name: str, watched: Watched) -> None:
    if name in EACH_STEP:
        expected = watched.each_step[name]
    else:
        expected = [WORLD[name](watched.raw, t) for t in range(PLAN.steps + 1)]
    np.testing.assert_allclose(
        watched.recorded[name], expected, rtol=TOLERANCE.get(name, 1e-9), atol=1e-12
    )


def test_the_run_puts_something_into_every_figure(watched: Watched) -> None:
    """A formula that is only held against zeros proves nothing."""
    for name, path in watched.table.items():
        assert np.ptp(path) > 0, name
    for name, values in watched.recorded.items():
        assert np.ptp(values) > 0, name


# On a made-up world ------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[1, 2, 3])
def made_up(request: pytest.FixtureRequest) -> tuple[Raw, Paths]:
    """Seven countries over six steps that no run would give, as raw figures and as paths."""
    luck = np.random.default_rng(request.param)
    steps, n, start, per = 6, 7, 2010, 4
    column = {name: luck.uniform(0.05, 1.0, (steps, n)) for name in COUNTRY}
    column["population"] = luck.lognormal(15, 2, (steps, n))
    for name in ("exports", "imports", "debt", "trade_per_head"):
        column[name] = luck.lognormal(10, 2, (steps, n))
    column["stage"] *= 3
    cells = {name: luck.uniform(0.0, 1.0, (steps, n, 20)) for name in ("usage", "skills")}
    cells["payments"] = luck.uniform(0.0, 1.0, (steps, n, 20)).round(1)
    bills = [{"a": luck.uniform(0, 1e6, n), "b": luck.uniform(0, 1e6, n)} for _ in range(steps - 1)]
    bills[2] = {}
    cell_shares = luck.dirichlet(np.ones(20), n)
    groups = {
        "regions": np.array([0, 1, 2, 0, 1, 2, 0]),
        "incomes": np.array([0, 1, 1, 1, 0, 1, 1]),
        "bri": np.array([1, 0, 1, 1, 1, 0, 0]),
    }
    rich = np.array([True, False, False, True, True, False, False])
    years = np.arange(2000, 2011)
    seen = np.linspace(0.01, 0.4, 11)[:, None] * luck.uniform(0.5, 1.5, n)
    seen[3, :4] = seen[5, 1] = np.nan
    members = np.arange(len(rich)) % 3 > 0
    facts = {"income_group": np.where(rich, "High income", "Other"), "bri_member": members}
    codes = [f"X{k:02}" for k in range(len(rich))]
    codes[1] = "CHN"
    world = SimpleNamespace(
        iso3=tuple(codes), fact=facts.__getitem__, series=lambda name: (years, seen)
    )
    partners = members & (np.arange(len(rich)) != 1)
    raw = Raw(start, per, column, cells, bills, cell_shares, groups, rich, (years, seen), partners)
    paths = Paths(
        start,
        per,
        np.arange(len(column["population"])),
        column,
        cells,
        bills,
        cell_shares,
        groups,
        world,
    )  # type: ignore[arg-type]
    return raw, paths


@pytest.mark.parametrize("name", list(WORLD))
def test_outcome_of_a_made_up_world(name: str, made_up: tuple[Raw, Paths]) -> None:
    raw, paths = made_up
    expected = [WORLD[name](raw, t) for t in range(len(raw.column["population"]))]
    np.testing.assert_allclose(OUTCOMES[name].formula(paths), expected, rtol=1e-9, atol=1e-12)
