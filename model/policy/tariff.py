"""How levers are paid for: in the form in which the compiled rules take it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import Lever

Array = NDArray[np.float64]

#: What some degrees are a share of, by `Lever.per`.
SHARES = ("data", "handsets", "payments")
#: How other costs come about: an office and so much a head, so much a firm, or nothing.
BY_HEAD, BY_FIRM, FREE = -1, -2, -3


class Tariff(NamedTuple):
    """How levers are paid for.

    Attributes:
        kind: Row of `bills` that a lever is a share of, or `BY_HEAD`, `BY_FIRM`, `FREE`, (levers,).
        fixed: US$ a year and country or firm, (levers,).
        per_head: US$ a year and person, (levers,).
        bills: Names in `SHARES`, those that some lever is a share of.
    """

    kind: NDArray[np.int64]
    fixed: Array
    per_head: Array
    bills: tuple[str, ...]


def tariff(levers: Sequence[Lever]) -> Tariff:
    """How levers are paid for; amounts, which have a price, cost nothing a year."""
    per = [_per(lever) for lever in levers]
    bills = tuple(name for name in SHARES if name in per)
    kinds = {"country": BY_HEAD, "firms": BY_FIRM, "nothing": FREE}
    kinds |= {name: row for row, name in enumerate(bills)}
    return Tariff(
        np.array([kinds[each] for each in per], dtype=np.int64),
        np.array([lever.usd_per_unit or 0.0 for lever in levers]),
        np.array([float(lever.usd_per_head) for lever in levers]),
        bills,
    )


def _per(lever: Lever) -> str:
    if lever.kind == "amount":
        return "nothing"
    no_price = lever.usd_per_unit is None and lever.per == "country"
    return "data" if no_price else lever.per
