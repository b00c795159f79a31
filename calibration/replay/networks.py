"""Studies of networks: cables, coverage, the backbone, and what they do to use and income."""

import numpy as np

from divide.calibration.replay.case import (
    Array,
    Case,
    Figures,
    in_first_step,
    sub_saharan,
    users,
    year_ends,
)
from divide.model.cells import CITY, PLACE
from divide.model.model import Process
from divide.model.processes import infrastructure
from divide.model.run import Run


def route(m: Run) -> None:
    """One more route abroad for each country of Sub-Saharan Africa."""
    m.state.countries.routes[sub_saharan(m)] += 1.0


def cables(case: Case) -> Figures:
    """One more route in Sub-Saharan Africa from 2009, or a deep cut of the price instead."""

    def cut(m: Run) -> None:
        m.state.countries.basket[sub_saharan(m)] *= np.exp(-2.0)

    def effect(change: Process, case: Case) -> Array:
        """Points of internet use at the year-ends 2010 to 2014, (5,)."""
        base = case.run(2008, 6)
        m = case.run(2008, 6, first=in_first_step(change))
        added = year_ends(m, "internet_users") - year_ends(base, "internet_users")
        return 100 * added[1:, sub_saharan(m)].mean(axis=1)

    laid = effect(route, case)
    return {
        "internet_use": float(laid.mean()),
        "last_year": float(laid[-1]),
        "by_price": float(effect(route, case.but(adoption__route_pace=0.0)).mean()),
        "deep_price_cut": float(effect(cut, case).mean()),
    }


def fast_internet(case: Case) -> Figures:
    """One more route in Sub-Saharan Africa from 2009: cities less countryside, end of 2012."""
    base, laid = case.run(2008, 4), case.run(2008, 4, first=in_first_step(route))
    rows, city = sub_saharan(base), PLACE == CITY
    more = 100 * (laid.state.countries.online - base.state.countries.online)[rows]
    gap = more[:, city].mean(axis=1) - more[:, ~city].mean(axis=1)
    income = np.log(laid.state.countries.income / base.state.countries.income)[rows]
    return {"use": float(gap.mean()), "income": 100 * float(income.mean())}


def covered(case: Case, start: int, years: int, code: str, share: float) -> tuple[Array, float]:
    """A share of a country's people covered by mobile broadband and held so, against not.

    Returns:
        Income of the newly covered at the year-ends, ln x 100, (years,), if all that the country
        gains were theirs; and users for each of them at the end.
    """

    def held(extra: float) -> Process:
        level: list[float] = []

        def hold(m: Run) -> None:
            row, c = m.row_of[code], m.state.countries
            if not level:
                level.append(float(m.world.values["coverage_mobile"][row]))
            c.mobile[row] = min(level[0] + extra, 0.999)
            c.narrowband[row] = max(c.narrowband[row], c.mobile[row])

        return hold

    base, m = (case.run(start, years, after={infrastructure.step: held(x)}) for x in (0.0, share))
    income = year_ends(m, "income") / year_ends(base, "income")
    gained = 100 * np.log(income[:, m.row_of[code]]) / share
    return gained, (users(m, code) - users(base, code)) / share


def nigeria_coverage(case: Case) -> Figures:
    """Ten in a hundred Nigerians come under mobile broadband in 2011."""
    income, use = covered(case, 2010, 5, "NGA", 0.1)
    return {
        "use": 100 * use,
        "first_year": float(income[0]),
        "income": float(income[2]),
        "income_fifth_year": float(income[4]),
    }


def tanzania_coverage(case: Case) -> Figures:
    """Mobile broadband from 16 to 35 % of Tanzanians in 2009."""
    income, _ = covered(case, 2008, 5, "TZA", 0.19)
    return {
        "first_year": float(income[0]),
        "income": float(income[2]),
        "income_fifth_year": float(income[4]),
    }


def senegal_backbone(case: Case) -> Figures:
    """Senegal's backbone complete from 2012, nothing else; income after six years."""

    def lay(m: Run) -> None:
        m.state.countries.backbone[m.row_of["SEN"]] = 1.0

    base, m = case.run(2011, 6), case.run(2011, 6, first=in_first_step(lay))
    row = m.row_of["SEN"]
    ratio = m.state.countries.income[row] / base.state.countries.income[row]
    return {"income": 100 * float(np.log(ratio))}


def rural_obligation(case: Case) -> Figures:
    """Ten points more coverage in Rwanda from 2011; use at the end of 2015, by place."""

    def added(electricity: float | None) -> Array:
        """People who go online because of the obligation, by cell, share of the population."""

        def online(obliged: float) -> Array:
            def change(m: Run) -> None:
                c, row = m.state.countries, m.row_of["RWA"]
                c.mobile[row] = min(0.999, c.mobile[row] + obliged)
                if electricity is not None:
                    c.electricity[row] = electricity

            m = case.run(2010, 5, first=in_first_step(change))
            return (m.state.countries.online * m.cell_shares)[m.row_of["RWA"]]

        return online(0.1) - online(0.0)

    powered = added(1.0)
    return {
        "use": 100 * float(added(None).sum()),
        "use_powered": 100 * float(powered.sum()),
        "elsewhere_powered": 100 * float(powered[PLACE == CITY].sum() / powered.sum()),
    }
