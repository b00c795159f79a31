"""How a run begins: the figures of the start year become the state of the model.

What is observed is taken as it is. What must be consistent inside the model (who within a country
is online, which firms sell) is derived from the national figure by the model's own equations.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive, trade_at_start
from divide.model.agents.country import CountryColumns
from divide.model.agents.firm import FirmPopulation
from divide.model.cells import QUINTILES, by_quintile, by_sex
from divide.model.constants import by_code, cell_shares
from divide.model.declare.frozen import frozen
from divide.model.extended import recorded
from divide.model.momentum import expected_rise, momentum
from divide.model.outcomes.record import Record
from divide.model.platforms_at_start import first_platforms
from divide.model.policy.programmes import PolicyState, first_programmes
from divide.model.processes import (
    adoption,
    affordability,
    corridors,
    diffusion,
    expected,
    firms,
    growth,
    infrastructure,
    payments,
    platforms,
    road,
    rules,
    settlement,
    tools,
    trade,
)
from divide.model.processes.coverage import local_margin
from divide.model.run import Run
from divide.model.scenario import Scenario
from divide.model.state import State
from divide.model.world import World
from divide.model.world.impute import expit, logit

Array = NDArray[np.float64]

#: Slope of log odds from one income quintile to the next where no survey says it (assumed).
QUINTILE_SLOPE = 0.35


def spread_over_cells(national: Array, offset: Array, shares: Array) -> Array:
    """Cell shares whose weighted mean is `national` and whose log odds differ by `offset`.

    Args:
        national: Share of the population, (n,).
        offset: Log odds of each cell less a level common to the country, (n, cells).
        shares: Share of people in each cell, (n, cells).
    """
    national = np.clip(national, 1e-4, 1 - 1e-4)
    base = np.log(national / (1 - national))
    low, high = base - 12, base + 12
    for _ in range(60):
        middle = (low + high) / 2
        cells = 1 / (1 + np.exp(-(middle[:, None] + offset)))
        above = (cells * shares).sum(axis=1) > national
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return cells


def by_income(slope: Array) -> Array:
    """Log odds of each cell that rise by `slope`, (n,), a quintile, (n, cells)."""
    return by_quintile(slope[:, None] * (np.arange(QUINTILES) - 2.0))


def yearly_change(years: NDArray[np.int64], values: Array) -> Array:
    """Mean yearly change from the first to the last figure, (T, n) -> (n,); NaN with under two."""
    seen = np.isfinite(values)
    first, last = seen.argmax(axis=0), len(seen) - 1 - seen[::-1].argmax(axis=0)
    each = np.arange(values.shape[1])
    with np.errstate(invalid="ignore"):  # under two figures leave nothing over nothing
        return (values[last, each] - values[first, each]) / (years[last] - years[first])


@lru_cache(maxsize=64)
def trend(world: World, name: str, years: int) -> Array:
    """Mean yearly growth of ln of a series over the last `years` years, (n,); 0 where unknown."""
    at, values = world.series(name)
    recent = at >= world.start - years
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(values[recent])
    return frozen(np.nan_to_num(yearly_change(at[recent], logs)))


#: Starts that are kept, the latest ones: runs of one future under several policies begin alike.
KEPT = 4
#: Most firms of a start that is kept.
MOST_FIRMS = 200_000
_kept: dict[tuple[Any, ...], tuple[State, Array]] = {}
_lock = Lock()


def initial_state(m: Run) -> State:
    """Give a run its state at the end of the start year.

    It hangs on the world and on all of the scenario but its policy and end. The last ones are kept
    as they were made, and a run like them is given a copy, bit for bit the same.
    """
    values = repr(sorted(m.plan.parameters.items()))  # to the last bit
    alike = type(m), m.world, values, *(getattr(m.plan, name) for name in _OF_START)
    with _lock:
        known = _kept.get(alike)
    if known is None:
        _begin(m)
        if m.plan.firms <= MOST_FIRMS:
            with _lock:
                _kept[alike] = m.state.copy(), m.cell_odds
                while len(_kept) > KEPT:
                    del _kept[next(iter(_kept))]
    else:
        m.state, m.cell_odds = known[0].copy(), known[1].copy()
        m.state.policy, m.state.record = _policy(m), _record(m)
    return m.state


#: What of a scenario its start hangs on, beside the parameters.
_OTHER = {"policy", "until", "parameters"}
_OF_START = tuple(item.name for item in fields(Scenario) if item.name not in _OTHER)


def _policy(m: Run) -> PolicyState:
    return first_programmes(m.plan.policy, m.plan.start + 1, m.dt, m.n)


def _record(m: Run) -> Record:
    return Record(m, recorded(m.plan.extensions))


def _begin(m: Run) -> None:
    plan = m.plan
    m.state = state = State(
        countries=CountryColumns(m.n),
        platforms=first_platforms(m.line_up, m.values, m.bloc, m.platform_ids, plan.draw),
        firms=_firms(m),
        policy=_policy(m),
        record=_record(m),
        serves=m.line_up.serves.copy(),
        share=np.zeros((plan.platforms, m.n)),
        typical_firms=_typical_firms(m),
        online_before=np.zeros((round(m.values.growth.lag / m.dt) + 1, m.n)),
    )
    _people(m)
    _networks(m)
    _rules_and_security(m)
    _go_online(m)
    _local_margins(m)
    infrastructure.begin(m)
    road.begin(m)
    state.countries.accounts[:] = accounts_at_start(m.world)
    _markets(m)


def _firms(m: Run) -> FirmPopulation:
    p = m.values.firms
    # Built in the order of the codes: a firm's luck does not hang on its country's row.
    return FirmPopulation.build(
        m.firm_counts,
        m.real_per_firm,
        m.plan.seed,
        productivity_shape=p.productivity_tail,
        productivity_cap=p.productivity_cap,
        skill_mean=firm_skill(m),
        skill_spread=p.skill_spread,
        order=by_code(m.iso3),
    )


def firm_skill(m: Run) -> Array:
    """Mean skill of a country's firms, share, (n,): that of its people."""
    # A copy may be written, so that the loop need not be compiled for arrays that may not.
    return np.clip(m.national(skills_at_start(m.world).copy()), 0.05, 0.95)


def _typical_firms(m: Run) -> expected.Typical:
    p = m.values.firms
    return expected.typical(firm_skill(m), p.skill_spread, p.productivity_tail, p.productivity_cap)


def _people(m: Run) -> None:
    world, v, c, p = m.world, m.world.values, m.state.countries, m.values.growth
    c.population[:], c.urban[:], c.income[:] = v["population"], v["urban"], v["income"]
    c.spread[:] = m.income_spread
    own = np.clip(trend(world, "income", 10), -0.02, 0.08)
    c.growth[:] = p.trend_weight * own + (1 - p.trend_weight) * p.long_run
    c.population_growth[:] = np.clip(trend(world, "population", 5), -0.01, 0.04)
    c.schooling[:] = np.clip(v["secondary_enrolment"], 0, 1)
    c.schooling_years[:] = v["schooling_years"]
    c.skills[:] = skills_at_start(world)


def _networks(m: Run) -> None:
    world, v, c, p = m.world, m.world.values, m.state.countries, m.values.infrastructure
    online = level_at_start(m)
    c.mobile[:], c.narrowband[:] = covered(v, online)
    c.electricity[:] = np.clip(np.maximum(v["electricity"], online / 0.96), 0, 1)
    c.fixed[:] = np.clip(v["coverage_fixed"], 0, 0.99)
    c.five_g[:] = np.minimum(v["coverage_5g"], c.mobile)
    sparse = np.log(world.fact("area_km2").astype(float) / c.population)
    sparse = (sparse - sparse.mean()) / sparse.std()
    eta = p.remoteness + p.remoteness_rural * (0.5 - c.urban) + p.remoteness_density * sparse
    c.remoteness[:] = np.clip(eta, 0.15, 0.85)
    c.backbone[:] = np.sqrt(c.fixed)
    c.routes[:] = np.maximum(v["routes"], 1.0)
    secure = np.clip(v["secure_servers"], 0, None)
    c.data_centres[:] = 0.5 * np.log1p(secure / 100)
    c.basket[:] = v["basket_price"] * c.income / 12
    c.egovernment[:] = np.clip(v["egov"], 0, 1)
    m.state.wholesale = affordability.wholesale(
        c.routes, c.backbone, c.data_centres, m.values.affordability.pick(affordability.Terms)
    )


def covered(v: Mapping[str, Array], online: Array) -> tuple[Array, Array]:
    """Shares covered by mobile broadband and by any mobile network, (n,) each.

    Nobody is online without a network: imputed coverage gives way to observed use.
    """
    mobile = np.clip(np.maximum(v["coverage_mobile"], online / 0.96), 0, 0.999)
    return mobile, np.clip(np.maximum(v["coverage_2g"], mobile), 0, 0.999)


def _local_margins(m: Run) -> None:
    """How much better networks pay where a draw covers more people than is expected, see there."""
    c, base = m.state.countries, m.state.base
    mobile, narrowband = covered(m.world.expected or m.world.values, level_at_start(m))
    broad = local_margin(c.mobile, mobile, c.remoteness)
    base["pays"] = np.exp(broad)
    base["narrow"] = local_margin(c.narrowband, narrowband, c.remoteness) - broad


def _rules_and_security(m: Run) -> None:
    world, v, c = m.world, m.world.values, m.state.countries
    capacity = np.clip(v["government_ict"], 0, 1)
    # No shipped index covers the four domains: each mixes two public-sector indices (assumed).
    c.rules[:, 0] = 0.7 * capacity + 0.3 * c.egovernment
    c.rules[:, 1] = 0.5 * capacity + 0.5 * np.clip(v["accounts"], 0, 1)
    c.rules[:, 2] = 0.5 * capacity + 0.5 * np.clip(v["logistics"], 0, 1)
    c.rules[:, 3] = 0.6 * capacity + 0.4 * c.egovernment
    lean = np.full((m.n, 4), 0.1)
    lean[np.arange(m.n), m.bloc] = 0.7
    c.standard[:] = lean
    c.localisation[:] = m.localisation_norm
    c.stages[:, 0] = 1.0
    rules.agree(c, world.fact("stage"))
    c.security[:] = np.clip(0.2 + 0.7 * capacity, 0, 1)
    c.trust[:] = np.clip(0.3 + 0.4 * capacity, 0, 1)
    m.state.trust_norm = c.trust.copy()
    c.logistics[:] = np.clip(v["logistics"], 0, 1)
    c.customs_days[:] = customs_days_at_start(world)
    c.interoperability[:] = 0.2 + 0.4 * capacity
    c.bridge[:] = 0.1 * world.fact("mbridge")
    c.bridge[m.hub] = c.single_window[m.hub] = c.traceability[m.hub] = c.data_space[m.hub] = 1.0
    raised = (
        "interoperability",
        "bridge",
        "wallet_support",
        "alliance",
        "certification",
        "single_window",
        "traceability",
        "data_space",
        "routes",
    )
    m.state.base = {name: getattr(c, name).copy() for name in raised}
    # Vendors: home of the network equipment, by leaning of the rules (assumed).
    c.vendors[:] = 0.5 * c.standard + 0.5 * np.array([0.4, 0.3, 0.2, 0.1])


def observed_level(world: World) -> Array:
    """Share online by the figures of the start, within what the equations take, (n,)."""
    return np.clip(world.values["internet_users"], 1e-3, 0.995)


def level_at_start(m: Run) -> Array:
    """Share online at the start, (n,): as observed, in a predictive draw less an error of it."""
    level = observed_level(m.world)
    if not m.plan.draw:
        return level
    sd = m.values.adoption.observation_error
    error = predictive.observation_error(m.plan.draw, 0, m.ids, sd)
    return expit(logit(level) + error)


def _go_online(m: Run) -> None:
    """The cells, potentials and country effects at the start (see `diffusion.start`)."""
    c, p, s, v = m.state.countries, m.values.adoption, m.state, m.world.values
    past = momentum(m.world, int(p.momentum_years))
    rise = expected_rise(past, observed_level(m.world), p.momentum_weight)
    if m.plan.draw:
        rise = rise * predictive.rise_factor(m.plan.draw, m.ids, p.rise_error)
    level = level_at_start(m)
    c.handset_help[:] = 0.0
    s.acceptance_at_start, s.marketplaces_at_start = np.zeros(m.n), np.zeros(m.n)
    m.cell_odds = adoption.odds_by_cell(m.income_factor, p)
    s.base |= {"paid": affordability.paid(m), "skills": c.skills.copy()}
    skilled = np.ones_like(c.skills)
    found = diffusion.start(
        level, rise, past.early, v["women_per_man"], adoption.within_reach(m), m.cell_odds, skilled,
        m.cell_shares, m.neighbours, diffusion.rates(p),
    )  # fmt: skip
    total, c.lift[:], c.sex_gap[:], c.online[:], c.potential[:] = found
    c.effect[:] = total - adoption.log_odds(adoption.drivers(m), p)
    s.effect_norm = mean_under_way(c.effect, level)


def mean_under_way(effect: Array, level: Array) -> float:
    """Mean effect of the countries of which 1 to 90 % are online: others say little of it."""
    under_way = (level > 0.01) & (level < 0.9)
    return float(effect[under_way].mean() if under_way.any() else effect.mean())


@lru_cache(maxsize=64)
def skills_at_start(world: World) -> Array:
    """People with basic digital skills by cell, (n, cells); women and men alike (assumed)."""
    v = world.values
    slope = np.full(len(world.iso3), QUINTILE_SLOPE)
    return frozen(spread_over_cells(v["skills"], by_income(slope), cell_shares(v["urban"])))


@lru_cache(maxsize=64)
def customs_days_at_start(world: World) -> Array:
    """Days at a border and with its papers, mean of exports and imports, (n,); an hour at least."""
    hours = [
        world.values[f"{kind}_hours_{side}"]
        for side in ("export", "import")
        for kind in ("border", "documentary")
    ]
    return frozen(np.maximum(np.sum(hours, axis=0) / 2, 1.0) / 24)


@lru_cache(maxsize=64)
def accounts_at_start(world: World) -> Array:
    """Account holders by cell, (n, cells), as the survey says of rich and poor, women and men.

    Log odds rise with the quintile as from the poorest 40 to the richest 60 %, and differ between
    women and men of a cell as those of all women and all men do.
    """
    v = world.values

    def logit(name: str) -> Array:
        share = np.clip(v[name], 0.01, 0.99)
        return np.log(share / (1 - share))

    slope = (logit("accounts_richest60") - logit("accounts_poorest40")) / 2.5
    gap = logit("accounts_women") - logit("accounts_men")
    offset = by_income(np.clip(slope, 0, 2)) + by_sex(gap / 2, -gap / 2)
    return frozen(spread_over_cells(v["accounts"], offset, cell_shares(v["urban"])))


def _markets(m: Run) -> None:
    """Rules, corridors, platforms, firms and trade, each from those before it."""
    s, c = m.state, m.state.countries
    rules.update_distance(m)
    corridors.reprice(m)
    s.spending = trade.online_spending(m)
    trade.update_frictions(m)
    s.access = s.access_at_start = np.ones(m.n)
    platforms.compete(m, 0.0)
    firms.begin(m)
    trade_at_start.begin(m)
    s.access_at_start = s.access.copy()
    m.state.payment_drivers = payments.drivers(m)
    s.account_odds = c.accounts / (1 - c.accounts)
    platforms.compete(m, 0.0)
    corridors.reprice(m)  # the prices of before, now that it is known who trades
    settlement.settle(m)
    s.acceptance_at_start = c.acceptance.copy()
    s.marketplaces_at_start = c.marketplaces.copy()
    s.online_before[:] = m.national(c.online)
    s.accounts_before = m.national(c.accounts)
    s.cloud, s.export_margin = tools.reach(m), growth.export_margin(m)
