"""Platforms: marketplaces where firms sell and rails over which payments travel."""

from enum import IntEnum

import mesa
import numpy as np

from divide.model.agents.columns import Columns, column, declared


class Kind(IntEnum):
    """What a platform is."""

    __slots__ = ()

    MARKETPLACE = 0
    CORRESPONDENT = 1
    CARD = 2
    WALLET = 3
    INSTANT = 4
    BRIDGE = 5


class PlatformAttributes:
    """What a platform has."""

    kind = column("code", "Marketplace or type of payment rail", dtype=np.int8)
    home = column("row", "Country of the home jurisdiction", dtype=np.int16)
    jurisdiction = column("code", "Bloc of the home jurisdiction", dtype=np.int8)
    fee = column("share of value", "Fee or take rate")
    marginal_cost = column("share of value", "Cost of serving one unit of value")
    settlement_days = column("days", "Time from payment to settlement")
    appeal = column("ln", "Quality as users see it")
    openness = column("index 0-1", "Interoperability with other platforms")
    users = column("persons", "People who use it")
    sellers = column("firms", "Firms that sell or are paid through it")
    volume = column("US$/year", "Value that passes through it")
    reach = column("countries", "Countries served")


class PlatformColumns(Columns, PlatformAttributes):
    """The attributes of all platforms, an array each, (platforms,)."""

    __slots__ = tuple(declared(PlatformAttributes))


class Platform(PlatformAttributes, mesa.Agent):
    """One platform; its attributes are row `row` of the model's platform columns.

    Names are neutral: a platform is known by its kind, its home and a number.
    """

    def __init__(self, model: mesa.Model, columns: PlatformColumns, row: int, name: str) -> None:
        super().__init__(model)
        self.columns = columns
        self.row = row
        self.name = name

    def __repr__(self) -> str:
        return f"Platform({self.name})"
