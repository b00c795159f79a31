"""The agent-based model run forward from a past year, on what was known by then."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model import DigitalDivideModel, Scenario
from model.outcomes import COUNTRY

Array = NDArray[np.float64]

#: Country column of the model for each indicator that is scored.
INDICATORS = {"internet_users": "internet_users", "accounts": "account_holders"}
#: A forecast of countries needs no more firms than countries x kinds, nor more platforms.
FIRMS, PLATFORMS = 3_200, 40


def forward(
    origin: int, until: int, parameters: Mapping[str, float], indicator: str = "internet_users"
) -> Array:
    """The model's path of an indicator, shares, (until - origin, n), one row a year's end.

    Nothing later than `origin` is read: the model starts from `load_world(origin)`, which knows
    no later figure, under the status quo.
    """
    plan = Scenario(
        start=origin,
        until=until,
        firms=FIRMS,
        platforms=PLATFORMS,
        parameters=dict(parameters),
    )
    model = DigitalDivideModel(plan)
    model.run_steps()
    column = list(COUNTRY).index(INDICATORS[indicator])
    per_year = plan.steps_per_year
    return model.state.record.countries[column, per_year::per_year]
