"""Replay of natural experiments: the model under the shock that a study saw, and its estimand.

Each experiment of `experiments.yaml` is imposed on the model and measured against a run that
differs in nothing else, same seed included. Half of the studies may set a parameter ("fit"); the
others are only compared ("test").

    python -m divide.calibration.replay              the table
    python -m divide.calibration.replay --write      docs/replay.md as well
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from divide.experiments.carry.calls import Workers
from divide.experiments.text.markdown import table
from divide.model import DigitalDivideModel, Scenario
from divide.model.cells import CITY, COUNTRYSIDE, PLACE, QUINTILE
from divide.model.declare.parameters import parameters
from divide.model.declare.yamlfile import read_yaml
from divide.model.model import PROCESSES, Process
from divide.model.policy.policy import LeverUse, Policy
from divide.model.processes import adoption, corridors, payments, trade
from divide.model.processes.adoption import city_and_countryside
from divide.model.run import Run
from divide.model.world import World, load_world

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Settings = Mapping[str, float]
Figures = dict[str, float]

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "replay.md"
SEEDS = (1, 2, 3, 4)
PAIRS = 24


# What was found and by whom ------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One figure of a study and how the model's is judged.

    Attributes:
        interval: Lowest and highest value that agrees with the study; None to show only.
        least: In a sign test, the smallest effect that counts.
        interval_from: "study", or "assumed" and how.
        parameter: The declared parameter that moves it.
    """

    label: str
    unit: str
    estimate: float | str | None = None
    interval: tuple[float, float] | None = None
    least: float = 0.0
    interval_from: str = ""
    parameter: str | None = None

    def passes(self, value: float) -> bool | None:
        """Whether a value agrees with the study; None if it is not judged."""
        if self.interval is None:
            return None
        low, high = self.interval
        return bool(low <= value <= high and abs(value) >= self.least)


@dataclass(frozen=True)
class Experiment:
    """One study: what was estimated, what is imposed on the model, what it may be used for."""

    title: str
    study: str
    read: str
    estimate: str
    use: Literal["fit", "test"]
    imposed: str
    remark: str
    measures: Mapping[str, Measure] = field(default_factory=dict)


def _measure(entry: Mapping[str, Any]) -> Measure:
    fields = dict(entry)
    if "interval" in fields:
        low, high = fields["interval"]
        fields["interval"] = (float(low), float(high))
    return Measure(**fields)


@cache
def experiments() -> dict[str, Experiment]:
    """The experiments by name.

    Raises:
        ValueError: One is used for something else than "fit" or "test", or judges by a parameter
            that the model does not declare.
    """
    found = {}
    for name, entry in read_yaml(HERE / "experiments.yaml").items():
        measures = {key: _measure(value) for key, value in entry["measures"].items()}
        found[name] = Experiment(**{**entry, "measures": measures})
        if found[name].use not in ("fit", "test"):
            raise ValueError(f"experiment {name}: use {found[name].use!r}; allowed: fit, test")
        for key, measure in measures.items():
            if measure.parameter is not None and measure.parameter not in parameters():
                raise ValueError(f"{name}.{key}: no parameter {measure.parameter!r}")
    return found


# Running the model under a shock -------------------------------------------------------------


def run(
    start: int,
    years: int,
    settings: Settings,
    *,
    seed: int = 1,
    after: Mapping[Process, Process] | None = None,
    first: Process | None = None,
    policy: Policy | None = None,
    firm_count: int = 3_200,
    world: World | None = None,
) -> DigitalDivideModel:
    """The model, run for some years.

    Args:
        start: Year at whose end the run begins.
        years: How long it runs; 0 builds it only.
        settings: Parameter values that differ from the declarations.
        seed: Seed of all random numbers.
        after: Process to insert behind each process named.
        first: Process to insert before all others.
        policy: The status quo if not given.
        firm_count: Representative firms.
        world: What was known at the start year if not given.
    """
    order: list[Process] = [] if first is None else [first]
    for process in PROCESSES:
        order.append(process)
        if after is not None and process in after:
            order.append(after[process])
    plan = Scenario(
        policy=Policy() if policy is None else policy,
        start=start,
        until=start + max(years, 1),
        seed=seed,
        firms=firm_count,
        platforms=40,
        parameters=dict(settings),
    )
    m = DigitalDivideModel(plan, order, load_world(start) if world is None else world)
    if years:
        m.run_steps()
    return m


def in_first_step(change: Process) -> Process:
    """A process that makes a change once, at the very beginning."""

    def shock(m: Run) -> None:
        if m.state.step == 0:
            change(m)

    return shock


def sub_saharan(m: Run) -> Rows:
    """Rows of the countries of Sub-Saharan Africa, as the World Bank draws it."""
    return np.flatnonzero(m.world.table["region"].str.startswith("Sub-Saharan").to_numpy())


def year_ends(m: DigitalDivideModel, outcome: str) -> Array:
    """A recorded country outcome at the year-ends after the start, (years, n)."""
    return m.state.record.column(outcome)[4::4]


def bilateral(m: DigitalDivideModel) -> Array:
    """Flows from i (rows) to j, US$ a year, (n, n): the matrix whose sums `trade.flows` returns."""
    weighted = trade.supply(m)[:, None] * m.state.friction
    total = weighted.sum(axis=0)
    return weighted * (trade.foreign_spending(m) / np.where(total > 0, total, 1.0))


def disjoint_pairs(m: DigitalDivideModel, count: int, seed: int) -> tuple[Rows, Rows]:
    """Pairs of countries, no country twice, among those with 30 to 88 % online."""
    online = m.national(m.state.countries.online)
    able = np.flatnonzero((online > 0.3) & (online < 0.88))
    chosen = np.random.default_rng(seed).permutation(able)[: 2 * count]
    return chosen[:count], chosen[count:]


def change_in_pairs(before: Array, after: Array, one: Rows, two: Rows) -> tuple[float, float]:
    """Mean change of ln flows within pairs, outright and net of the countries' other flows.

    The second is what a regression with exporter and importer effects would find: the change of
    X_ij less the mean change of i's exports to, and j's imports from, everyone outside the pairs.
    Countries that export nothing in either case say nothing and are left out.
    """
    sells = (before.sum(axis=1) > 0) & (after.sum(axis=1) > 0)
    others = np.setdiff1d(np.flatnonzero(sells), np.concatenate([one, two]))
    off = ~np.eye(len(others), dtype=bool)
    grown = np.zeros_like(before)
    some = (before > 0) & (after > 0)
    grown[some] = np.log(after[some] / before[some])
    usual = grown[np.ix_(others, others)][off].mean()
    inside, net = [], []
    for i, j in [*zip(one, two, strict=True), *zip(two, one, strict=True)]:
        if not some[i, j]:
            continue
        inside.append(grown[i, j])
        net.append(grown[i, j] - grown[i, others].mean() - grown[others, j].mean() + usual)
    return float(np.mean(inside)), float(np.mean(net))


def ppml(flows: Array, regressors: Sequence[Array], tolerance: float = 1e-9) -> Array:
    """Coefficients of Poisson pseudo-maximum likelihood with exporter and importer effects.

    Iterated weighted least squares; the effects are swept out by alternating weighted means
    (Santos Silva and Tenreyro 2006, Review of Economics and Statistics 88(4), for the estimator).

    Args:
        flows: From i to j, (n, n), not negative; the diagonal is left out.
        regressors: Each (n, n).
        tolerance: Change of the coefficients at which to stop.

    Raises:
        RuntimeError: No convergence in 100 steps.
    """
    keep = ~np.eye(len(flows), dtype=bool)
    y = np.where(keep, flows, 0.0) / flows[keep].mean()
    mu = np.where(keep, (y + 1.0) / 2, 0.0)
    beta = np.zeros(len(regressors))
    for _ in range(100):
        eta = np.log(np.where(keep, mu, 1.0))
        z = np.where(keep, eta + (y - mu) / np.where(keep, mu, 1.0), 0.0)
        swept = [_sweep(column, mu) for column in (z, *regressors)]
        x = np.stack([column[keep] for column in swept[1:]], axis=1)
        weighted = x * mu[keep][:, None]
        new = np.linalg.solve(weighted.T @ x, weighted.T @ swept[0][keep])
        residual = swept[0] - np.tensordot(new, np.stack(swept[1:]), axes=1)
        mu = np.where(keep, np.exp(np.clip(z - residual, -60, 60)), 0.0)
        if np.abs(new - beta).max() < tolerance:
            return new
        beta = new
    raise RuntimeError("the gravity regression has not converged")


def _sweep(column: Array, weight: Array) -> Array:
    """What is left of a matrix when weighted row and column means are taken out."""
    left = np.where(weight > 0, column, 0.0)
    rows, columns = weight.sum(axis=1, keepdims=True), weight.sum(axis=0, keepdims=True)
    for _ in range(2_000):
        by_row = (left * weight).sum(axis=1, keepdims=True) / rows
        left = left - by_row
        by_column = (left * weight).sum(axis=0, keepdims=True) / columns
        left = left - by_column
        if max(np.abs(by_row).max(), np.abs(by_column).max()) < 1e-11:
            break
    return left


# The experiments -----------------------------------------------------------------------------


def cables(settings: Settings, seed: int) -> Figures:
    """One more route in Sub-Saharan Africa from 2009, or a deep cut of the price instead."""

    def route(m: Run) -> None:
        m.state.countries.routes[sub_saharan(m)] += 1.0

    def cut(m: Run) -> None:
        m.state.countries.basket[sub_saharan(m)] *= np.exp(-2.0)

    def effect(change: Process, values: Settings) -> Array:
        """Points of internet use at the year-ends 2010 to 2014, (5,)."""
        base = run(2008, 6, values, seed=seed)
        m = run(2008, 6, values, seed=seed, first=in_first_step(change))
        added = year_ends(m, "internet_users") - year_ends(base, "internet_users")
        return 100 * added[1:, sub_saharan(m)].mean(axis=1)

    laid = effect(route, settings)
    return {
        "internet_use": float(laid.mean()),
        "last_year": float(laid[-1]),
        "by_price": float(effect(route, {**settings, "adoption.route_pace": 0.0}).mean()),
        "deep_price_cut": float(effect(cut, settings).mean()),
    }


#: Cells of the poorest quintile.
POOREST = QUINTILE == 0
#: Cards handed out in all (Higgins 2024), and adults in a hundred Mexicans (assumed).
CARDS, ADULTS = 1e6, 0.7


def debit_cards(settings: Settings, seed: int, firm_count: int = 400_000) -> Figures:
    """Accounts for Mexico's poorest quintile from 2012; what shops and others do by end 2013."""

    def hand_out(unbanked: float | None) -> Process:
        """Accounts for all of the poorest quintile, or for a share of it (None: the million)."""
        kept = np.zeros(POOREST.sum())

        def hold(m: Run) -> None:
            row, c = m.row_of["MEX"], m.state.countries
            poor = c.accounts[row, POOREST]
            added = 1 - np.exp(-m.values.payments.speed * m.dt)  # what the step has worn off
            if m.state.step == 0:
                people = c.population[row] * m.cell_shares[row, POOREST].sum()
                million = CARDS / (ADULTS * people)
                kept[:] = million if unbanked is None else unbanked * (1 - poor)
                added = 1.0
            c.accounts[row, POOREST] = np.minimum(1.0, poor + added * kept)

        return hold

    def outcome(shock: Process | None) -> tuple[float, float]:
        after: dict[Process, Process] = {} if shock is None else {payments.step: shock}
        m = run(2011, 2, settings, seed=seed, after=after, firm_count=firm_count)
        row = m.row_of["MEX"]
        micro = m.real_firms[row, :4]
        accept = float(m.state.firm_share[row, :4, 1] @ micro / micro.sum())
        people = m.cell_shares[row, ~POOREST]
        return accept, float(m.state.countries.accounts[row, ~POOREST] @ people / people.sum())

    base = outcome(None)
    all_poor, half, million = (outcome(hand_out(share)) for share in (1.0, 0.5, None))
    return {
        "terminals": 100 * (all_poor[0] / base[0] - 1),
        "other_cards": 100 * (all_poor[1] / base[1] - 1),
        "terminals_half_dose": 100 * (half[0] / base[0] - 1),
        "terminals_one_million": 100 * (million[0] / base[0] - 1),
    }


def ebay_distance(settings: Settings, seed: int) -> Figures:
    """The distance elasticity of the model's flows, against 1 offline (assumed)."""
    m = run(2022, 0, settings, seed=seed, world=load_world(2022), firm_count=20_000)
    w = m.world
    distance = np.log(np.maximum(w.distance_km, 50.0))
    ties = [np.asarray(w.common_language, float), np.asarray(w.contiguous, float)]
    slope = -float(ppml(bilateral(m), [distance, *ties])[0])
    return {"reduction": 100 * (1 - slope), "elasticity": slope}


def regulation(settings: Settings, seed: int) -> Figures:
    """Regulatory distance 0.05 lower within pairs; frictions and payment repriced."""
    m = run(2022, 0, settings, seed=seed, world=load_world(2022))
    before = bilateral(m)
    one, two = disjoint_pairs(m, PAIRS, seed)
    distance = m.state.distance.copy()
    for i, j in ((one, two), (two, one)):
        distance[i, j] = np.maximum(0.0, distance[i, j] - 0.05)
    m.state.distance = distance
    corridors.reprice(m)
    trade.update_frictions(m)
    change = change_in_pairs(before, bilateral(m), one, two)[1]
    return {"exports": 100 * float(np.expm1(change))}


def interoperability(settings: Settings, seed: int) -> Figures:
    """Interoperability in Africa from 2023, alone and with a rural subsidy, at the end of 2030."""
    world = load_world(2022)
    base = run(2022, 8, settings, seed=seed, world=world)
    africa = sub_saharan(base)
    target = tuple(base.iso3[row] for row in africa)
    mandate = {"payment_interoperability": LeverUse(1.0, target=target)}
    subsidy = {"rural_coverage": LeverUse(500.0, target=target)}

    def outcome(m: DigitalDivideModel) -> Array:
        c = m.state.countries
        rural = city_and_countryside(c.mobile, c.urban)[1][africa].mean()
        holders = m.national(c.accounts)[africa].mean()
        apart = ~np.eye(len(africa), dtype=bool)
        return np.array(
            [m.state.corridor_cost[np.ix_(africa, africa)][apart].mean(), rural, holders]
        )

    start = outcome(base)
    alone, both = (
        outcome(run(2022, 8, settings, seed=seed, world=world, policy=Policy(levers=levers)))
        for levers in (mandate, mandate | subsidy)
    )
    return {
        "fees": 100 * (alone[0] / start[0] - 1),
        "rural_coverage": 100 * (alone[1] - start[1]),
        "inclusion": 100 * (alone[2] - start[2]),
        "fees_subsidised": 100 * (both[0] / start[0] - 1),
        "rural_coverage_subsidised": 100 * (both[1] - start[1]),
    }


def rural_obligation(settings: Settings, seed: int) -> Figures:
    """Ten points more coverage in Rwanda from 2011; use at the end of 2015, by place."""

    def added(electricity: float | None) -> Array:
        """People who go online because of the obligation, by cell, share of the population."""

        def online(obliged: float) -> Array:
            def change(m: Run) -> None:
                c, row = m.state.countries, m.row_of["RWA"]
                c.mobile[row] = min(0.999, c.mobile[row] + obliged)
                if electricity is not None:
                    c.electricity[row] = electricity

            m = run(2010, 5, settings, seed=seed, first=in_first_step(change))
            return (m.state.countries.online * m.cell_shares)[m.row_of["RWA"]]

        return online(0.1) - online(0.0)

    powered = added(1.0)
    return {
        "use": 100 * added(None).sum(),
        "use_powered": 100 * powered.sum(),
        "elsewhere_powered": 100 * powered[PLACE == CITY].sum() / powered.sum(),
    }


def rural_commerce(settings: Settings, seed: int) -> Figures:
    """Who in rural China spends online at the end of 2015: all that the model has of the study."""
    m = run(2015, 0, settings, seed=seed)
    c, p, row = m.state.countries, m.values.trade, m.hub
    income = c.income[row] * m.income_factor[row]
    each = c.online[row] * c.accounts[row] * income**p.spend_elasticity
    spent = m.cell_shares[row] * each * (PLACE == COUNTRYSIDE)
    return {"richer_share": 100 * spent[QUINTILE >= 3].sum() / spent.sum()}


def parcels(settings: Settings, seed: int) -> Figures:
    """Internet use 10 % above the paired run in both countries of pairs, 2023 to 2026."""
    world, years = load_world(2022), 4
    paths: list[Array] = []

    def remember(m: Run) -> None:
        paths.append(m.state.countries.online.copy())

    def go(years: int, act: Process) -> DigitalDivideModel:
        after: dict[Process, Process] = {adoption.step: act}
        return run(2022, years, settings, seed=seed, world=world, after=after, firm_count=20_000)

    base, start = go(years, remember), go(0, remember)
    one, two = disjoint_pairs(start, PAIRS, seed)
    treated = np.concatenate([one, two])

    def more(m: Run) -> None:
        online = paths[m.state.step]
        m.state.countries.online[treated] = np.minimum(1.0, 1.1 * online[treated])

    m = go(years, more)
    rise = np.log(m.national(m.state.countries.online) / base.national(base.state.countries.online))
    outright, net = change_in_pairs(bilateral(base), bilateral(m), one, two)
    dose = rise[treated].mean()
    return {"elasticity": outright / dose, "holding_totals": net / dose}


REPLAYS: dict[str, Callable[[Settings, int], Figures]] = {
    "cables": cables,
    "debit_cards": debit_cards,
    "ebay_distance": ebay_distance,
    "regulation": regulation,
    "interoperability": interoperability,
    "rural_obligation": rural_obligation,
    "rural_commerce": rural_commerce,
    "parcels": parcels,
}


# Judging ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """The model's value of a measure: mean over seeds, and its standard error."""

    value: float
    error: float


def replay(
    name: str, settings: Settings | None = None, seeds: Sequence[int] = SEEDS
) -> dict[str, Figure]:
    """The model's figures for an experiment, by measure.

    Raises:
        KeyError: No such experiment.
    """
    return _replay(name, tuple(sorted((settings or {}).items())), tuple(seeds))


@cache
def _replay(
    name: str, settings: tuple[tuple[str, float], ...], seeds: tuple[int, ...]
) -> dict[str, Figure]:
    """`replay`, remembered: several measures of one experiment share a parameter."""
    runs = [REPLAYS[name](dict(settings), seed) for seed in seeds]
    found = {}
    for key in runs[0]:
        values = np.array([figures[key] for figures in runs])
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        found[key] = Figure(float(values.mean()), float(error))
    return found


@dataclass(frozen=True)
class Scan:
    """A measure across the prior of the parameter that moves it.

    Attributes:
        meets: Value at which the model gives the estimate; None if none in the prior does.
        agrees: Lowest and highest value at which it lies in the interval; None as above.
    """

    experiment: str
    measure: str
    parameter: str
    points: Array
    values: Array
    meets: float | None
    agrees: tuple[float, float] | None


def scan(name: str, key: str, count: int = 6, seeds: Sequence[int] = SEEDS) -> Scan:
    """How a measure moves with its parameter over the prior, linear between points.

    Raises:
        ValueError: The measure has no parameter or no number to meet.
    """
    measure = experiments()[name].measures[key]
    if measure.parameter is None or not isinstance(measure.estimate, float | int):
        raise ValueError(f"{name}.{key}: nothing to scan")
    points = np.linspace(*parameters()[measure.parameter].bounds, count)
    values = np.array(
        [replay(name, {measure.parameter: float(at)}, seeds)[key].value for at in points]
    )
    fine = np.linspace(points[0], points[-1], 2_001)
    between = np.interp(fine, points, values)
    crossed = np.flatnonzero(np.diff(np.sign(between - measure.estimate)))
    meets = float(fine[crossed[0]]) if crossed.size else None
    agrees = None
    if measure.interval is not None:
        low, high = measure.interval
        inside = fine[(between >= low) & (between <= high)]
        agrees = (float(inside[0]), float(inside[-1])) if inside.size else None
    return Scan(name, key, measure.parameter, points, values, meets, agrees)


# The page ------------------------------------------------------------------------------------

HEAD = """# Replay of natural experiments

Written by `python -m docs.pages --write replay` from
`calibration/experiments.yaml`; do not edit.

The model is put under the shock that a study saw, beside a run that differs in nothing else, and
the study's own figure is computed. *Fit* studies may set a parameter, *test* studies may not; here
all runs use the values declared in `model/parameters/`. An interval marked *assumed* was not seen
in the study. A measure without an interval is shown, not judged. Standard errors are over seeds;
where they are 0 no chance bears on the figure.
"""


def _text(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.3g}"


def _interval(measure: Measure) -> str:
    if measure.interval is None:
        return "not judged"
    low, high = measure.interval
    sign = not np.isfinite(low + high)
    shown = "sign" if sign else f"{low:g} to {high:g}"
    return f"{shown} ({measure.interval_from})"


VERDICT = {True: "agrees", False: "misses", None: ""}


def figures_table(found: Mapping[str, Mapping[str, Figure]]) -> str:
    """Every measure: the study's figure, the model's, and whether they agree."""
    rows = []
    for name, figures in found.items():
        one = experiments()[name]
        for key, measure in one.measures.items():
            value, error = figures[key].value, figures[key].error
            rows.append(
                (
                    f"`{name}`",
                    one.use,
                    f"{measure.label}, {measure.unit}",
                    _text(measure.estimate),
                    _interval(measure),
                    f"{value:.3g}",
                    f"{error:.2g}",
                    VERDICT[measure.passes(value)],
                )
            )
    head = ("experiment", "use", "measure", "study", "interval", "model", "s.e.", "")
    return table(head, rows)


def scans_table(scans: Sequence[Scan]) -> str:
    """What each fit measure asks of its parameter."""
    rows = []
    for found in scans:
        declared = parameters()[found.parameter]
        measure = experiments()[found.experiment].measures[found.measure]
        agrees = "" if found.agrees is None else f"{found.agrees[0]:.2f} to {found.agrees[1]:.2f}"
        rows.append(
            (
                f"`{found.parameter}`",
                f"{declared.bounds[0]:g} to {declared.bounds[1]:g}",
                f"{declared.value:g}",
                f"`{found.experiment}.{found.measure}`",
                _text(measure.estimate),
                f"{found.values[0]:.3g} to {found.values[-1]:.3g}",
                "no value inside the prior" if found.meets is None else f"{found.meets:.2f}",
                agrees,
            )
        )
    head = ("parameter", "prior", "declared", "measure", "study", "model at the ends of the prior")
    return table([*head, "meets the study at", "agrees within"], rows)


def fit_measures() -> list[tuple[str, str]]:
    """Measures of the fit studies that a declared parameter moves."""
    return [
        (name, key)
        for name, one in experiments().items()
        for key, measure in one.measures.items()
        if one.use == "fit" and measure.parameter is not None
    ]


def page(found: Mapping[str, Mapping[str, Figure]], scans: Sequence[Scan]) -> str:
    """The whole page, Markdown."""
    judged = [
        (experiments()[name].use, measure.passes(found[name][key].value))
        for name in found
        for key, measure in experiments()[name].measures.items()
        if measure.interval is not None
    ]
    tally = "; ".join(
        f"{use}: {sum(ok is True for kind, ok in judged if kind == use)} of "
        f"{sum(kind == use for kind, _ in judged)} judged measures agree"
        for use in ("fit", "test")
    )
    parts = [HEAD, f"In all, {tally}.\n", figures_table(found)]
    parts.append("## What the fit studies ask of parameters\n\nOne parameter at a time.\n")
    parts.append(scans_table(scans))
    for name in found:
        one = experiments()[name]
        parts.append(
            f"## {one.title}\n\n*{one.study}.* Used to {one.use}. Read: {one.read}.\n\n"
            f"Found: {one.estimate}.\n\nImposed: {one.imposed}.\n\n{one.remark}\n"
        )
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay every experiment, print the table and, if asked, write the page."""
    parser = argparse.ArgumentParser(prog="divide.calibration.replay", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} as well")
    asked = parser.parse_args(arguments)
    with Workers(os.cpu_count() or 1) as run:
        names = list(experiments())
        found = dict(zip(names, run.map(replay, [(name,) for name in names]), strict=True))
        sys.stdout.write(figures_table(found))
        scans = run.map(scan, fit_measures()) if asked.write else []
    if asked.write:
        PAGE.write_text(page(found, scans), encoding="utf-8")


if __name__ == "__main__":
    main()
