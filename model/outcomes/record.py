"""Recording: what is kept after each step, and the tables made of it.

Recording reads the state and never writes it, so recording more or less changes no result. Each
step keeps the country columns; the measures of the divide are computed from them in one pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.cells import sums
from divide.model.outcomes import measures
from divide.model.outcomes.declared import COUNTRY, DIMENSIONS, OUTCOMES
from divide.model.processes import adoption, affordability, payments, security, trade
from divide.model.processes.adoption import reach_by_place
from divide.model.processes.firms import EMPLOYED
from divide.model.run import Run
from divide.model.state import Recorded

Array = NDArray[np.float64]

#: Cell columns kept for the divide inside countries, by dimension.
CELLS = {"usage": "online", "skills": "skills", "payments": "accounts"}
PLATFORM = ("fee", "openness", "users", "sellers", "volume", "reach")


class Record:
    """The country, platform and policy columns after each step, the start included."""

    def __init__(self, m: Run) -> None:
        steps = m.plan.steps + 1
        self.done = 0
        self.countries = np.full((len(COUNTRY), steps, m.n), np.nan)
        self.cells = np.full((len(CELLS), steps, m.n, 10), np.nan)
        self.platforms = np.full((len(PLATFORM), steps, m.plan.platforms), np.nan)
        self.world = np.full((3, steps), np.nan)
        # Distance to every bloc: a fork may align to another bloc than its trunk.
        self.blocs = np.full((len(AXES["jurisdiction"]), steps, m.n), np.nan)
        self.spent: list[dict[str, Array]] = []

    def copy(self) -> "Record":
        """An independent copy."""
        other = Record.__new__(Record)
        other.done = self.done
        other.countries, other.cells = self.countries.copy(), self.cells.copy()
        other.platforms, other.world = self.platforms.copy(), self.world.copy()
        other.blocs = self.blocs.copy()
        other.spent = list(self.spent)
        return other

    def resized(self, steps: int) -> "Record":
        """The same record with room for `steps` steps after the start."""
        extra = steps + 1 - self.countries.shape[1]
        if extra > 0:
            self.countries = _longer(self.countries, extra, 1)
            self.cells = _longer(self.cells, extra, 1)
            self.platforms = _longer(self.platforms, extra, 1)
            self.world = _longer(self.world, extra, 1)
            self.blocs = _longer(self.blocs, extra, 1)
        return self


def _longer(array: Array, extra: int, axis: int) -> Array:
    shape = list(array.shape)
    shape[axis] = extra
    return np.concatenate([array, np.full(shape, np.nan)], axis=axis)


def observe(m: Run) -> None:
    """Keep the columns of the step just finished."""
    s = m.state
    record, c = s.record, s.countries
    if record.done >= record.countries.shape[1]:  # stepped beyond the scenario's end, by hand
        record.resized(2 * record.done)
    t = record.done
    record.countries[:, t] = list(country_columns(m).values())
    record.blocs[:, t] = c.to_blocs.T
    for k, name in enumerate(CELLS.values()):
        record.cells[k, t] = getattr(c, name)
    for k, name in enumerate(PLATFORM):
        record.platforms[k, t] = getattr(s.platforms, name)
    supply = s.capacity.sum(axis=0) * EMPLOYED
    record.world[:, t] = (
        float(supply[:2].sum()) / max(float(supply.sum()), 1.0),
        c.exports[m.hub] / max(c.exports.sum(), 1.0),
        s.fragmentation,
    )
    if t:
        record.spent.append(s.policy.spent)  # a step makes it anew, so it can be kept as it is
    record.done = t + 1


def follow_standard(m: Run) -> None:
    """Tell the past of a fork by the standard that the fork aligns to."""
    row = list(COUNTRY).index("distance_to_standard")
    m.state.record.countries[row] = m.state.record.blocs[m.aim]


def check_finite(record: Recorded, iso3: tuple[str, ...]) -> None:
    """Raise FloatingPointError, naming column, country and step, if a record is not finite."""
    wrong = np.argwhere(~np.isfinite(record.countries[:, : record.done]))
    if wrong.size:
        column, step, row = wrong[0]
        name = list(COUNTRY)[column]
        raise FloatingPointError(f"{name} of {iso3[row]} is not finite after step {step}")


def country_columns(m: Run) -> dict[str, Array]:
    """The columns of the country table, in the order of `COUNTRY`, (n,) each."""
    s, c, cells = m.state, m.state.countries, m.cell_shares
    network = np.maximum(c.mobile, c.fixed)
    reach = reach_by_place(np.minimum(network, c.electricity), c.urban)
    online = c.online * cells  # share of a country's people who are online and of the cell
    users, poor_users, rich_users, city_users, rural_users = sums(online)
    _, poor_holders, rich_holders, _, _ = sums(c.accounts * cells)
    buyers = sums(online * c.accounts)[0]
    firms = m.firm_shares()
    columns = {
        "population": c.population,
        "income": c.income,
        "access": np.minimum(m.national(reach), 1.0),
        "mobile": c.mobile,
        "fixed": c.fixed,
        "fixed_subscriptions": adoption.subscriptions(m),
        "five_g": c.five_g,
        "basket": c.basket * 12 / c.income,
        "affordable": affordability.within_official_share(m),
        "internet_users": users,
        "online_poorest40": poor_users / 0.4,
        "online_richest60": rich_users / 0.6,
        "online_urban": city_users / np.maximum(c.urban, 1e-9),
        "online_rural": rural_users / np.maximum(1 - c.urban, 1e-9),
        "skills": m.national(c.skills),
        "account_holders": m.national(c.accounts),
        "accounts_poorest40": poor_holders / 0.4,
        "accounts_richest60": rich_holders / 0.6,
        "wallet_holders": payments.wallet_holders(m),
        "online_buyers": buyers,
        "connected": firms[0],
        "acceptance": firms[1],
        "sellers": firms[2],
        "exporters": firms[3],
        "exports": c.exports,
        "imports": c.imports,
        "trade_per_head": (c.exports + c.imports) / c.population,
        "payment_cost": c.payment_cost,
        "payment_days": c.payment_days,
        "customs_days": trade.border_days(m),
        "trust": c.trust,
        "security": c.security,
        "incidents": c.incidents,
        "incident_rate": security.incident_rate(m),
        "stage": c.stage,
        "distance_to_hub": s.distance[:, m.hub],
        "distance_to_standard": c.to_blocs[:, m.aim],
        "marketplaces": c.marketplaces,
        "marketplace_hhi": c.marketplace_hhi,
        "vendor_hhi": (c.vendors**2).sum(axis=1),
        "hub_dependence": (2 * c.hub_platforms + c.vendors[:, m.bloc[m.hub]]) / 3,
        "debt": c.debt,
        "gained": c.gained,
    }
    return {name: columns[name] for name in COUNTRY}


@dataclass(frozen=True, eq=False)
class Results:
    """The tables of a run; each is made when first asked for.

    Attributes:
        outcomes: Outcome by name, (steps + 1,), the start first.
        years: Calendar year of each record; quarters: 1-4.
    """

    m: Run
    outcomes: dict[str, Array]
    years: NDArray[np.int64] = field(repr=False)
    quarters: NDArray[np.int64] = field(repr=False)

    @cached_property
    def model(self) -> pd.DataFrame:
        """One row a quarter: year, quarter and every outcome of `OUTCOMES`."""
        return pd.DataFrame({"year": self.years, "quarter": self.quarters, **self.outcomes})

    @cached_property
    def country(self) -> pd.DataFrame:
        """One row a country and quarter: iso3, year, quarter and the columns of `COUNTRY`."""
        m, n = self.m, self.m.n
        data = m.state.record.countries[:, : len(self.years)]
        columns = {name: data[k].ravel() for k, name in enumerate(COUNTRY)}
        keys = {
            "iso3": np.tile(m.iso3, len(self.years)),
            "year": np.repeat(self.years, n),
            "quarter": np.repeat(self.quarters, n),
        }
        return pd.DataFrame({**keys, **columns})

    @cached_property
    def group(self) -> pd.DataFrame:
        """One row a group and step: population-weighted means of the dimensions and more."""
        frame, table = self.country, self.m.world.table
        labels = {
            "region": table["region"].to_numpy(),
            "income_group": table["income_group"].to_numpy(),
            "bri": np.where(table["bri_member"], "BRI members", "Others"),
        }
        means = [*(column for column, _ in DIMENSIONS.values()), "income"]
        weight = frame["population"].to_numpy()
        added = frame[means].mul(weight, axis=0)
        added[["debt", "exports"]] = frame[["debt", "exports"]]
        added["population"] = weight
        # Whole numbers stand for steps and groups: they sort like them, and faster.
        steps = len(self.years)
        parts = []
        for grouping, label in labels.items():
            names, group = np.unique(label.astype(str), return_inverse=True)
            keys = group * steps + np.arange(steps)[:, None]
            sums = added.groupby(keys.ravel(), sort=True).sum()
            sums[means] = sums[means].div(sums["population"], axis=0)
            group, step = np.divmod(sums.index.to_numpy(), steps)
            sums.insert(0, "group", names[group])
            sums.insert(1, "year", self.years[step])
            sums.insert(2, "quarter", self.quarters[step])
            sums.insert(3, "grouping", grouping)
            parts.append(sums)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def platform(self) -> pd.DataFrame:
        """One row a platform and quarter: what it charges, whom it serves, its volume."""
        m = self.m
        data = m.state.record.platforms[:, : len(self.years)]
        count = m.plan.platforms
        keys = {
            "platform": np.tile(m.platform_names, len(self.years)),
            "year": np.repeat(self.years, count),
            "quarter": np.repeat(self.quarters, count),
        }
        return pd.DataFrame({**keys, **{k: data[i].ravel() for i, k in enumerate(PLATFORM)}})

    @cached_property
    def spend(self) -> pd.DataFrame:
        """One row a lever, country and quarter with spending: iso3, year, quarter, lever, usd."""
        columns = ["lever", "iso3", "year", "quarter", "usd"]
        steps = enumerate(self.m.state.record.spent[: len(self.years) - 1], start=1)
        bills = [(t, name, usd) for t, spent in steps for name, usd in spent.items()]
        if not bills:
            return pd.DataFrame(columns=columns)
        table = np.array([usd for _, _, usd in bills])
        bill, row = np.nonzero(table > 0)
        lever = np.array([name for _, name, _ in bills])[bill]
        t = np.array([t for t, _, _ in bills])[bill]
        code, usd = np.array(self.m.iso3)[row], table[bill, row]
        values = (lever, code, self.years[t], self.quarters[t], usd)
        return pd.DataFrame(dict(zip(columns, values, strict=True)))


def results(m: Run) -> Results:
    """Every outcome of `OUTCOMES` after each step so far."""
    record = m.state.record
    t = record.done
    step = np.arange(t)
    per = m.plan.steps_per_year
    years = m.plan.start + -(-step // per)
    quarters = ((step - 1) % per) * 4 // per + 1
    columns = {
        name: np.ascontiguousarray(record.countries[k, :t]) for k, name in enumerate(COUNTRY)
    }
    found: dict[str, Array] = {}
    people = columns["population"]
    groups = {name: Grouping(labels, people) for name, labels in m.groups.items()}
    for dimension, (column, _) in DIMENSIONS.items():
        found.update(_divide(dimension, columns[column], people, groups, step / per))
    w = (people[:, :, None] * m.cell_shares).reshape(t, -1)
    for k, dimension in enumerate(CELLS):
        x = record.cells[k, :t].reshape(t, -1)
        parts = measures.theil_decompositions(x, w, np.repeat(np.arange(m.n), 10))
        found[f"{dimension}_theil_within"] = _ratio(parts[:, 1], parts[:, 0])
    found.update(_others(m, columns, record))
    return Results(m, {name: found[name] for name in OUTCOMES}, years, quarters)


def _ratio(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


def _divide(
    dimension: str, x: Array, w: Array, groups: dict[str, "Grouping"], elapsed: Array
) -> dict[str, Array]:
    """The measures of one dimension, (steps,) each."""
    profiles = measures.divide_profiles(x, w, costly=False)
    profile = dict(zip(measures.DIVIDE_MEASURES, profiles.T, strict=True))
    gini_unweighted, sigma = _unweighted(x)
    made = {
        "mean": profile["mean"],
        "gini": profile["gini"],
        "gini_unweighted": gini_unweighted,
        "gini_shortfall": profile["gini_shortfall"],
        "theil": profile["theil"],
        "atkinson": profile["atkinson_100"],
        "cv": profile["cv"],
        "sigma": sigma,
        "p90_p10_gap": profile["p90_p10_gap"],
        "p90_p10_ratio": profile["p90_p10_ratio"],
        "palma": profile["palma"],
        "bottom40_share": profile["bottom40_share"],
        "wolfson": profile["wolfson"],
    }
    held = w * x
    for name, grouping in groups.items():
        made[f"theil_between_{name}"] = _ratio(grouping.theil_between(held), profile["theil"])
    slopes = np.zeros(len(x))
    logs = np.log(np.maximum(x, 1e-12))
    centred = logs[0] - logs[0].mean()
    variance = (centred**2).sum()
    if variance > 0:
        slopes[1:] = ((logs[1:] - logs[0]) @ centred) / variance / elapsed[1:]
    made["beta"] = slopes
    return {f"{dimension}_{name}": value for name, value in made.items()}


def _unweighted(x: Array) -> tuple[Array, Array]:
    """Gini and standard deviation of logs with each country counted once, (steps,) each.

    The same formulas as in `measures`, which would work out 18 more.
    """
    x = np.sort(x, axis=1)
    below = np.arange(1, x.shape[1]) / x.shape[1]
    half_difference = (below * (1 - below) * np.diff(x, axis=1)).sum(axis=1)
    mean = x.mean(axis=1)
    logs = np.log(np.where(x[:, :1] > 0, x, np.nan))
    return half_difference / np.where(mean > 0, mean, np.nan), logs.std(axis=1)


class Grouping:
    """Countries in groups, and the share of the world's people in each, (steps, groups).

    Args:
        labels: Group of each country, (n,).
        people: Their population, (steps, n).
    """

    def __init__(self, labels: NDArray[np.int64], people: Array) -> None:
        self.order = np.argsort(labels, kind="stable")
        self.first = np.flatnonzero(np.diff(labels[self.order], prepend=-1))
        self.people = self.sums(people)
        self.people /= self.people.sum(axis=1, keepdims=True)

    def sums(self, x: Array) -> Array:
        """Sum of `x`, (steps, n), over the countries of each group, (steps, groups)."""
        return np.add.reduceat(x[:, self.order], self.first, axis=1)

    def theil_between(self, held: Array) -> Array:
        """Theil index of the groups' means, (steps,): sum_g s_g ln(s_g / n_g), as in `measures`.

        Args:
            held: What each country holds in all, (steps, n).
        """
        share = self.sums(held)
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)  # a world may hold nothing
        logs = np.log(np.where(share > 0, share, self.people) / self.people)
        return np.maximum((share * logs).sum(axis=1), 0.0)


def _others(m: Run, columns: dict[str, Array], record: Recorded) -> dict[str, Array]:
    """The outcomes that are not measures of one dimension, (steps,) each."""
    t = record.done
    people = columns["population"]
    weight = people / people.sum(axis=1, keepdims=True)
    value = columns["exports"] + columns["imports"]
    by_value = value / np.maximum(value.sum(axis=1, keepdims=True), 1e-300)
    spent = [_total(step.values()) for step in record.spent[: t - 1]]
    return {
        "people_offline": (people * (1 - columns["internet_users"])).sum(axis=1),
        "years_offline": _since_start(
            (people * (1 - columns["internet_users"])).sum(axis=1) / m.plan.steps_per_year
        ),
        "affordable": (weight * columns["affordable"]).sum(axis=1),
        "years_behind": years_behind(m, columns, weight),
        "small_firm_supply": record.world[0, :t],
        "ecommerce_value": columns["exports"].sum(axis=1),
        "hub_trade_share": record.world[1, :t],
        "payment_cost": (by_value * columns["payment_cost"]).sum(axis=1),
        "payment_days": (by_value * columns["payment_days"]).sum(axis=1),
        "incidents": columns["incidents"].sum(axis=1) * m.plan.steps_per_year,
        "trust": (weight * columns["trust"]).sum(axis=1),
        "marketplace_hhi": columns["marketplace_hhi"].mean(axis=1),
        "vendor_hhi": columns["vendor_hhi"].mean(axis=1),
        "hub_dependence": columns["hub_dependence"].mean(axis=1),
        "fragmentation": record.world[2, :t],
        "debt": columns["debt"].sum(axis=1),
        "spend": _since_start(np.array([0.0, *spent])),
        "income_gained": (weight * columns["gained"]).sum(axis=1),
    }


def _total(bills: Iterable[Array]) -> float:
    """Sum over levers and countries, US$."""
    rows = list(bills)
    return sum(np.concatenate(rows).reshape(len(rows), -1).sum(axis=1).tolist()) if rows else 0.0


def _since_start(flow: Array) -> Array:
    """Sum of what each step after the start added, (steps,)."""
    return np.concatenate([[0.0], np.cumsum(flow[1:])])


def years_behind(m: Run, columns: dict[str, Array], weight: Array) -> Array:
    """Mean years since the high-income mean of internet use passed each country's level, (steps,).

    The reference path is observed to the start and modelled after it. Countries that are ahead
    count zero; a country below the first observed level counts the whole length of the path.
    """
    high = m.world.fact("income_group") == "High income"
    years, seen = m.world.series("internet_users")
    people = columns["population"]
    past = np.where(np.isfinite(seen[:, high]), seen[:, high], np.nan)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(past) * people[0, high]
        path = np.nansum(past * people[0, high], axis=1) / np.maximum(known.sum(axis=1), 1)
    keep = known.sum(axis=1) > 0.8 * people[0, high].sum()
    use = columns["internet_users"]
    modelled = (use[:, high] * people[:, high]).sum(axis=1) / people[:, high].sum(axis=1)
    at = m.plan.start + np.arange(len(use)) / m.plan.steps_per_year
    times = np.concatenate([years[keep & (years < m.plan.start)], at])
    levels = np.maximum.accumulate(np.concatenate([path[keep & (years < m.plan.start)], modelled]))
    passed = np.interp(use, levels, times)
    behind = np.maximum(0.0, at[:, None] - passed)
    return (behind * weight).sum(axis=1)
