"""Skills: schooling, training, learning by using, and forgetting.

Mass training and the training of officials and teachers are separate tracks: the second multiplies
the first's reach through those whom teachers teach. At its historical scale (2.28 million people
in 150 countries) neither can visibly move a country.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import CELLS, national
from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]


class Terms(NamedTuple):
    """Parameters of skills; see `parameters/skills.yaml`."""

    schooling: float
    learning_by_use: float
    forgetting: float
    durable_per_trainee: float
    training_capacity: float
    learners_per_official: float
    officials_turnover: float
    labs_closure: float
    schooling_growth: float


@njit(cache=True, nogil=True, error_model="numpy")
def learn(
    skills: Array,
    schooling_years: Array,
    officials: Array,
    labs: Array,
    online: Array,
    schooling: Array,
    population: Array,
    new_officials: Array,
    new_labs: Array,
    trained: Array,
    shares: Array,
    p: Terms,
    dt: float,
) -> None:
    """One step: officials and laboratories come and go, people learn and forget.

    S' = S + (1 - S) [schooling + use I] dt - forgetting (1 - I) S dt + durable trained (1 - S)/U,
    where U is the national share without skills: courses reach the unskilled wherever they live.

    Args:
        skills: Share of people with basic digital skills, (n, cells); changes like the next three.
        schooling_years: Mean years of schooling of adults, (n,).
        officials: Officials and teachers trained, per million people, (n,).
        labs: Joint laboratories per million people, (n,).
        online: Share online, (n, cells).
        schooling: Index of schooling, (n,), like the next five.
        population: Persons.
        new_officials: Officials trained in this step.
        new_labs: Laboratories opened in this step.
        trained: People trained in this step by courses, without those whom teachers teach.
        shares: Share of a country's people in each cell, (n, cells).
        p: Parameters.
        dt: Length of the step, years.
    """
    serve, remain = np.exp(-p.officials_turnover * dt), np.exp(-p.labs_closure * dt)
    school, use, forgets = p.schooling * dt, p.learning_by_use * dt, p.forgetting * dt
    for i in range(schooling.size):
        millions = population[i] / 1e6
        schooling_years[i] += p.schooling_growth * dt
        officials[i] = officials[i] * serve + new_officials[i] / millions
        labs[i] = labs[i] * remain + new_labs[i] / millions
        taught = officials[i] * millions * p.learners_per_official * dt + trained[i]
        unskilled = max(population[i] * (1 - national(skills, shares, i)), 1.0)
        courses = p.durable_per_trainee * min(taught / unskilled, p.training_capacity * dt)
        for j in range(CELLS):
            have = skills[i, j]
            gain = (1 - have) * (school * schooling[i] + use * online[i, j] + courses)
            after = have + gain - forgets * (1 - online[i, j]) * have
            skills[i, j] = min(max(after, 0.0), 1.0)


def step(m: Run) -> None:
    """People learn and forget; officials, teachers and laboratories come and go."""
    c, given, nothing = m.state.countries, m.state.policy.delivered.get, np.zeros(m.n)
    learn(
        c.skills, c.schooling_years, c.officials, c.labs, c.online, c.schooling, c.population,
        given("officials_training", nothing), given("joint_labs", nothing),
        given("skills_training", nothing), m.cell_shares, m.values.skills.pick(Terms), m.dt,
    )  # fmt: skip
