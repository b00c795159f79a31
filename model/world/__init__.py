"""Country data: the world at a start year, from tables that ship with the package."""

from divide.model.declare.countries import start_years
from divide.model.world.fields import FIELDS
from divide.model.world.loader import (
    LookaheadError,
    World,
    balanced_internet_panel,
    load_world,
    report_table,
)

__all__ = [
    "FIELDS",
    "LookaheadError",
    "World",
    "balanced_internet_panel",
    "load_world",
    "report_table",
    "start_years",
]
