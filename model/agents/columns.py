"""Columns behind agents: an attribute is declared once, on its class, and stored as an array.

A class lists its attributes with `column(unit, doc)`. `Columns(Kind, n)` makes one array for each;
an agent is a row. Processes work on the arrays, people read and write the same numbers through
agents (`model.countries[0].income`), and the documentation prints the declarations.
"""

from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

#: Second axis of the columns that have one, by name.
AXES: dict[str, tuple[str, ...]] = {
    "cell": tuple(f"q{q}_{place}" for q in range(1, 6) for place in ("urban", "rural")),
    "domain": ("data_flows", "e_payments", "e_transactions", "cybersecurity"),
    "jurisdiction": ("hub", "eu", "us", "other"),
}


class Column:
    """One attribute of every agent of a class: a unit, a sentence, and for some a second axis."""

    def __init__(self, unit: str, doc: str, axis: str | None, dtype: type) -> None:
        self.unit = unit
        self.doc = doc
        self.axis = axis
        self.dtype = dtype
        self.__doc__ = f"{doc} [{unit}]"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type) -> Self: ...
    @overload
    def __get__(self, agent: Any, owner: type) -> Any: ...
    def __get__(self, agent: Any, owner: type) -> Any:
        if agent is None:
            return self
        return getattr(agent.columns, self.name)[agent.row]

    def __set__(self, agent: Any, value: Any) -> None:
        getattr(agent.columns, self.name)[agent.row] = value


def column(unit: str, doc: str, *, axis: str | None = None, dtype: type = np.float64) -> Any:
    """Declare an attribute.

    Args:
        unit: Unit of measurement.
        doc: What it is, in one sentence.
        axis: Name of a second axis in `AXES`, for attributes with several values an agent.
        dtype: NumPy type of the array.
    """
    return Column(unit, doc, axis, dtype)


def declared(kind: type) -> dict[str, Column]:
    """The columns that a class declares, by name, in the order of declaration."""
    return {name: value for name, value in vars(kind).items() if isinstance(value, Column)}


class Columns:
    """The arrays of all agents of one class, shape (n,) or (n, axis), zero at first."""

    n: int
    _agent: type
    _names: frozenset[str]

    def __init__(self, kind: type, n: int) -> None:
        columns = declared(kind)
        self.__dict__.update(_agent=kind, _names=frozenset(columns), n=n)
        for name, declaration in columns.items():
            shape = (n,) if declaration.axis is None else (n, len(AXES[declaration.axis]))
            setattr(self, name, np.zeros(shape, dtype=declaration.dtype))

    def __getattr__(self, name: str) -> NDArray[Any]:
        raise AttributeError(f"{self._agent.__name__} declares no column {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Replace a column's array; a name that no column has is an error, not a new column."""
        if name not in self._names:
            raise AttributeError(f"{self._agent.__name__} declares no column {name!r}")
        self.__dict__[name] = value

    def copy(self) -> "Columns":
        """An independent copy of every array."""
        other = Columns.__new__(Columns)
        other.__dict__.update(_agent=self._agent, _names=self._names, n=self.n)
        for name in self._names:
            other.__dict__[name] = self.__dict__[name].copy()
        return other
