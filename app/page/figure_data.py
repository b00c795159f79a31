"""Results in the shape that the figures draw: plain lists in the units that people read."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.app.figures import pack
from divide.app.figures.sealed import Sealed
from divide.app.page import goal_view
from divide.app.page.display import Unit, changing, platform_name, readable
from divide.app.page.whom import whole
from divide.app.visit.driver import Frame
from divide.app.visit.kept import kept
from divide.app.visit.result import FIRMS, Result
from divide.app.words import Words, key_of, words
from divide.model.agents.columns import AXES
from divide.model.agents.platform import Kind
from divide.model.outcomes import COUNTRY, DIMENSIONS, OUTCOMES
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]

#: Bars of marketplaces and of rails.
LARGEST = 8
#: A change by less than this part of the level is none, and no scale makes it look like one.
FINEST = 1e-5


def codes() -> tuple[str, ...]:
    """Codes of the countries, in the order of every result (the same for every start year)."""
    return load_world(start_years()[1]).iso3


@cache
def regions() -> NDArray[np.str_]:
    """Region of each country, (n,)."""
    return load_world(start_years()[1]).table["region"].to_numpy(str)


def digits(size: float) -> dict[str, int]:
    """Number format that shows about three digits of values of about `size`."""
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.5 else 3
    return {"maximumFractionDigits": places}


def other(frame: Frame) -> tuple[Result | None, str]:
    """What the map subtracts and its name: a pin, or the status quo."""
    if frame.view.mode == "compare" and frame.view.against < len(frame.pins):
        pin, result = frame.pins[frame.view.against]
        return result, pin.name
    return frame.base, ""


def all_years(frame: Frame, column: str) -> tuple[Array, Array | None, Unit]:
    """Values and changes of a country column in all years, (Y, n) each, as read."""
    return _all_years(*frame.results, other(frame)[0], column, frame.view.lang)


def _all_years(
    you: Result, base: Result, reference: Result | None, column: str, lang: str
) -> tuple[Array, Array | None, Unit]:
    values = you.country[column].astype(float)
    unit = _unit(base, column, words(lang))
    if reference is None:
        return values * unit.factor, None, unit
    rows = np.abs(reference.years[None, :] - you.years[:, None]).argmin(axis=1)
    return (
        values * unit.factor,
        (values - reference.country[column][rows].astype(float)) * unit.factor,
        unit,
    )


def country_values(frame: Frame, column: str) -> tuple[Array, Array | None, Unit]:
    """Values and changes of a country column in the year of the view, (n,) each, as read."""
    values, change, unit = all_years(frame, column)
    row = frame.results[0].row(frame.view.year)
    return values[row], None if change is None else change[row], unit


def readable_column(frame: Frame, column: str, t: Words | None = None) -> Unit:
    """The unit in which a column is shown."""
    return _unit(frame.results[1], column, t or words(frame.view.lang))


@kept
def _unit(base: Result, column: str, t: Words) -> Unit:
    size = float(np.quantile(np.abs(base.country[column][-1]), 0.9))
    return readable(COUNTRY[column].unit, size, t)


def world_map(frame: Frame, t: Words) -> dict[str, Any]:
    """Values of the map in all years, and one legend for all of them."""
    reference, name = other(frame)
    return _film(*frame.results, reference, frame.view.outcome, frame.view.mode, name, t)


@kept
def _film(
    you: Result, base: Result, reference: Result | None, column: str, mode: str, name: str, t: Words
) -> dict[str, Any]:
    """The map of `column` less that of a `reference` called `name`, "" for the status quo."""
    values, change, unit = _all_years(you, base, reference, column, t.lang)
    title = t("page.in_year", outcome=t(f"columns.{column}"), year="{year}")
    legend: dict[str, Any] = {"better": COUNTRY[column].better}
    if mode == "value" or change is None:
        # Women and men, the poorest and all, have one scale: they are there to be compared.
        breaks = _breaks(base, you, whole(column), unit.factor)
        legend |= {"title": title, "unit": unit.pattern, "kind": "sequential", "low": breaks[0],
                   "high": breaks[-1], "breaks": breaks, "format": digits(breaks[-1])}  # fmt: skip
        return {"film": _sent(values), "legend": legend, "years": you.years.tolist()}
    level = float(np.quantile(np.abs(base.country[column][-1]), 0.9)) * abs(unit.factor)
    reach = nice(max(float(_quantiles(np.abs(change), 0.98).max()), FINEST * level))
    name = name or t("packages.status_quo.title")
    legend |= {
        "title": t("page.against", outcome=title, name=name),
        "unit": unit.change,
        "kind": "diverging",
        "low": -reach,
        "high": reach,
        "format": digits(reach),
    }
    return {"film": _sent(change), "legend": legend, "years": you.years.tolist()}


def _sent(values: Array) -> Sealed:
    """The film of a map as it is sent."""
    return Sealed(pack(values))


def _quantiles(values: Array, part: float) -> Array:
    """A quantile of each row, (Y, n) to (Y,), of what is known."""
    # With nothing unknown the plain function says the same, twenty times as fast.
    known = not np.isnan(values).any()
    found: Array = (np.quantile if known else np.nanquantile)(values, part, axis=1)
    return found


def _breaks(base: Result, you: Result, column: str, factor: float) -> list[float]:
    """Where the colours of the map change: fifths of the status quo, all years and countries.

    So the scale stays while levers and years move, and still tells countries apart when nearly
    all of them are close to the top. What the status quo has none of, such as debt, has the scale
    of the scenario.
    """
    found = _fifths(base, column, factor)
    if len(found) < 3:
        found = _fifths(you, column, factor)
    return found if len(found) > 2 else [0.0, nice(found[-1])]


@kept
def _fifths(run: Result, column: str, factor: float) -> list[float]:
    """Least and largest value of a run and its fifths between them, those that differ."""
    values = run.country[column].astype(float) * factor
    fifths = np.nanquantile(values, np.linspace(0.0, 1.0, 6))
    return sorted({float(f"{value:.2g}") for value in fifths})


def nice(value: float) -> float:
    """The next of 1, 2, 5, 10... times a power of ten; 1 for nothing."""
    if not np.isfinite(value) or value <= 1e-9:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= value * (1 - 1e-9)))


def lines(frame: Frame, t: Words) -> dict[str, Any]:
    """You, the status quo and the pins over the years, with bands where they are known."""
    you, base = frame.results
    name = frame.view.headline
    size = float(np.abs(base.series[name]).max())
    unit = readable(OUTCOMES[name].unit, size, t)
    if frame.view.mode != "value":
        return differences(frame, unit, t)

    def line(label: str, values: Array, style: str, band: tuple[Array, Array] | None = None) -> Any:
        made: dict[str, Any] = {"name": label, "values": values * unit.factor, "style": style}
        if band is not None:
            made |= {"low": band[0] * unit.factor, "high": band[1] * unit.factor}
        return made

    interval = frame.interval
    goal = goal_view.line(frame, unit.factor, t)
    series = [goal] if goal else []
    series += [
        line(pin.name, result.series[name], "pin")
        for pin, result in frame.pins
        if result is not None and len(result.years) == len(you.years)
    ]
    series.append(
        line(
            t("packages.status_quo.title"),
            base.series[name],
            "baseline",
            interval.band(name, base=True) if interval else None,
        )
    )
    if frame.changed:
        band = interval.band(name) if interval else None
        series.append(line(t("page.you"), you.series[name], "you", band))
    return {
        "series": series,
        "years": you.years,
        "title": t(f"outcomes.{name}"),
        "unit": unit.pattern,
        "format": digits(size * unit.factor),
    }


def differences(frame: Frame, unit: Unit, t: Words) -> dict[str, Any]:
    """You and the pins less the status quo over the years, with the band of the difference."""
    you, status_quo = frame.results
    name = frame.view.headline
    base = status_quo.series[name]
    moved = float(np.nanmax(np.abs(you.series[name] - base)))
    unit = changing(OUTCOMES[name].unit, unit, moved, t)
    series: list[dict[str, Any]] = [
        {"name": pin.name, "values": (result.series[name] - base) * unit.factor, "style": "pin"}
        for pin, result in frame.pins
        if result is not None and len(result.years) == len(base)
    ]
    label = t("packages.status_quo.title")
    series.append({"name": label, "values": base * 0.0, "style": "baseline"})
    values = (you.series[name] - base) * unit.factor
    line: dict[str, Any] = {"name": t("page.you"), "values": values, "style": "you"}
    if frame.interval:
        _, low, high = frame.interval.differences(name)
        line |= {"low": low * unit.factor, "high": high * unit.factor}
    series.append(line)
    title = t("page.against", outcome=t(f"outcomes.{name}"), name=label)
    size, least = (
        float(np.nanmax(np.abs(values))),
        nice(FINEST * float(np.abs(base * unit.factor).max())),
    )
    drawn = [each[key] for each in series for key in ("values", "low", "high") if key in each]
    nothing = max(float(np.nanmax(np.abs(each))) for each in drawn) < least
    ends = {"low": -least, "high": least} if nothing else {}
    return {**ends, "series": series, "years": you.years, "title": title,
            "unit": unit.change, "format": digits(size)}  # fmt: skip


def country_lines(frame: Frame, t: Words) -> dict[str, Any]:
    """The mapped column of the chosen country over the years."""
    you, base = frame.results
    column, row = frame.view.outcome, codes().index(frame.view.country)
    unit = readable_column(frame, column, t)
    series: list[dict[str, Any]] = [
        {
            "name": t("packages.status_quo.title"),
            "values": base.country[column][:, row].astype(float) * unit.factor,
            "style": "baseline",
        }
    ]
    if frame.changed:
        values = you.country[column][:, row].astype(float) * unit.factor
        series.append({"name": t("page.you"), "values": values, "style": "you"})
    size = float(np.abs(series[0]["values"]).max())
    title = f"{t(f'countries.{frame.view.country}')}: {t(f'columns.{column}')}"
    years = you.years
    return {"series": series, "years": years, "title": title, "unit": unit.pattern,
            "format": digits(size)}  # fmt: skip


def dimension(headline: str) -> str:
    """The dimension of the divide that an outcome measures; use of the internet for others."""
    found = headline.partition("_")[0]
    return found if found in DIMENSIONS else "usage"


def lorenz(frame: Frame, t: Words) -> dict[str, Any]:
    """Lorenz curves between countries of the dimension that is drawn, people in order."""
    you, base = frame.results
    dim = dimension(frame.view.headline)
    column = DIMENSIONS[dim].column

    def curve(label: str, result: Result, style: str) -> dict[str, Any]:
        row = result.row(frame.view.year)
        people = result.country["population"][row].astype(float)
        share = result.country[column][row].astype(float)
        order = np.argsort(share)
        x = np.concatenate([[0.0], np.cumsum(people[order])])
        y = np.concatenate([[0.0], np.cumsum((people * share)[order])])
        gini = float(result.series[f"{dim}_gini"][row])
        return {"name": label, "x": x / x[-1], "y": y / max(y[-1], 1e-300), "gini": gini,
                "style": style}  # fmt: skip

    curves = [curve(pin.name, result, "pin") for pin, result in frame.pins if result is not None]
    curves.append(curve(t("packages.status_quo.title"), base, "baseline"))
    if frame.changed:
        curves.append(curve(t("page.you"), you, "you"))
    title = t("page.lorenz_title", dimension=t(f"dimensions.{dim}"), year=frame.view.year)
    return {"curves": curves, "title": title}


def ranking(frame: Frame, t: Words) -> dict[str, Any]:
    """Countries or regions by the mapped column."""
    you, _ = frame.results
    column = frame.view.outcome
    values, change, unit = country_values(frame, column)
    change = np.zeros_like(values) if change is None else change
    size = float(np.quantile(np.abs(values), 0.9))
    shown = {"title": t(f"columns.{column}"), "unit": unit.pattern, "format": digits(size),
             "better": COUNTRY[column].better}  # fmt: skip
    if frame.view.rank == "countries":
        rows = [
            {"key": code, "label": t(f"countries.{code}"), "value": value, "change": moved}
            for code, value, moved in zip(codes(), values.tolist(), change.tolist(), strict=True)
        ]
        return {**shown, "rows": rows}
    row = you.row(frame.view.year)
    people = you.country["population"][row].astype(float)
    weight = np.ones_like(people) if COUNTRY[column].unit == "US$" else people
    rows = []
    for region in np.unique(regions()):
        inside = regions() == region
        total = 1.0 if COUNTRY[column].unit == "US$" else weight[inside].sum()
        value = float((weight * values)[inside].sum() / total)
        moved = float((weight * change)[inside].sum() / total)
        label = t(f"groups.{key_of(region)}")
        rows.append({"key": key_of(region), "label": label, "value": value, "change": moved})
    return {**shown, "rows": rows}


def firms(frame: Frame, t: Words) -> dict[str, Any]:
    """Firms by state over the years; the largest marketplaces and payment rails."""
    you, _ = frame.results
    row = you.row(frame.view.year)
    states = [
        {"key": name, "label": t(f"columns.{name}"), "values": you.firms[name] * 100}
        for name in FIRMS
    ]
    market = you.platform_kind == int(Kind.MARKETPLACE)
    return {
        "years": you.years,
        "states": states,
        "marketplaces": _largest(you, row, market, t),
        "rails": _largest(you, row, ~market, t),
    }


def _largest(you: Result, row: int, of: NDArray[np.bool_], t: Words) -> list[dict[str, Any]]:
    volume = np.where(of, you.platform["volume"][row].astype(float), 0.0)
    total = max(float(volume.sum()), 1e-300)
    first = np.argsort(-volume, kind="stable")[:LARGEST]
    return [
        {
            "name": platform_name(you.platform_names[k], t),
            "jurisdiction": t(f"page.blocs.{AXES['jurisdiction'][you.platform_bloc[k]]}"),
            "share": 100 * volume[k] / total,
        }
        for k in first
        if volume[k] > 0
    ]


def contributions(frame: Frame, t: Words) -> dict[str, Any] | None:
    """The part of each lever in the change of the headline outcome; None if not known yet."""
    explained = frame.explained
    if explained is None or frame.you is None or frame.base is None:
        return None
    name = frame.view.headline
    row = frame.you.row(frame.view.year)
    total = float(frame.you.series[name][row] - frame.base.series[name][row])
    unit = readable(OUTCOMES[name].unit, float(np.abs(frame.base.series[name]).max()), t)
    parts = explained.parts(name, row)
    unit = changing(OUTCOMES[name].unit, unit, max(map(abs, parts.values())), t)
    errors = explained.errors(name, row)
    items = []
    for lever, value in sorted(parts.items(), key=lambda part: -abs(part[1])):
        item: dict[str, Any] = {
            "label": t(f"levers.{lever}.label"),
            "value": value * unit.factor,
        }
        if np.isfinite(errors[lever]) and errors[lever] > 0:
            half = 1.96 * errors[lever] * unit.factor
            item |= {"low": item["value"] - half, "high": item["value"] + half}
        items.append(item)
    size = max(abs(item["value"]) for item in items)
    return {
        "items": items,
        "total": total * unit.factor,
        "title": t("page.why_title", outcome=t(f"outcomes.{name}"), year=frame.view.year),
        "unit": unit.change,
        "format": digits(size),
        "better": OUTCOMES[name].better,
    }
