"""Skills: schooling, training, learning by using, and forgetting.

Mass training and the training of officials and teachers are separate tracks: the second multiplies
the first's reach through those whom teachers teach. At its historical scale (2.28 million people
in 150 countries) neither can visibly move a country.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model.declarations import Section
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]


def next_skills(
    skills: Array, online: Array, schooling: Array, trained: Array, p: "Section", dt: float
) -> Array:
    """Share of people with basic digital skills one step on, (n, cells).

    S' = S + (1 - S) [schooling + use I] dt - forgetting (1 - I) S dt + durable trained (1 - S)/U,
    where U is the national share without skills: courses reach the unskilled wherever they live.

    Args:
        skills: Share with skills now, (n, cells).
        online: Share online, (n, cells).
        schooling: Index of schooling, (n, 1).
        trained: People trained this step over the unskilled population, (n, 1).
        p: Parameters of the process.
        dt: Length of the step, years.
    """
    gain = p.schooling * schooling + p.learning_by_use * online
    loss = p.forgetting * (1 - online) * skills
    taught = p.durable_per_trainee * trained * (1 - skills)
    return np.clip(skills + ((1 - skills) * gain - loss) * dt + taught, 0.0, 1.0)


def step(m: "DigitalDivideModel") -> None:
    """People learn and forget; officials, teachers and laboratories come and go."""
    c, p, dt = m.state.countries, m.values.skills, m.dt
    delivered = m.state.policy.delivered
    millions = c.population / 1e6
    c.officials *= np.exp(-p.officials_turnover * dt)
    c.labs *= np.exp(-p.labs_closure * dt)
    if "officials_training" in delivered:
        c.officials += delivered["officials_training"] / millions
    if "joint_labs" in delivered:
        c.labs += delivered["joint_labs"] / millions

    taught = c.officials * millions * p.learners_per_official * dt
    if "skills_training" in delivered:
        taught = taught + delivered["skills_training"]
    unskilled = np.maximum(c.population * (1 - m.national(c.skills)), 1.0)
    trained = np.minimum(taught / unskilled, p.training_capacity * dt)
    c.skills = next_skills(c.skills, c.online, c.schooling[:, None], trained[:, None], p, dt)
