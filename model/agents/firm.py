"""Firms: representative firms kept as columns, with Mesa agents as views on their rows.

A Mesa object costs hundreds of bytes and a firm here 10, so firms are rows of a `FirmPopulation`.
The population speaks the verbs of Mesa's `AgentSet` (select, get, set, agg, groupby, do, map), and
`firms[i]` is a genuine `mesa.Agent` whose attributes read and write row i. `firms.register(model)`
puts every firm in `model.agents`, for those who want plain Mesa and can spare the memory.

Attributes mean the same wherever they are read: `firms[3].skill`, `firms.get("skill")[3]` and
`firms.to_frame()["skill"]` agree. The stored arrays (`firms.skill`, `firms.state`...) are in the
compact codes of `FirmPopulation` and are meant for kernels. Sums over firms are kept, not counted
anew, so whoever may have written to a firm or to an array is followed by a recount (`stale`).
"""

import math
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, overload, override

import mesa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model.agents.columns import Column, declared
from divide.model.agents.layout import KINDS, Layout, Rows
from divide.model.compiled import njit
from divide.model.light import pandas as pd
from divide.model.streams import key, uniform

#: Bits of a firm's `state`.
CONNECTED, ACCEPTS, SELLS, EXPORTS, USES_TOOLS = 1, 2, 4, 8, 16
#: Size classes: 1-9, 10-49, 50-249, and 250 or more persons employed.
SIZES = ("micro", "small", "medium", "large")
SECTORS = ("agri_food", "light_manufacture", "machinery_electronics", "digital_services")
#: Fixed-point scale of sums over firms: integers add up to the same total in any order.
FIXED = 256
#: Persons employed by a firm of each size class, for the capacity to supply (assumed).
EMPLOYED = np.array([3, 20, 100, 600])
#: Name and type of the stored columns; they sum to 10 bytes a firm.
STORED: dict[str, type[np.generic]] = {
    "state": np.uint8,
    "marketplace": np.int16,
    "rail": np.int16,
    "productivity": np.float32,
    "skill": np.uint8,
}
#: Mesa numbers the agents it registers 1, 2, 3...; firms count from here, so no number is shared.
FIRST_UNIQUE_ID = 1 << 32


# Attributes: how the compact columns are read and written -----------------------------------------


class Attribute(Column):
    """One attribute of a firm, decoded from a stored column; fixed unless a subclass writes it."""

    def __init__(self, unit: str, doc: str, source: str, dtype: type = np.float64) -> None:
        super().__init__(unit, doc, None, dtype)
        self.source = source

    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        """Values of `rows`, always a copy."""
        return firms.stored(self.source, rows).astype(self.dtype)

    def write(self, firms: "FirmPopulation", rows: Rows, values: ArrayLike) -> None:
        """Check, encode and store `values`, one for all rows or one a row."""
        can = ", ".join(n for n, a in ATTRIBUTES.items() if type(a).write is not Attribute.write)
        raise AttributeError(f"{self.name} of a firm is fixed; those that can be set are {can}")

    def codes(self, firms: "FirmPopulation", rows: Rows) -> NDArray[Any]:
        """Values that sort and compare fast; `decode` turns one into what a firm shows."""
        return self.read(firms, rows)

    def decode(self, firms: "FirmPopulation", code: Any) -> Hashable:
        """What a firm shows for one code."""
        return code.item()

    def encode(self, firms: "FirmPopulation", value: Any) -> Any:
        """Code of a value that somebody asks for.

        Raises:
            ValueError: If no firm could have it.
        """
        if isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating):
            return value
        raise ValueError(f"{self.name} is a number or a truth value, got {value!r}")

    def __get__(self, firm: Any, owner: type) -> Any:
        if firm is None:
            return self
        return self.decode(firm.population, self.codes(firm.population, firm.row))

    def __set__(self, firm: Any, value: Any) -> None:
        self.write(firm.population, firm.row, value)


class Flag(Attribute):
    """A truth value kept in one bit of the state."""

    def __init__(self, doc: str, mask: int) -> None:
        super().__init__("true or false", doc, "state", np.bool_)
        self.mask = np.uint8(mask)

    @override
    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        return (firms.stored("state", rows) & self.mask) != 0

    @override
    def write(self, firms: "FirmPopulation", rows: Rows, values: ArrayLike) -> None:
        given = np.asarray(values)
        fine = np.isin(given, (0, 1))
        if not fine.all():
            raise ValueError(f"{self.name} is True or False, got {_odd(given[~fine])!r}")
        column = firms.state
        state = column[rows]
        column[rows] = np.where(given.astype(bool), state | self.mask, state & ~self.mask)


class Quantity(Attribute):
    """A number between bounds, stored as it is or as a whole number of `1 / scale`."""

    def __init__(
        self,
        unit: str,
        doc: str,
        source: str,
        bounds: tuple[float, float],
        *,
        scale: int = 1,
        dtype: type = np.float64,
    ) -> None:
        super().__init__(unit, doc, source, dtype)
        self.bounds = bounds
        self.scale = scale

    @override
    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        values = super().read(firms, rows)
        return values if self.scale == 1 else values / self.scale

    @override
    def write(self, firms: "FirmPopulation", rows: Rows, values: ArrayLike) -> None:
        given = np.asarray(values, dtype=np.float64)
        whole = np.issubdtype(self.dtype, np.integer)
        fine = (given >= self.bounds[0]) & (given <= self.bounds[1])  # also refuses NaN
        if whole:
            fine &= given == np.rint(given)
        if not fine.all():
            what = "a whole number" if whole else "a number"
            low, high = (f"{bound:g}" for bound in self.bounds)
            odd = _odd(given[~fine])
            raise ValueError(f"{self.name} is {what} from {low} to {high}, got {odd}")
        column = getattr(firms, self.source)
        column[rows] = given if self.scale == 1 else np.rint(given * self.scale)


class Label(Attribute):
    """A name for some bits of a stored column."""

    def __init__(self, doc: str, source: str, names: tuple[str, ...], divisor: int = 1) -> None:
        super().__init__("name", doc, source, np.str_)
        self.given = names
        self.divisor = divisor

    def names(self, firms: "FirmPopulation") -> tuple[str, ...]:
        """The names by code."""
        return self.given

    @override
    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        return np.array(self.names(firms))[self.codes(firms, rows)]

    @override
    def codes(self, firms: "FirmPopulation", rows: Rows) -> NDArray[Any]:
        return firms.stored(self.source, rows) // self.divisor % len(self.names(firms))

    @override
    def decode(self, firms: "FirmPopulation", code: Any) -> Hashable:
        return self.names(firms)[int(code)]

    @override
    def encode(self, firms: "FirmPopulation", value: Any) -> Any:
        names = self.names(firms)
        if value not in names:
            raise ValueError(f"{self.name} is one of {', '.join(names)}; got {value!r}")
        return names.index(value)


class CountryCode(Label):
    """The code of the firm's country, known once the population is bound to a model."""

    @override
    def names(self, firms: "FirmPopulation") -> tuple[str, ...]:
        if not firms.countries:
            raise AttributeError("iso3 needs a model with countries: firms.bind(model)")
        return tuple(country.iso3 for country in firms.countries)


class Home(Attribute):
    """The country: a row number in columns, the agent itself on a firm of a model that has it."""

    @override
    def encode(self, firms: "FirmPopulation", value: Any) -> Any:
        return super().encode(firms, getattr(value, "row", value))

    def __get__(self, firm: Any, owner: type) -> Any:
        row = super().__get__(firm, owner)
        countries = () if firm is None else firm.population.countries
        return countries[row] if countries else row


class Weight(Attribute):
    """The number of real firms behind one, from the table by country and kind."""

    @override
    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        return firms.weight[firms.stored("country", rows), firms.stored("kind", rows)]


class UniqueId(Attribute):
    """Mesa's number of an agent, here made from the firm's ident so that it never changes."""

    @override
    def read(self, firms: "FirmPopulation", rows: Rows) -> Any:
        return super().read(firms, rows) + FIRST_UNIQUE_ID

    def __set__(self, firm: Any, value: Any) -> None:
        """Ignored: Mesa assigns serial numbers when it registers agents, and a firm has its own."""


def _odd(values: NDArray[Any]) -> Any:
    """The first refused value, as a plain Python object."""
    return values.reshape(-1)[0].item()


class Firm(mesa.Agent):
    """One representative firm: a view on row `row` of a population.

    Two views on a row are two objects until the firms are registered; compare `unique_id`. Firms
    neither enter nor leave: `remove()` takes a registered firm out of `model.agents` only.
    """

    country = Home("row", "Home country", "country", np.int64)
    iso3 = CountryCode("Code of the home country", "country", ())
    kind = Attribute("code", "Size class * 4 + sector", "kind", np.int64)
    size = Label("Size class", "kind", SIZES, divisor=len(SECTORS))
    sector = Label("Sector", "kind", SECTORS)
    connected = Flag("Uses the internet for its business", CONNECTED)
    accepts = Flag("Accepts digital payment", ACCEPTS)
    sells_online = Flag("Sells online", SELLS)
    exports_online = Flag("Exports online", EXPORTS)
    uses_tools = Flag("Uses cloud services, artificial intelligence or sensors", USES_TOOLS)
    marketplace = Quantity(
        "row", "Platform it sells on, -1 for none", "marketplace", (-1, 32767), dtype=np.int64
    )
    rail = Quantity("row", "Payment rail it uses, -1 for none", "rail", (-1, 32767), dtype=np.int64)
    productivity = Quantity(
        "ratio", "Sales capacity over the mean of its class", "productivity", (0, 1e6)
    )
    skill = Quantity("share", "Digital skill, kept to 1/255", "skill", (0, 1), scale=255)
    weight = Weight("firms", "Real firms that it stands for", "kind")
    ident = Attribute("code", "Key of its random numbers", "ident", np.int64)
    unique_id = UniqueId("code", "Mesa's number of the agent", "ident", np.int64)

    def __init__(self, population: "FirmPopulation", row: int) -> None:
        # mesa.Agent.__init__ sets model, unique_id and pos, and then registers the agent. A view
        # must leave no trace in the model, so it sets them itself and registration comes on demand
        # (`FirmPopulation.register`). Neither way draws from the model's random numbers.
        self.population = population
        self.row = row
        self.model = population.model
        self.pos = None

    def __repr__(self) -> str:
        where = self.iso3 if self.population.countries else f"country {self.country}"
        return f"Firm({where}, {self.size}, {self.sector}, {self.unique_id})"


#: Every attribute of a firm by name.
ATTRIBUTES: dict[str, Attribute] = {
    name: value for name, value in declared(Firm).items() if isinstance(value, Attribute)
}


def _attribute(name: str) -> Attribute:
    if name not in ATTRIBUTES:
        raise AttributeError(f"a firm has no {name!r}; it has {', '.join(ATTRIBUTES)}")
    return ATTRIBUTES[name]


# Verbs, for all firms and for some ---------------------------------------------------------------


class Firms:
    """The verbs of Mesa's `AgentSet`, over rows of a population; results are arrays, not lists.

    Functions given to `do`, `map`, `select` and `groupby` are called with one `Firm` after another,
    as in Mesa, a few microseconds each. Masks, conditions and names of attributes work on whole
    columns and suit millions of firms.
    """

    __slots__ = ()
    population: "FirmPopulation"
    rows: slice | NDArray[np.intp]

    @property
    def _index(self) -> NDArray[np.intp]:
        """The rows as an array of row numbers."""
        return np.arange(len(self.population)) if isinstance(self.rows, slice) else self.rows

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Firm]:
        return (self.population.view(int(row)) for row in self._index)

    def __contains__(self, firm: object) -> bool:
        mine = isinstance(firm, Firm) and firm.population is self.population
        return mine and (isinstance(self.rows, slice) or firm.row in self.rows)  # type: ignore[attr-defined]

    @overload
    def __getitem__(self, item: int) -> Firm: ...
    @overload
    def __getitem__(self, item: slice) -> "FirmSelection": ...
    def __getitem__(self, item: int | slice) -> "Firm | FirmSelection":
        if isinstance(item, slice):
            return FirmSelection(self.population, self._index[item])
        place = operator.index(item)
        if not -len(self) <= place < len(self):
            raise IndexError(f"firm {place} of {len(self)}")
        place %= len(self)
        row = place if isinstance(self.rows, slice) else int(self.rows[place])
        return self.population.view(row)

    def to_list(self) -> list[Firm]:
        """The firms as agents."""
        return list(self)

    def select(
        self,
        filter_func: Callable[[Firm], bool] | ArrayLike | None = None,
        at_most: float = float("inf"),
        **conditions: Any,
    ) -> "FirmSelection":
        """Firms that pass a filter and meet every condition, in their order.

        Args:
            filter_func: A function of one firm, or an array of booleans, one a firm.
            at_most: Keep the first so many; a float up to 1 is a share of the firms, rounded down.
            **conditions: Attribute and the value it must have, or a collection of allowed values:
                `select(size=("micro", "small"), connected=False)`.

        Raises:
            AttributeError: If a firm has no such attribute.
            TypeError: If `filter_func` is neither a function nor an array of booleans.
            ValueError: If a mask has the wrong length, or no firm could have a value asked for.
        """
        if not at_most >= 0:
            raise ValueError(f"at_most is a number of firms or a share of them, got {at_most}")
        if isinstance(at_most, float) and at_most <= 1:
            at_most = int(len(self) * at_most)
        keep = np.ones(len(self), dtype=bool)
        for name, wanted in conditions.items():
            attribute = _attribute(name)
            many = isinstance(wanted, Iterable) and not isinstance(wanted, str)
            codes = [attribute.encode(self.population, v) for v in (wanted if many else (wanted,))]
            keep &= np.isin(attribute.codes(self.population, self.rows), codes)
        if callable(filter_func):
            places = np.flatnonzero(keep)
            passed = [bool(filter_func(self[int(place)])) for place in places]
            keep[places] = passed
        elif filter_func is not None:
            mask = np.asarray(filter_func)
            if mask.dtype != np.bool_:
                raise TypeError(f"a filter is a function or an array of booleans, not {mask.dtype}")
            if mask.shape != keep.shape:
                raise ValueError(f"the mask has shape {mask.shape}, the firms are {len(self)}")
            keep &= mask
        places = np.flatnonzero(keep)
        if at_most < places.size:
            places = places[: int(at_most)]
        return FirmSelection(self.population, self._index[places])

    def get(self, attr_names: str | Sequence[str]) -> NDArray[Any]:
        """Values of one attribute, or of several, always a copy.

        Args:
            attr_names: A name gives an array of shape (firms,). Several names give a structured
                array: one record a firm, as in Mesa, and one column a name.

        Raises:
            AttributeError: If a firm has no such attribute.
        """
        if isinstance(attr_names, str):
            return _attribute(attr_names).read(self.population, self.rows)
        columns = {name: self.get(name) for name in attr_names}
        out = np.empty(len(self), dtype=[(name, values.dtype) for name, values in columns.items()])
        for name, values in columns.items():
            out[name] = values
        return out

    def set(self, attr_name: str, value: ArrayLike) -> Self:
        """Set an attribute to one value for all these firms, or to an array of one a firm.

        Raises:
            AttributeError: If a firm has no such attribute or it cannot be set.
            ValueError: If a value is out of bounds, or an array has the wrong length.
        """
        if np.shape(value) not in ((), (len(self),)):
            raise ValueError(f"got values of shape {np.shape(value)} for {len(self)} firms")
        _attribute(attr_name).write(self.population, self.rows, value)
        return self

    def agg(self, attribute: str, func: Callable | Iterable[Callable]) -> Any:
        """A function of the array of an attribute's values, or a list of several functions'."""
        values = self.get(attribute)
        return func(values) if callable(func) else [f(values) for f in func]

    def groupby(self, by: str | Callable[[Firm], Hashable]) -> "FirmGroups":
        """Groups of firms by an attribute or a function of one firm, in order of first member."""
        if callable(by):
            members: dict[Hashable, list[int]] = {}
            for place, firm in enumerate(self):
                members.setdefault(by(firm), []).append(place)
            parts = {name: np.array(places, dtype=np.intp) for name, places in members.items()}
        else:
            attribute = _attribute(by)
            codes = attribute.codes(self.population, self.rows)
            order = np.argsort(codes, kind="stable")
            cuts = np.flatnonzero(codes[order][1:] != codes[order][:-1]) + 1
            found = [places for places in np.split(order, cuts) if places.size]
            found.sort(key=lambda places: places[0])
            names = [attribute.decode(self.population, codes[places[0]]) for places in found]
            parts = dict(zip(names, found, strict=True))
        index = self._index
        return FirmGroups(
            {name: FirmSelection(self.population, index[places]) for name, places in parts.items()}
        )

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function, or a method of this name, on each firm in turn."""
        self.map(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a function, or a method of this name, called on each firm in turn."""
        if isinstance(method, str):
            return [getattr(firm, method)(*args, **kwargs) for firm in self]
        return [method(firm, *args, **kwargs) for firm in self]

    def to_frame(self) -> "pd.DataFrame":
        """All attributes, one row a firm, indexed by `unique_id`."""
        names = [n for n in ATTRIBUTES if n != "unique_id"]
        if not self.population.countries:
            names.remove("iso3")
        columns: dict[str, Any] = {}
        for name in names:
            attribute = ATTRIBUTES[name]
            if isinstance(attribute, Label):
                codes = attribute.codes(self.population, self.rows)
                columns[name] = pd.Categorical.from_codes(codes, attribute.names(self.population))
            else:
                columns[name] = self.get(name)
        return pd.DataFrame(columns, index=pd.Index(self.get("unique_id"), name="unique_id"))

    @property
    def size(self) -> NDArray[np.str_]:
        """Size class of each firm."""
        return self.get("size")

    @property
    def sector(self) -> NDArray[np.str_]:
        """Sector of each firm."""
        return self.get("sector")

    @property
    def connected(self) -> NDArray[np.bool_]:
        """Whether each firm uses the internet for its business."""
        return self.get("connected")

    @property
    def accepts(self) -> NDArray[np.bool_]:
        """Whether each firm accepts digital payment."""
        return self.get("accepts")

    @property
    def sells_online(self) -> NDArray[np.bool_]:
        """Whether each firm sells online."""
        return self.get("sells_online")

    @property
    def exports_online(self) -> NDArray[np.bool_]:
        """Whether each firm exports online."""
        return self.get("exports_online")

    @property
    def weights(self) -> NDArray[np.float64]:
        """Real firms that each firm stands for; `weight` of a population is the table by cell."""
        return self.get("weight")


class FirmSelection(Firms):
    """Some firms of a population, by row; what is set here is set in the population."""

    __slots__ = ("population", "rows")
    rows: NDArray[np.intp]

    def __init__(self, population: "FirmPopulation", rows: NDArray[np.intp]) -> None:
        self.population = population
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"FirmSelection({len(self)} of {len(self.population)} firms)"


class FirmGroups:
    """Groups of firms by name, with the verbs of Mesa's `GroupBy`."""

    def __init__(self, groups: dict[Any, FirmSelection]) -> None:
        self.groups = groups

    def __iter__(self) -> Iterator[tuple[Any, FirmSelection]]:
        return iter(self.groups.items())

    def __len__(self) -> int:
        return len(self.groups)

    def count(self) -> dict[Any, int]:
        """Number of firms in each group."""
        return {name: len(group) for name, group in self}

    def agg(
        self, attr_name: str | dict[str, Callable], func: Callable | None = None
    ) -> dict[Any, Any]:
        """A function of an attribute's values in each group.

        Args:
            attr_name: An attribute, or functions by attribute; these give a dictionary a group.
            func: The function, where one attribute is named.
        """
        if isinstance(attr_name, dict):
            return {
                name: {attribute: group.agg(attribute, f) for attribute, f in attr_name.items()}
                for name, group in self
            }
        if func is None:
            raise TypeError("agg takes an attribute and a function, or functions by attribute")
        return {name: group.agg(attr_name, func) for name, group in self}

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Result of a function of each group, or of the group's method of this name."""
        if isinstance(method, str):
            return {name: getattr(group, method)(*args, **kwargs) for name, group in self}
        return {name: method(group, *args, **kwargs) for name, group in self}

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """As `map`, for what is done rather than returned."""
        self.map(method, *args, **kwargs)
        return self


class FirmPopulation(Firms):
    """All firms of a model, as columns sorted by country and then kind.

    Attributes:
        state: Bits CONNECTED, ACCEPTS, SELLS, EXPORTS and USES_TOOLS.
        marketplace: Row of the platform it sells on, -1 for none.
        rail: Row of the platform it is paid through, -1 for none.
        productivity: Sales capacity relative to its class, mean 1.
        skill: Digital skill, 0-255 for 0-1.
        weight: Real firms that one firm of a country and kind stands for, shape (countries, 16).
        layout: Where the firms of each country and kind are stored.
        stale: Whether the stored arrays may have been written to since the sums over firms were
            last right: a stored array was handed out, or an attribute was set.
        reach: What traits make of the odds in each cell at least and at most, known with the sums,
            see `ladder.extremes`; tools_reach is that of digital tools, see `tools.extremes`.
    """

    def __init__(
        self, columns: dict[str, NDArray[Any]], weight: NDArray[np.float64], layout: Layout
    ) -> None:
        self._columns = {name: columns[name] for name in STORED}
        self.weight = weight
        self.layout = layout
        self.stale = True
        self.reach = np.zeros((4, len(layout.home)), dtype=np.float32)
        self.tools_reach = np.zeros((2, len(layout.home)), dtype=np.float32)
        self.rows = slice(None)
        self._model: mesa.Model | None = None
        #: The firms as agents, once they are registered with Mesa.
        self.registered: list[Firm] = []
        self._countries: tuple[Any, ...] | None = ()

    def _handed_out(self, name: str) -> NDArray[Any]:
        self.stale = True
        return self._columns[name]

    @property
    def state(self) -> NDArray[np.uint8]:
        """Bits of the states of each firm, (firms,)."""
        return self._handed_out("state")

    @property
    def marketplace(self) -> NDArray[np.int16]:
        """Marketplace of each firm, (firms,)."""
        return self._handed_out("marketplace")

    @property
    def rail(self) -> NDArray[np.int16]:
        """Payment rail of each firm, (firms,)."""
        return self._handed_out("rail")

    @property
    def productivity(self) -> NDArray[np.float32]:
        """Relative sales capacity of each firm, (firms,)."""
        return self._handed_out("productivity")

    @property
    def skill(self) -> NDArray[np.uint8]:
        """Digital skill of each firm, (firms,)."""
        return self._handed_out("skill")

    @property
    def country(self) -> NDArray[np.int16]:
        """Row of each firm's home country, worked out anew, (firms,)."""
        return self.stored("country", self.rows)

    @property
    def kind(self) -> NDArray[np.uint8]:
        """Size class * 4 + sector of each firm, worked out anew, (firms,)."""
        return self.stored("kind", self.rows)

    @property
    def ident(self) -> NDArray[np.uint32]:
        """Key of each firm's random numbers, worked out anew, (firms,).

        It is a function of country, kind and number in that cell, so that a firm keeps its luck
        wherever it is stored.
        """
        return self.stored("ident", self.rows)

    def stored(self, name: str, rows: Rows) -> Any:
        """Codes of some rows, to read: from a stored column, or from the firms' places."""
        if name in STORED:
            return self._columns[name][rows]
        return getattr(self.layout, name)(rows)

    @contextmanager
    def in_place(self) -> Iterator[tuple[Layout, dict[str, NDArray[Any]]]]:
        """The layout and the columns in its order, for kernels that keep the sums right.

        Firms stored in another order are sorted first and written back afterwards. The firms are
        not stale when the block is left: who writes here has seen to the sums.
        """
        columns: dict[str, NDArray[Any]] = {
            "state": self.state, "marketplace": self.marketplace, "rail": self.rail,
            "productivity": self.productivity, "skill": self.skill,
        }  # fmt: skip
        row = None
        if self.layout.place is not None:
            row = np.argsort(self.layout.place)
            columns = {name: column[row] for name, column in columns.items()}
        yield self.layout, columns
        if row is not None:
            for name, column in columns.items():
                self._columns[name][row] = column
        self.stale = False

    @property
    def population(self) -> "FirmPopulation":  # type: ignore[override]
        """The population itself, as a selection has one."""
        return self

    @classmethod
    def build(
        cls,
        counts: NDArray[np.integer],
        weight: NDArray[np.float64],
        seed: int,
        *,
        productivity_shape: float,
        productivity_cap: float,
        skill_mean: ArrayLike,
        skill_spread: float,
        order: ArrayLike | None = None,
    ) -> Self:
        """Draw a population; no firm is connected yet.

        Productivity follows a Pareto law, whose upper tail describes firm sizes well (Axtell 2001,
        doi 10.1126/science.1062081), piled up at a cap and scaled so that its mean is 1. Skill is
        triangular around the country's mean, narrowed where it would leave [0, 1], so that the mean
        is kept (assumed form).

        Args:
            counts: Representative firms by country and kind, shape (countries, 16).
            weight: Real firms that each stands for, same shape; see `firm_weights`.
            seed: The run's seed.
            productivity_shape: Exponent of the Pareto tail, 0.5 or more; smaller is more unequal.
            productivity_cap: Largest productivity, as a multiple of the mean, above 1, up to 1e6.
            skill_mean: Mean skill of the firms of each country, share, shape (countries,).
            skill_spread: Standard deviation of skill within a country, 0 or more.
            order: Country rows in the order in which firms are stored and numbered, shape
                (countries,); that of the rows if not given.

        Raises:
            ValueError: If a shape or value is not as described, or a cell holds too many firms.
        """
        table = np.asarray(counts)
        n = len(table)
        layout = Layout.of(table, np.arange(n) if order is None else np.asarray(order))
        weights = np.array(weight, dtype=np.float64)
        if weights.shape != table.shape or not (np.isfinite(weights) & (weights >= 0)).all():
            raise ValueError(f"weights are finite, not negative and of shape {table.shape}")
        mean = np.array(skill_mean, dtype=np.float64)
        if mean.shape != (n,) or not ((mean >= 0) & (mean <= 1)).all():
            raise ValueError(f"mean skills are shares from 0 to 1 of shape ({n},)")
        if not 0 <= skill_spread < np.inf:
            raise ValueError(f"the spread of skill is 0 or more, got {skill_spread}")
        low, ratio = _pareto_scale(productivity_shape, productivity_cap)
        # A symmetric triangle of half width w has standard deviation w / sqrt(6).
        half = np.minimum(np.sqrt(6) * skill_spread, np.minimum(mean, 1 - mean))
        columns = {name: np.empty(len(layout), dtype=dtype) for name, dtype in STORED.items()}
        columns["state"].fill(0)
        columns["marketplace"].fill(-1)
        columns["rail"].fill(-1)
        _draw(
            key(seed, "firms.traits", 0),
            layout.start,
            layout.home,
            (low, ratio, 1.0 / productivity_shape),
            mean,
            half,
            columns["productivity"],
            columns["skill"],
        )
        return cls(columns, weights, layout)

    def __len__(self) -> int:
        return len(self.layout)

    def __repr__(self) -> str:
        return f"FirmPopulation({len(self)} firms, {len(self.weight)} countries)"

    @property
    def bytes_per_firm(self) -> int:
        """Bytes that one more firm takes."""
        return sum(np.dtype(dtype).itemsize for dtype in STORED.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all columns, without the small table of weights."""
        return sum(column.nbytes for column in self._columns.values())

    @property
    def model(self) -> mesa.Model:
        """The model that the firms belong to.

        Raises:
            RuntimeError: If the population is not bound to one.
        """
        if self._model is None:
            raise RuntimeError("these firms belong to no model yet: firms.bind(model)")
        return self._model

    @property
    def countries(self) -> tuple[Any, ...]:
        """The countries of their model; none if it has none."""
        if self._countries is None:
            self._countries = tuple(getattr(self._model, "countries", ()))
        return self._countries

    def join(self, model: mesa.Model) -> Self:
        """Tell the firms their model, whose countries are looked at when somebody asks for them.

        Raises:
            ValueError: If they belong to another model (a copy can be bound anew).
        """
        if self._model is not None and self._model is not model:
            raise ValueError("these firms belong to another model: bind a copy of them")
        self._model, self._countries = model, None
        return self

    def bind(self, model: mesa.Model) -> Self:
        """Tell the firms their model, and their countries where `model.countries` exists.

        Raises:
            ValueError: If they belong to another model (a copy can be bound anew), or the model
                has another number of countries.
        """
        if self._model is not None and self._model is not model:
            raise ValueError("these firms belong to another model: bind a copy of them")
        countries = tuple(getattr(model, "countries", ()))
        if countries and len(countries) != len(self.weight):
            raise ValueError(
                f"the firms are of {len(self.weight)} countries, the model has {len(countries)}"
            )
        self._model, self._countries = model, countries
        return self

    def view(self, row: int) -> Firm:
        """The firm in a row: the registered agent if there is one, otherwise a new view."""
        return self.registered[row] if self.registered else Firm(self, row)

    def register(self, model: mesa.Model | None = None) -> Any:
        """Make every firm a plain Mesa agent, at some hundred bytes and 10 microseconds each.

        Afterwards `firms[i]` is the registered agent. Registering twice changes nothing.

        Args:
            model: The model, if the population is not bound yet.

        Returns:
            The set of the model's firms, `model.agents_by_type[Firm]`.

        Raises:
            ValueError: If the firms belong to another model.
        """
        owner = self.bind(model if model is not None else self.model).model
        if not self.registered:
            self.registered = self.to_list()
        for firm in self.registered:
            if firm not in owner.agents:
                mesa.Agent.__init__(firm, owner)
        return owner.agents_by_type.get(Firm)

    def permuted(self, order: ArrayLike) -> "FirmPopulation":
        """The same firms stored in another order, bound to no model.

        Args:
            order: Row of this population for each row of the new one, each exactly once.

        Raises:
            ValueError: If `order` is not a permutation of the rows.
        """
        rows = np.asarray(order)
        if not np.array_equal(np.sort(rows), np.arange(len(self))):
            raise ValueError(f"an order names each of the {len(self)} rows once")
        columns = {name: column[rows] for name, column in self._columns.items()}
        return FirmPopulation(columns, self.weight.copy(), self.layout.permuted(rows))

    def copy(self) -> "FirmPopulation":
        """An independent copy, bound to no model."""
        columns = {name: column.copy() for name, column in self._columns.items()}
        other = FirmPopulation(columns, self.weight.copy(), self.layout)
        other.stale, other.reach, other.tools_reach = self.stale, self.reach, self.tools_reach
        return other

    __copy__ = copy

    def __getstate__(self) -> dict[str, Any]:
        """The columns alone: a copy belongs to no model until one binds it, and is stale."""
        return {"columns": self._columns, "weight": self.weight, "layout": self.layout}

    def __setstate__(self, state: dict[str, Any]) -> None:
        FirmPopulation.__init__(self, **state)


# How many firms, and what they are like ----------------------------------------------------------


def _pareto_scale(shape: float, cap: float) -> tuple[float, float]:
    """Smallest value, and ratio of largest to smallest, of a capped Pareto law of mean 1.

    With Y = min(U ** (-1 / shape), ratio), E[Y] = (shape - ratio ** (1 - shape)) / (shape - 1), or
    1 + ln(ratio) at shape 1. The ratio is where ratio / E[Y], which grows from 1, meets the cap.
    """
    if not 0.5 <= shape < np.inf:
        raise ValueError(f"the shape of productivity is a number from 0.5 up, got {shape}")
    if not 1 < cap <= 1e6:
        raise ValueError(f"the cap of productivity is above 1, its mean, and up to 1e6; got {cap}")

    def mean(log_ratio: float) -> float:
        power = (1 - shape) * log_ratio
        # expm1 keeps the digits near shape 1, where numerator and denominator both vanish.
        return 1 + (math.expm1(power) / (1 - shape) if shape != 1 else log_ratio)

    low, high = 0.0, 100.0  # e ** 100 is far above the ratio that any allowed cap needs
    for _ in range(100):
        middle = (low + high) / 2
        if middle - math.log(mean(middle)) < math.log(cap):
            low = middle
        else:
            high = middle
    return 1 / mean(high), math.exp(high)


def pareto(u: NDArray[np.float64], shape: float, cap: float) -> NDArray[np.float64]:
    """Productivity of the firms that a share `u` of all exceed, (firms,); see `build`."""
    low, ratio = _pareto_scale(shape, cap)
    return low * np.minimum(u ** (-1 / shape), ratio)


@njit(cache=True)
def _draw(
    stream: np.uint64,
    start: NDArray[np.uint32],
    home: NDArray[np.uint16],
    pareto: tuple[float, float, float],
    skill_mean: NDArray[np.float64],
    skill_half: NDArray[np.float64],
    productivity: NDArray[np.float32],
    skill: NDArray[np.uint8],
) -> None:
    """Fill the columns cell by cell; two draws a firm, at twice its ident and the next number."""
    low, ratio, power = pareto
    for cell in range(home.size):
        c = home[cell] // KINDS
        for row in range(start[cell], start[cell + 1]):
            identity = (cell << 20) | (row - start[cell])
            tail = 1.0 - uniform(stream, 2 * identity)  # in (0, 1]
            productivity[row] = low * min(tail**-power, ratio)
            u = uniform(stream, 2 * identity + 1)
            place = np.sqrt(2.0 * u) - 1.0 if u < 0.5 else 1.0 - np.sqrt(2.0 - 2.0 * u)
            skill[row] = np.uint8(np.rint(255.0 * (skill_mean[c] + skill_half[c] * place)))


def allocate_firms(total: int, real_firms: ArrayLike) -> NDArray[np.int64]:
    """Share out representative firms over countries and kinds.

    Every country with firms gets min(16, total / countries) of them, over its most common kinds;
    the rest goes in proportion to the square root of what the real firms of a cell bear on in
    exports, their number times the persons they employ, by largest remainder (ties to the earlier
    cell). The square root balances two aims: proportional numbers give the most precise world total
    and equal numbers equally precise countries; it is the power allocation of Bankier (1988, The
    American Statistician 42, 174-177) with exponent one half.

    Args:
        total: Representative firms, at least one for each country with firms.
        real_firms: Real firms by country and kind, shape (countries, 16).

    Returns:
        Whole numbers that sum to `total`, zero where there are no real firms; same shape.

    Raises:
        ValueError: If `total` is too small or `real_firms` is not as described.
    """
    real = _real_firms(real_firms)
    inhabited = int((real.sum(axis=1) > 0).sum())
    if inhabited == 0:
        raise ValueError("real firms are all zero: there is nothing to represent")
    if operator.index(total) < inhabited:
        raise ValueError(
            f"representative firms must be a whole number of at least {inhabited}, "
            f"one for each country with firms; got {total}"
        )
    least = min(KINDS, total // inhabited)
    present = (real > 0).sum(axis=1, keepdims=True)
    rank = np.argsort(np.argsort(-real, axis=1, kind="stable"), axis=1)
    kinds = np.maximum(present, 1)
    counts = np.where(real > 0, least // kinds + (rank < least % kinds), 0).astype(np.int64)

    rest = total - int(counts.sum())
    bearing = real * np.repeat(EMPLOYED, len(SECTORS))
    share = np.sqrt(bearing / bearing.max()).reshape(-1)
    quota = rest * (share / math.fsum(share))  # exact, so the order of countries has no say
    extra = np.floor(quota).astype(np.int64)
    # Cells without firms come last, so none of them is ever topped up.
    remainder = np.where(share > 0, quota - extra, -1.0)
    extra[np.argsort(-remainder, kind="stable")[: rest - int(extra.sum())]] += 1
    return counts + extra.reshape(real.shape)


def firm_weights(counts: NDArray[np.integer], real_firms: ArrayLike) -> NDArray[np.float64]:
    """Real firms that each representative firm stands for.

    Real firms of a kind without representatives count with the nearest kind of their country that
    has some: the nearest size class first, then the same sector, then the lower code. So the sum
    over firms of weight equals the number of real firms in every country.

    Args:
        counts: Representative firms by country and kind, shape (countries, 16).
        real_firms: Real firms, same shape.

    Returns:
        Weights, zero where there are no representatives; same shape.

    Raises:
        ValueError: If shapes differ or a country has real firms and no representative.
    """
    real = _real_firms(real_firms)
    numbers = np.asarray(counts)
    if numbers.shape != real.shape:
        raise ValueError(f"counts have shape {numbers.shape} and real firms {real.shape}")
    alone = np.flatnonzero((real.sum(axis=1) > 0) & (numbers.sum(axis=1) == 0))
    if alone.size:
        raise ValueError(f"country rows {alone.tolist()} have real firms but no representative")
    size, sector = np.divmod(np.arange(KINDS), len(SECTORS))
    apart = 2 * np.abs(size[:, None] - size) + (sector[:, None] != sector)
    nearest = np.where(numbers[:, None, :] > 0, apart, 2 * KINDS).argmin(axis=2)
    stood_for = np.zeros_like(real)
    for kind in range(KINDS):
        stood_for[np.arange(len(real)), nearest[:, kind]] += real[:, kind]
    return stood_for / np.maximum(numbers, 1)


def _real_firms(real_firms: ArrayLike) -> NDArray[np.float64]:
    real = np.asarray(real_firms, dtype=np.float64)
    if real.ndim != 2 or real.shape[1] != KINDS:
        raise ValueError(f"real firms have shape (countries, {KINDS}), got {real.shape}")
    if not (np.isfinite(real) & (real >= 0)).all():
        raise ValueError("real firms are finite and not negative")
    return real
