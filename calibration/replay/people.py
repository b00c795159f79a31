"""Studies of skills and of public services online."""

import numpy as np

from divide.calibration.replay.case import Array, Case, Figures, in_first_step, lever, users
from divide.model.run import Run

#: People trained by agents of Banglalink in three months.
TRAINED = 117_000


def training_agents(case: Case) -> Figures:
    """Courses for 117,000 people in Bangladesh, 2019; more users, for each person trained."""
    policy = lever("skills_training", 4 * TRAINED, 2019, ["BGD"], end=2019.25)

    def per_trainee(years: float) -> float:
        base, m = case.run(2018, years), case.run(2018, years, policy=policy)
        people = base.state.countries.population[base.row_of["BGD"]]
        return float((users(m, "BGD") - users(base, "BGD")) * people / TRAINED)

    # The courses are given in the last quarter of 2019.
    return {"after_a_quarter": per_trainee(1.25), "lasting": per_trainee(4)}


def more_services(case: Case, start: int, factor: float, extra: float) -> tuple[Array, Array]:
    """Internet use three years on, (n,) each, without and with more public services online."""

    def add(m: Run) -> None:
        c = m.state.countries
        c.egovernment[:] = np.minimum(1.0, c.egovernment * factor + extra)

    base, m = case.run(start, 3), case.run(start, 3, first=in_first_step(add))
    return m.national(base.state.countries.online), m.national(m.state.countries.online)


def services(case: Case) -> Figures:
    """A tenth more public services online everywhere from 2006."""
    base, more = more_services(case, 2005, 1.1, 0.0)
    return {"elasticity": float(np.mean(np.log(more / base)) / np.log(1.1))}


def services_threshold(case: Case) -> Figures:
    """Services .1 higher everywhere from 2004: Europe's countries below and above 30 % online."""
    base, more = more_services(case, 2003, 1.0, 0.1)
    m = case.run(2003, 0)
    europe = m.world.table["region"].str.startswith("Europe").to_numpy()
    online = m.national(m.state.countries.online)
    gained = 100 * (more - base)
    few, many = europe & (online < 0.3), europe & (online >= 0.3) & (online < 0.7)
    return {"difference": float(gained[many].mean() - gained[few].mean())}
