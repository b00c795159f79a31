"""How much of a lever countries can absorb: money beyond this is not asked for."""

import numpy as np
from numpy.typing import NDArray

from divide.model.processes.infrastructure import cost_to_cover
from divide.model.run import Run

Array = NDArray[np.float64]


def _mobile(m: Run) -> Array:
    c, p = m.state.countries, m.values.infrastructure
    unit = p.unit_cost_mobile * m.state.cost_level
    return cost_to_cover(c.mobile, 1.0, unit * c.population, c.remoteness) / 1e6


def _five_g(m: Run) -> Array:
    c, p = m.state.countries, m.values.infrastructure
    unit = p.unit_cost_five_g * m.state.cost_level
    return cost_to_cover(c.five_g, c.mobile, unit * c.population, c.remoteness) / 1e6


def _backbone(m: Run) -> Array:
    c, p = m.state.countries, m.values.infrastructure
    return (1 - c.backbone) * p.backbone_cost * c.population / 1e6


def _trainees(m: Run) -> Array:
    c, p = m.state.countries, m.values.skills
    return p.training_capacity * m.dt * c.population * (1 - m.national(c.skills))


#: Levers with a limit; the others can absorb any amount. Amounts in the lever's unit, (n,).
LIMITS = {
    "rural_coverage": _mobile,
    "five_g": _five_g,
    "fibre_backbone": _backbone,
    "skills_training": _trainees,
}
