"""Studies of trade: distance, rules, borders, and the promotion of exports."""

import numpy as np

from divide.calibration.replay.case import (
    Array,
    Case,
    Figures,
    Rows,
    in_first_step,
    lever,
    per_cent,
    some_countries,
    year_ends,
)
from divide.calibration.replay.gravity import (
    PAIRS,
    change_in_pairs,
    disjoint_pairs,
    ppml,
)
from divide.model import DigitalDivideModel
from divide.model.agents.columns import AXES
from divide.model.cells import COUNTRYSIDE, PLACE, QUINTILE
from divide.model.model import Process
from divide.model.policy import budget
from divide.model.policy.policy import Policy
from divide.model.processes import adoption, corridors, firms, trade
from divide.model.processes.trade import bilateral
from divide.model.run import Run

#: Countries in which exports are promoted, events a year and what they cost, US$.
PROMOTED = ("VNM", "KEN", "PER", "TUN", "EGY", "KAZ")
EVENTS, EVENT_COST = 60, 0.6e6
#: Share of Chinese firms that the zones of 2015 and 2016 cover, 13 cities that trade much: assumed.
COVERED = 0.25


def ebay_distance(case: Case) -> Figures:
    """The distance elasticity of the model's flows, against 1 offline (assumed).

    Without the hub's: its largest flows are those of its customs, not the model's.
    """
    m = case.run(2022, 0)
    w, others = m.world, np.flatnonzero(np.arange(m.n) != m.hub)
    among = np.ix_(others, others)
    distance = np.log(np.maximum(w.distance_km, 50.0))
    gaps = [each[among] for each in (distance, w.common_language, w.contiguous)]
    slope = -float(ppml(bilateral(m)[among], gaps)[0])
    return {"reduction": 100 * (1 - slope), "elasticity": slope}


def closer_rules(m: DigitalDivideModel, one: Rows, two: Rows, distance: Array) -> float:
    """Flows within pairs under another regulatory distance, net of their others, percent."""
    before = bilateral(m)
    changed = m.state.distance.copy()
    for i, j in ((one, two), (two, one)):
        changed[i, j] = distance[i, j]
    m.state.distance = changed
    corridors.reprice(m)
    trade.update_frictions(m)
    return 100 * float(np.expm1(change_in_pairs(before, bilateral(m), one, two)[1]))


def regulation(case: Case) -> Figures:
    """Regulatory distance 0.05 lower within pairs; frictions and payment repriced."""
    m = case.run(2022, 0)
    one, two = disjoint_pairs(m, PAIRS, case.seed)
    return {"exports": closer_rules(m, one, two, np.maximum(0.0, m.state.distance - 0.05))}


def recognition(case: Case) -> Figures:
    """Rules recognised within pairs; and among Canada, Mexico and the United States."""
    kept = 1 - case.run(2022, 0).values.rules.recognition_discount
    m = case.run(2022, 0)
    one, two = disjoint_pairs(m, PAIRS, case.seed)
    found = {"exports": closer_rules(m, one, two, kept * m.state.distance)}
    m = case.run(2022, 0)
    rows = [m.row_of[code] for code in ("CAN", "MEX", "USA")]
    one, two = np.array(rows), np.array([*rows[1:], rows[0]])
    found["north_america"] = closer_rules(m, one, two, kept * m.state.distance)
    return found


def parcels(case: Case) -> Figures:
    """Internet use 10 % above the paired run in both countries of pairs, 2023 to 2026."""
    years = 4
    paths: list[Array] = []

    def remember(m: Run) -> None:
        paths.append(m.state.countries.online.copy())

    def go(years: int, act: Process) -> DigitalDivideModel:
        return case.run(2022, years, after={adoption.step: act}, firm_count=20_000)

    base, start = go(years, remember), go(0, remember)
    one, two = disjoint_pairs(start, PAIRS, case.seed)
    treated = np.concatenate([one, two])

    def more(m: Run) -> None:
        online = paths[m.state.step]
        m.state.countries.online[treated] = np.minimum(1.0, 1.1 * online[treated])

    m = go(years, more)
    rise = np.log(m.national(m.state.countries.online) / base.national(base.state.countries.online))
    outright, net = change_in_pairs(bilateral(base), bilateral(m), one, two)
    dose = rise[treated].mean()
    return {"elasticity": float(outright / dose), "holding_totals": float(net / dose)}


def rural_commerce(case: Case) -> Figures:
    """Who in rural China spends online at the end of 2015: all that the model has of the study."""
    m = case.run(2015, 0)
    c, p, row = m.state.countries, m.values.trade, m.hub
    income = c.income[row] * m.income_factor[row]
    each = c.online[row] * c.accounts[row] * income**p.spend_elasticity
    spent = m.cell_shares[row] * each * (PLACE == COUNTRYSIDE)
    return {"richer_share": 100 * float(spent[QUINTILE >= 3].sum() / spent.sum())}


def one_more_day(case: Case, start: int, rows: Rows | None, code: str = "") -> float:
    """Exports a year after a day more at the border, mean of countries, percent."""

    def wait(m: Run) -> None:
        m.state.countries.customs_days[m.row_of[code] if rows is None else rows] += 1.0

    base, m = (case.run(start, 1, first=x, firm_count=20_000) for x in (None, in_first_step(wait)))
    treated = np.array([m.row_of[code]]) if rows is None else rows
    before, after = (x.state.countries.exports[treated] for x in (base, m))
    return 100 * float(np.mean(after[before > 0] / before[before > 0]) - 1)


def customs_day(case: Case) -> Figures:
    """A day more in Uruguay's customs, 2003."""
    return {"exports": one_more_day(case, 2002, None, "URY")}


def days_to_ship(case: Case) -> Figures:
    """A day more in 30 countries, 2006."""
    rows = some_countries(case.run(2005, 0), 30, case.seed)
    return {"exports": one_more_day(case, 2005, rows)}


def inspections(case: Case) -> Figures:
    """Albania's inspections cut from 42 to 12 % of shipments, 2008, at its own border only."""
    row = case.run(2007, 0).row_of["ALB"]
    cost = case.run(2007, 0).values.trade.inspection
    fewer = case.but(trade__inspection=cost * 12 / 42).run(2007, 0)
    cheaper = {"row": fewer.state.friction[row], "column": fewer.state.friction[:, row]}

    def cut(m: Run) -> None:
        """Frictions with Albania are those of a world that inspects less; others stay."""
        friction = m.state.friction.copy()
        friction[row], friction[:, row] = cheaper["row"], cheaper["column"]
        m.state.friction = friction
        trade.pull_of_origins(m)

    base, m = case.run(2007, 0), case.run(2007, 0)
    cut(m)
    for each in (base, m):
        trade.step(each)
    imports = m.state.countries.imports[row] / base.state.countries.imports[row]
    return {"tariff": 100 * cost * (1 - 12 / 42), "imports": per_cent(float(imports), 1.0)}


def single_window(case: Case) -> Figures:
    """Smart customs in Costa Rica from 2007; exports and the odds of exporting, end of 2013."""
    policy = lever("smart_customs", 1.0, 2007, ["CRI"])
    base, m = (case.run(2006, 7, policy=x, firm_count=20_000) for x in (None, policy))
    row = m.row_of["CRI"]
    exports = m.state.countries.exports[row] / base.state.countries.exports[row]
    odds = firms.odds(m)[row, :, 3] / firms.odds(base)[row, :, 3]
    return {"exports": per_cent(exports, 1.0), "exporters": per_cent(odds.mean(), 1.0)}


def costed(
    case: Case, start: int, policy: Policy, firm_count: int
) -> tuple[DigitalDivideModel, float]:
    """Five years under a policy, and what it costs a year, US$."""
    spent = [0.0]

    def note(m: Run) -> None:
        spent[0] += float(sum(usd.sum() for usd in m.state.policy.spent.values()))

    m = case.run(start, 5, policy=policy, after={budget.step: note}, firm_count=firm_count)
    return m, spent[0] / 5


def transit(case: Case, firm_count: int = 20_000) -> Figures:
    """Smart customs in El Salvador, 2018 to 2022: exports for each dollar that it costs."""
    base = case.run(2017, 5, firm_count=firm_count)
    m, cost = costed(case, 2017, lever("smart_customs", 1.0, 2018, ["SLV"]), firm_count)
    gained = (m.state.record.column("exports") - base.state.record.column("exports"))[1:]
    return {"return": float(gained[:, m.row_of["SLV"]].sum() * m.dt / (5 * cost))}


def gained_when_promoted(case: Case, m: DigitalDivideModel, firm_count: int) -> float:
    """Exports a year that `PROMOTED` gain in years 4 and 5 of a run from 2022, US$."""
    base = case.run(2022, 5, firm_count=firm_count)
    gained = (year_ends(m, "exports") - year_ends(base, "exports"))[3:]
    return float(gained[:, [m.row_of[code] for code in PROMOTED]].sum(axis=1).mean())


def promotion(case: Case, firm_count: int = 20_000) -> Figures:
    """Sixty events a year in six countries from 2023: exports per dollar in years 4 and 5."""
    policy = lever("matchmaking", EVENTS, 2023, PROMOTED)
    m = case.run(2022, 5, policy=policy, firm_count=firm_count)
    return {"return": gained_when_promoted(case, m, firm_count) / (EVENTS * EVENT_COST)}


def pilot_zones(case: Case, firm_count: int = 20_000) -> Figures:
    """Zones in China from 2016, its exports at the end of 2019; and for a dollar elsewhere.

    The return is of zones for all firms of `PROMOTED` from 2023, measured as in `promotion`.
    """
    policy = lever("pilot_zones", COVERED, 2016, ["CHN"])
    base, m = (case.run(2015, 4, policy=x, firm_count=firm_count) for x in (None, policy))
    exports = m.state.countries.exports[m.hub] / base.state.countries.exports[m.hub]
    m, cost = costed(case, 2022, lever("pilot_zones", 1.0, 2023, PROMOTED), firm_count)
    gained = gained_when_promoted(case, m, firm_count)
    return {"exports": per_cent(float(exports), 1.0), "return": gained / cost}


def promotion_fading(case: Case, firm_count: int = 20_000) -> Figures:
    """Events in Tunisia in 2005 only: exports above none at the ends of 2006 and 2009."""
    policy = lever("matchmaking", 50, 2005, ["TUN"], end=2006)
    base, m = (case.run(2004, 5, policy=x, firm_count=firm_count) for x in (None, policy))
    row = m.row_of["TUN"]
    more = 100 * (year_ends(m, "exports")[:, row] / year_ends(base, "exports")[:, row] - 1)
    return {"at_first": float(more[1]), "left": 100 * float(more[4] / more[1])}


def data_rules(case: Case) -> Figures:
    """Data kept at home in the European Union from 2019; marketplaces at the end of 2021."""
    start = case.run(2017, 0)
    union = np.flatnonzero(start.bloc == AXES["jurisdiction"].index("eu"))
    policy = lever("data_localisation", 1.0, 2018, [start.iso3[row] for row in union])
    base, m = (case.run(2017, 4, policy=x, platforms=200) for x in (None, policy))
    kept = m.state.countries.marketplaces[union].sum()
    return {"marketplaces": per_cent(kept, base.state.countries.marketplaces[union].sum())}
