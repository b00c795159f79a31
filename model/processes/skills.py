"""Skills: schooling, training, learning by using, and forgetting.

Mass training and the training of officials and teachers are separate tracks: the second multiplies
the first's reach through those whom teachers teach. At its historical scale (2.28 million people
in 150 countries) neither can visibly move a country.
"""

from math import exp

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def next_skills(
    skills: Array,
    online: Array,
    schooling: Array,
    trained: Array,
    from_school: float,
    from_use: float,
    forgetting: float,
    durable: float,
    dt: float,
) -> Array:
    """Share of people with basic digital skills one step on, (n, cells).

    S' = S + (1 - S) [schooling + use I] dt - forgetting (1 - I) S dt + durable trained (1 - S)/U,
    where U is the national share without skills: courses reach the unskilled wherever they live.

    Args:
        skills: Share with skills now, (n, cells).
        online: Share online, (n, cells).
        schooling: Index of schooling, (n,).
        trained: People trained this step over the unskilled population, (n,).
        from_school: Share that learns a year where schooling is complete.
        from_use: Share that learns a year where all are online.
        forgetting: Share of those offline that forgets a year.
        durable: Lasting learners for each person trained.
        dt: Length of the step, years.
    """
    after = np.empty(skills.shape)
    for i in range(skills.shape[0]):
        for j in range(skills.shape[1]):
            have = skills[i, j]
            gain = from_school * schooling[i] + from_use * online[i, j]
            loss = forgetting * (1 - online[i, j]) * have
            taught = durable * trained[i] * (1 - have)
            after[i, j] = min(max(have + ((1 - have) * gain - loss) * dt + taught, 0.0), 1.0)
    return after


def step(m: Run) -> None:
    """People learn and forget; officials, teachers and laboratories come and go."""
    c, p, dt = m.state.countries, m.values.skills, m.dt
    delivered = m.state.policy.delivered
    millions = c.population / 1e6
    c.schooling_years += p.schooling_growth * dt
    c.officials *= exp(-p.officials_turnover * dt)
    c.labs *= exp(-p.labs_closure * dt)
    if "officials_training" in delivered:
        c.officials += delivered["officials_training"] / millions
    if "joint_labs" in delivered:
        c.labs += delivered["joint_labs"] / millions

    taught = c.officials * millions * p.learners_per_official * dt
    if "skills_training" in delivered:
        taught = taught + delivered["skills_training"]
    unskilled = np.maximum(c.population * (1 - m.national(c.skills)), 1.0)
    trained = np.minimum(taught / unskilled, p.training_capacity * dt)
    c.skills = next_skills(
        c.skills, c.online, c.schooling, trained,
        p.schooling, p.learning_by_use, p.forgetting, p.durable_per_trainee, dt,
    )  # fmt: skip
