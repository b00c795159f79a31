"""An extension in one file: community telecentres, a lever with the process that acts on it."""

import numpy as np

from divide.model.declare.levers import Lever, declare_lever
from divide.model.run import Run

TELECENTRES = declare_lever(
    Lever(
        name="telecentres",
        label="Community telecentres",
        group="hard",
        kind="amount",
        unit="centres/year",
        bounds=(0, 100_000),
        usd_per_unit=20_000,
        lag_years=0.5,
        loan_share=0.0,
        outcome="internet_users",
        direction="up",
        evidence="assumed",
        source="assumed",
        help="Shared computers for people who own none.",
    )
)
USERS_PER_CENTRE = 200  # persons, assumed


def step(m: Run) -> None:
    """People without a device of their own go online at a centre."""
    c = m.state.countries
    seats = m.in_force("telecentres") * USERS_PER_CENTRE
    offline = np.maximum(c.population * (1 - m.national(c.online)), 1.0)
    c.online += (1 - c.online) * np.minimum(seats / offline, 1.0)[:, None]
