"""Studies of accounts, wallets and the shops that take them, of levies, links and trust."""

from collections.abc import Callable

import numpy as np

from divide.calibration.replay.case import (
    Array,
    Case,
    Figures,
    in_first_step,
    lever,
    per_cent,
    sub_saharan,
)
from divide.model import DigitalDivideModel
from divide.model.cells import QUINTILE
from divide.model.model import Process
from divide.model.policy import budget
from divide.model.policy.policy import LeverUse, Policy
from divide.model.processes import payments
from divide.model.processes.adoption import city_and_countryside
from divide.model.run import Run

#: Cells of the poorest quintile.
POOREST = QUINTILE == 0
#: Cards handed out in all (Higgins 2024), and adults in a hundred Mexicans (assumed).
CARDS, ADULTS = 1e6, 0.7
#: Ten countries; which the study looked at was not seen.
EMERGING_EUROPE = ("ALB", "BGR", "BIH", "CZE", "HRV", "HUN", "MKD", "POL", "ROU", "SRB")
#: Bits of a firm's state.
CONNECTED, ACCEPTS = 1, 2


def debit_cards(case: Case, firm_count: int = 400_000) -> Figures:
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
        m = case.run(2011, 2, after=after, firm_count=firm_count)
        row = m.row_of["MEX"]
        people = m.cell_shares[row, ~POOREST]
        others = m.state.countries.accounts[row, ~POOREST] @ people / people.sum()
        return micro_acceptance(m, "MEX"), float(others)

    base = outcome(None)
    all_poor, half, million = (outcome(hand_out(share)) for share in (1.0, 0.5, None))
    return {
        "terminals": per_cent(all_poor[0], base[0]),
        "other_cards": per_cent(all_poor[1], base[1]),
        "terminals_half_dose": per_cent(half[0], base[0]),
        "terminals_one_million": per_cent(million[0], base[0]),
    }


def micro_acceptance(m: DigitalDivideModel, code: str) -> float:
    """Share of a country's micro firms that accept digital payment."""
    row = m.row_of[code]
    micro = m.real_firms[row, :4]
    return float(m.state.real_share[row, :4, 1] @ micro / micro.sum())


def free_sign_up(case: Case, firm_count: int = 400_000) -> Figures:
    """Kenya's micro firms are signed up in 2018: who of those without accepts, and keeps it."""
    policy = lever("merchant_acceptance", 1.0, 2018, ["KEN"], end=2019)  # acts from July, a year
    signed, later = (
        case.run(2017, years, policy=policy, firm_count=firm_count) for years in (1.5, 2.75)
    )
    f, first = signed.state.firms, case.run(2017, 0.5, firm_count=firm_count).state.firms
    micro = (f.country == signed.row_of["KEN"]) & (f.kind < 4)
    offered = micro & (first.state & ACCEPTS == 0) & (first.state & CONNECTED != 0)
    took = offered & (f.state & ACCEPTS != 0)
    kept = took & (later.state.firms.state & ACCEPTS != 0)
    return {
        "adopt": 100 * float(took.sum() / offered.sum()),
        "keep": 100 * float(kept.sum() / took.sum()),
    }


def demonetisation(case: Case, firm_count: int = 1_600_000) -> Figures:
    """Odds of accepting payment tripled for two quarters of 2017; India at the end of 2018."""

    def shocked(m: Run) -> None:
        if m.state.step in (0, 2):
            odds = m.kind_odds.copy()
            odds[:, 1] *= 3.0 if m.state.step == 0 else 1 / 3
            m.kind_odds = odds

    def effect(case: Case) -> float:
        base, m = (case.run(2016, 2, first=x, firm_count=firm_count) for x in (None, shocked))
        return micro_acceptance(m, "IND") - micro_acceptance(base, "IND")

    alone = case.but(firms__peers=0.0, payments__from_merchants=0.0)
    whole = effect(case)
    return {"persistent": 100 * whole, "without_complements": effect(alone) / whole}


def interoperability(case: Case) -> Figures:
    """Interoperability in Africa from 2023, alone and with a rural subsidy, at the end of 2030."""
    base = case.run(2022, 8)
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
        outcome(case.run(2022, 8, policy=Policy(levers=levers)))
        for levers in (mandate, mandate | subsidy)
    )
    return {
        "fees": per_cent(alone[0], start[0]),
        "rural_coverage": 100 * float(alone[1] - start[1]),
        "inclusion": 100 * float(alone[2] - start[2]),
        "fees_subsidised": per_cent(both[0], start[0]),
        "rural_coverage_subsidised": 100 * float(both[1] - start[1]),
    }


def levied(code: str, rate: Callable[[float], float]) -> Process:
    """A levy on digital payments in one country, share of value by calendar time."""

    def impose(m: Run) -> None:
        relief = np.zeros(m.n)
        relief[m.row_of[code]] = -rate(m.year)
        m.state.policy.delivered["payment_relief"] = relief

    return impose


def use_under(
    case: Case, start: int, years: int, code: str, rate: Callable[[float], float]
) -> Array:
    """Change of the use of digital payment by a levy, %, at the end of each quarter, (steps,)."""
    base = case.run(start, years)
    m = case.run(start, years, after={budget.step: levied(code, rate)})
    use, free = (x.state.record.column("payment_use")[1:, m.row_of[code]] for x in (m, base))
    return 100 * (use / free - 1)


def ghana_levy(case: Case) -> Figures:
    """Ghana's levy of 1.5 % from mid-2022, 1 % from 2023; use in that half-year and in 2024."""

    def rate(year: float) -> float:
        return 0.0 if year < 2022.5 else 0.015 if year < 2023 else 0.01

    use = use_under(case, 2021, 3, "GHA", rate)
    first, last = use[2:4].mean(), use[-1]
    return {"second_half": float(first), "come_back": float(last - first)}


def tanzania_levy(case: Case, size: float = 0.02) -> Figures:
    """Tanzania's levy from July 2021; use in the half-year after."""
    use = use_under(case, 2020, 1, "TZA", lambda year: size * (year >= 2021.5))
    return {"half_year": float(use[2:4].mean())}


def uganda_levy(case: Case) -> Figures:
    """Uganda's tax on mobile money, 1 % from July 2018 and half of it later; use to end 2018."""
    use = use_under(case, 2017, 1, "UGA", lambda year: 0.01 * (year >= 2018.5))
    return {"half_year": float(use[2:4].mean())}


def india_network(case: Case) -> Figures:
    """One standard for payments in India from 2016; use a year after it is in force."""
    policy = lever("payment_interoperability", 1.0, 2016, ["IND"])
    base, m = case.run(2015, 2), case.run(2015, 2, policy=policy)
    row = m.row_of["IND"]
    return {"payments": per_cent(payments.use(m)[row], payments.use(base)[row])}


def lost_correspondents(case: Case) -> Figures:
    """Half of the main rails closed to ten countries of emerging Europe in 2023; their exports."""
    policy = lever("payment_shock", 0.5, 2023, EMERGING_EUROPE)
    base, m = case.run(2022, 1), case.run(2022, 1, policy=policy)
    rows = [m.row_of[code] for code in EMERGING_EUROPE]
    sold = (x.state.countries.exports[rows].sum() for x in (m, base))
    spent = (x.state.countries.imports[rows].sum() for x in (m, base))
    return {"exports": per_cent(*sold), "imports": per_cent(*spent)}


def wallet_agents(case: Case) -> Figures:
    """Wallets supported everywhere in Uganda from 2018; accounts and income two years later."""
    policy = lever("mobile_wallet", 1.0, 2018, ["UGA"])
    base, m = case.run(2017, 3), case.run(2017, 3, policy=policy)
    row, c, b = m.row_of["UGA"], m.state.countries, base.state.countries
    return {
        "accounts": 100 * float((m.national(c.accounts) - m.national(b.accounts))[row]),
        "income": per_cent(c.income[row], b.income[row]),
    }


def hit(m: Run) -> None:
    """One incident in the United States."""
    m.state.countries.trust[m.row_of["USA"]] -= m.values.security.trust_loss


def breach(case: Case) -> Figures:
    """One incident in the United States: what people there spend online, that quarter and next."""
    at_once, next_quarter = (
        per_cent(*(case.run(2022, years, first=x).state.spending[row] for x in shocks))
        for years in (0.25, 0.5)
        for row in [case.run(2022, 0).row_of["USA"]]
        for shocks in [(in_first_step(hit), None)]
    )
    return {"first_quarter": at_once, "spending": next_quarter}


def breach_fading(case: Case) -> Figures:
    """Trust lost in one incident that is still missing after a quarter."""
    base, m = case.run(2022, 0.25), case.run(2022, 0.25, first=in_first_step(hit))
    missing = base.state.countries.trust - m.state.countries.trust
    return {"left": 100 * float(missing[m.row_of["USA"]] / m.values.security.trust_loss)}
