"""Columns behind agents: an attribute is declared once and stored as an array.

A class lists its attributes with `column(unit, doc)`. Two classes inherit the list: the agents, one
of them a row, and a `Columns`, the arrays of all of them. Processes work on the arrays, people read
and write the same numbers through agents (`model.countries[0].income`), and the documentation
prints the declarations.
"""

from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np
from numpy.typing import NDArray

#: Second axis of the columns that have one, by name.
AXES: dict[str, tuple[str, ...]] = {
    "cell": tuple(
        f"q{q}_{place}_{sex}"
        for q in range(1, 6)
        for place in ("urban", "rural")
        for sex in ("women", "men")
    ),
    "domain": ("data_flows", "e_payments", "e_transactions", "cybersecurity"),
    "jurisdiction": ("hub", "eu", "us", "other"),
    "stage": ("none", "memorandum", "mechanism", "recognition"),
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
    def __get__(self, agent: "Columns", owner: type) -> NDArray[Any]: ...
    @overload
    def __get__(self, agent: Any, owner: type) -> Any: ...
    def __get__(self, agent: Any, owner: type) -> Any:
        if agent is None:
            return self
        return getattr(agent.columns, self.name)[agent.row]

    def __set__(self, agent: Any, value: Any) -> None:
        getattr(agent.columns, self.name)[agent.row] = value


def column(unit: str, doc: str, *, axis: str | None = None, dtype: type = np.float64) -> Column:
    """Declare an attribute.

    Args:
        unit: Unit of measurement.
        doc: What it is, in one sentence.
        axis: Name of a second axis in `AXES`, for attributes with several values an agent.
        dtype: NumPy type of the array.
    """
    return Column(unit, doc, axis, dtype)


def declared(kind: type) -> dict[str, Column]:
    """The columns that a class or those it inherits from declare, in the order of declaration."""
    return {
        name: value
        for base in reversed(kind.__mro__)
        for name, value in vars(base).items()
        if isinstance(value, Column)
    }


class Columns:
    """The arrays of all agents of one class, shape (n,) or (n, axis), zero at first.

    A subclass inherits the declarations and makes them its slots, which come before the agents'
    descriptors and leave no room for a name that no column has.
    """

    __slots__ = ("n",)

    def __init__(self, n: int) -> None:
        self.n = n
        for name, declaration in declared(type(self)).items():
            shape = (n,) if declaration.axis is None else (n, len(AXES[declaration.axis]))
            object.__setattr__(self, name, np.zeros(shape, dtype=declaration.dtype))

    if not TYPE_CHECKING:  # a type checker would take these for leave to read and set any name

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(f"{type(self).__name__} declares no column {name!r}")

        def __setattr__(self, name: str, value: Any) -> None:
            """Set a column; compiled rules write into it and read it without looking at its size.

            Raises:
                ValueError: It has another shape than the column.
                TypeError: Its values cannot be those of the column.
            """
            old = getattr(self, name, None)
            if name != "n" and not (
                type(value) is np.ndarray
                and old is not None
                and value.dtype is old.dtype
                and value.shape == old.shape
                and value.flags.carray
            ):
                value = _own(value, name, _wanted(type(self), name, self.n))
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n} rows of {len(declared(type(self)))} columns)"

    def copy(self) -> Self:
        """An independent copy of every array."""
        other = type(self).__new__(type(self))
        other.n = self.n
        for name in declared(type(self)):
            object.__setattr__(other, name, getattr(self, name).copy())
        return other

    __copy__ = copy

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """What was pickled, as it was."""
        for name, value in state[1].items():
            object.__setattr__(self, name, value)


def _wanted(kind: type[Columns], name: str, n: int) -> tuple[Any, ...]:
    """Type and shape of a column; nothing where there is none of that name."""
    declaration = declared(kind).get(name)
    if declaration is None:
        return ()
    axis = () if declaration.axis is None else (len(AXES[declaration.axis]),)
    return np.dtype(declaration.dtype), n, *axis


def _own(value: Any, name: str, wanted: tuple[Any, ...]) -> Any:
    """What is set as an array of the column's type, in one piece, that may be written to."""
    if not wanted:
        return value  # Python refuses the name
    dtype, *shape = wanted
    array = np.asarray(value)
    if array.shape != tuple(shape):
        raise ValueError(f"column {name} has the shape {tuple(shape)}, not {array.shape}")
    array = array.astype(dtype, order="C", casting="same_kind", copy=False)
    return array if array.flags.carray else array.copy()
