"""Studies of the price of data, of handsets and of the cables that lower it."""

import numpy as np

from divide.calibration.replay.case import (
    Case,
    Figures,
    in_first_step,
    lever,
    per_cent,
    some_countries,
    users,
)
from divide.model.cells import COUNTRYSIDE, PLACE, QUINTILE, SEX, WOMEN
from divide.model.model import Process
from divide.model.run import Run

#: Countries of the West African Economic and Monetary Union.
WAEMU = ("BEN", "BFA", "CIV", "GNB", "MLI", "NER", "SEN", "TGO")


def basket_times(factor: float, *codes: str) -> Process:
    """A process that multiplies the basket of some countries once, at the beginning."""

    def cut(m: Run) -> None:
        m.state.countries.basket[[m.row_of[code] for code in codes]] *= factor

    return in_first_step(cut)


def price_rise(case: Case) -> Figures:
    """Uganda's tax of July 2018, 40 % of the basket, at the end of its first quarter."""
    tax = lever("price_subsidy", -0.4, 2018.25, ["UGA"])  # in force a quarter later
    before = users(case.run(2017, 0.5, policy=tax), "UGA")
    taxed, free = (users(case.run(2017, 0.75, policy=policy), "UGA") for policy in (tax, None))
    later, without = (users(case.run(2017, 1.75, policy=policy), "UGA") for policy in (tax, None))
    return {
        "against_no_tax": per_cent(taxed, free),
        "path": per_cent(taxed, before),
        "after_a_year": per_cent(later, without),
    }


def west_africa(case: Case) -> Figures:
    """The basket halved in eight countries from 2019: points of use per point of income."""
    base, cut = case.run(2018, 3), case.run(2018, 3, first=basket_times(0.5, *WAEMU))
    start = case.run(2018, 0)
    rows = [start.row_of[code] for code in WAEMU]
    c = start.state.countries
    cheaper = 100 * np.mean((0.5 * c.basket * 12 / c.income)[rows])
    gained = 100 * np.mean([users(cut, code) - users(base, code) for code in WAEMU])
    return {"slope": float(gained / cheaper)}


def india_data(case: Case) -> Figures:
    """India's basket a tenth of its price from 2017, at the end of 2018."""
    cut = users(case.run(2016, 2, first=basket_times(0.1, "IND")), "IND")
    return {"use": 100 * (cut - users(case.run(2016, 2), "IND"))}


def india_handsets(case: Case) -> Figures:
    """US$ 16 off every handset in India from 2018, after three years."""
    share = 16 / case.run(2017, 0).values.infrastructure.handset_price
    helped = case.run(2017, 3, policy=lever("handset_help", share, 2018, ["IND"]))
    return {"use": 100 * (users(helped, "IND") - users(case.run(2017, 3), "IND"))}


def phones_for_women(case: Case) -> Figures:
    """India: cheap handsets for two quarters, or courses for a year; use two years later."""

    def women(m: Run) -> float:
        row, hers = m.row_of["IND"], SEX == WOMEN
        weight = m.cell_shares[row, hers]
        return float(m.state.countries.online[row, hers] @ weight / weight.sum())

    gift = lever("handset_help", 0.9, 2019, ["IND"], end=2019.5)  # in force from April
    courses = lever("skills_training", 1e8, 2019, ["IND"], end=2020)  # given from October
    base, given = case.run(2018, 3), case.run(2018, 3, policy=gift)
    short = case.run(2018, 0.75, policy=gift)
    without, taught = case.run(2018, 4), case.run(2018, 4, policy=courses)
    people = without.state.countries.population[without.row_of["IND"]]
    per_trainee = (users(taught, "IND") - users(without, "IND")) * people / 1e8
    return {
        "phone_alone": 100 * (women(given) - women(base)),
        "phone_at_once": 100 * (women(short) - women(case.run(2018, 0.75))),
        "training": 100 * float(per_trainee),
    }


def rich_subsidy(case: Case) -> Figures:
    """Half the price of data paid in the United States, 2021-22."""
    half = lever("price_subsidy", 0.5, 2021, ["USA"])
    base = case.run(2020, 2)
    poor, row = QUINTILE < 2, base.row_of["USA"]
    weight = base.cell_shares[row, poor]
    online = base.state.countries.online[row, poor] @ weight / weight.sum()
    return {
        "use": 100 * (users(case.run(2020, 2, policy=half), "USA") - users(base, "USA")),
        "had_it_anyway": 100 * float(online),
    }


def free_smartphones(case: Case) -> Figures:
    """One in a hundred of those offline in rural Tanzania online at once; who is left after a year.

    The study followed them for 13 months.
    """

    def gift(m: Run) -> None:
        row, rural = m.row_of["TZA"], PLACE == COUNTRYSIDE
        online = m.state.countries.online
        online[row, rural] += 0.01 * (1 - online[row, rural])

    start, base = case.run(2015, 0), case.run(2015, 1)
    before = users(start, "TZA")
    gift(start)
    given = users(case.run(2015, 1, first=in_first_step(gift)), "TZA") - users(base, "TZA")
    return {"kept": 100 * given / (users(start, "TZA") - before)}


def cable_price(case: Case) -> Figures:
    """Routes abroad doubled in 30 countries, 2011: the basket a year later."""

    def double(m: Run) -> None:
        m.state.countries.routes[some_countries(m, 30, case.seed)] *= 2

    base, m = case.run(2010, 1), case.run(2010, 1, first=in_first_step(double))
    ratio = m.state.countries.basket / base.state.countries.basket
    return {"price": 100 * float(ratio[some_countries(m, 30, case.seed)].mean() - 1)}


def exchange_points(case: Case) -> Figures:
    """Kenya and Nigeria with what they have of local computing in 2012, against none."""
    codes = ("KEN", "NGA")

    def none(m: Run) -> None:
        m.state.countries.data_centres[[m.row_of[code] for code in codes]] = 0.0

    base, without = case.run(2011, 1), case.run(2011, 1, first=in_first_step(none))
    rows = [base.row_of[code] for code in codes]
    ratio = base.state.countries.basket[rows] / without.state.countries.basket[rows]
    return {"price": 100 * float(ratio.mean() - 1)}
