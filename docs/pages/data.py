"""Tables of docs/data.md: what each input of the shipped world rests on, and how wrong gaps are."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from divide.model.declare.countries import TABLES
from divide.model.world import FIELDS, load_world, start_years
from divide.model.world.fields import QUINTILES
from divide.model.world.fill import ORDER

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]

GROUPS = ("Low income", "Lower middle income", "Upper middle income", "High income")
#: How a field is filled that has no equation.
BY_RULE = {
    "secondary_enrolment": "median of region and income group",
    "accounts_richest60": "from all and poorest 40 %",
    "accounts_men": "from all and women",
    **dict.fromkeys(QUINTILES, "log-normal, from the Gini"),
    "routes": "cables and land borders",
}
START = start_years(TABLES)[1]


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / name, keep_default_na=False, na_values=[""])


def _latest() -> Mapping[str, Mapping[str, object]]:
    """The account of each field's equation at the last start."""
    table = _read("fits.csv").sort_values("until").groupby("field").last()
    return table.to_dict("index")


def cells(table: Table) -> str:
    """Each input at the last start: countries by what they rest on, and those with own figures."""
    world, latest = load_world(START, tables=TABLES), _latest()
    group = world.table["income_group"].to_numpy(str)
    rows = []
    for name in FIELDS:
        flags = world.flags[name]
        gaps = str(latest[name]["kind"]) if name in latest else BY_RULE.get(name, "")
        own = [f"{((flags != 2) & (group == g)).sum()}/{(group == g).sum()}" for g in GROUPS]
        rows.append((f"`{name}`", *((flags == code).sum() for code in (0, 1, 3, 2)), *own, gaps))
    head = ["input", "observed", "carried", "modelled", "filled", *map(_short, GROUPS), "gaps"]
    return table(head, rows)


def by_start(table: Table) -> str:
    """Inputs that are filled for some countries: how many have figures of their own, by start."""
    starts = [2000, 2005, 2010, 2015, 2019, START]
    worlds = [load_world(start, tables=TABLES) for start in starts]
    rows = []
    for name in FIELDS:
        own = [int((world.flags[name] != 2).sum()) for world in worlds]
        if max(own) > 0 and min(own) < len(worlds[0].iso3):
            rows.append((f"`{name}`", *own))
    return table(["input", *map(str, starts)], rows)


def equations(table: Table) -> str:
    """The equations of the last start, and since when a fitted one stands in place of a rule."""
    coefficients, fits, latest = _read("equations.csv"), _read("fits.csv"), _latest()
    rows = []
    for name in [field for field in ORDER if field in latest]:
        fit = latest[name]
        own = coefficients[coefficients["field"] == name]
        last = own[own["until"] == own["until"].max()]
        terms = [term for term in last["term"] if term not in ("const", "sd")]
        dated = fits[(fits["field"] == name) & (fits["kind"] == "fitted")]["until"]
        if fit["kind"] == "fitted":
            told = (
                f"{fit['first_year']:.0f}-{fit['last_year']:.0f}", f"{fit['n']:.0f}",
                f"{fit['countries']:.0f}", f"{fit['r2']:.2f}", _short_number(fit["mae"]),
                _short_number(fit["mae_left_out"]),
            )  # fmt: skip
        else:
            told = ("assumed", "", "", "", "", "")
        held = f"{fit['held_90']:.2f}" if fit["kind"] == "fitted" else ""
        since = f"{dated.min()}" if len(dated) else "never"
        rows.append((f"`{name}`", fit["link"], ", ".join(terms), *told,
                     f"{fit['residual_sd']:.3g}", held, since))  # fmt: skip
    head = ["field", "link", "right-hand side", "years", "n", "countries", "r2", "error",
            "error, left out", "sd", "held by 90 %", "fitted since"]  # fmt: skip
    return table(head, rows)


def errors(table: Table) -> str:
    """Mean absolute error for countries left out, by income group, beside what is usual there."""
    found = _read("errors.csv").set_index(["field", "income_group"])
    rows = []
    for name in dict.fromkeys(found.index.get_level_values("field")):
        told = [
            f"{_short_number(found.loc[(name, g), 'mae_left_out'])} of "
            f"{_short_number(found.loc[(name, g), 'mean'])}"
            if (name, g) in found.index
            else "no figure"
            for g in GROUPS
        ]
        rows.append((f"`{name}`", FIELDS[name].unit, *told))
    return table(["field", "unit", *map(_short, GROUPS)], rows)


def _short_number(value: object) -> str:
    number = float(str(value))
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def _short(group: str) -> str:
    return group.replace(" income", "").lower()
