"""Firms in time, and how concentrated marketplaces and payment rails are."""

from collections.abc import Sequence
from typing import Any, TypedDict

import reacton.core
import solara

from divide.app.figures.bars import Bars
from divide.app.figures.lines import Lines


class State(TypedDict):
    """A state that firms can be in: share of firms in it by year."""

    key: str
    label: str
    values: Sequence[float]


class Platform(TypedDict):
    """A marketplace or payment rail; `share` is of all its kind carries."""

    name: str
    jurisdiction: str
    share: float


class FirmsData(TypedDict):
    """What the view shows; shares are in the unit that the page shows, such as percent."""

    years: Sequence[float]
    states: Sequence[State]
    marketplaces: Sequence[Platform]
    rails: Sequence[Platform]


@solara.component
def Firms(  # noqa: N802
    data: FirmsData,
    *,
    unit: str,
    texts: dict[str, str],
    format: dict[str, object] | None = None,  # noqa: A002
    marker_year: float | None = None,
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
) -> reacton.core.Element:
    """Shares of firms that connect, accept payments, sell and export; then two sets of bars.

    Args:
        data: Shares by year, and marketplaces and rails from the largest.
        unit: Written after each number, or around it ("US$ {amount} million").
        texts: Those of `Lines` and `Bars`, and the titles `firms`, `marketplaces` and `rails`.
        format: How numbers are written; one decimal if None.
        marker_year: See `Lines`.
        locale: See the package.
        rtl: See the package.
        dark: See the package.
    """
    look: dict[str, Any] = {
        "locale": locale,
        "rtl": rtl,
        "dark": dark,
        "unit": unit,
        "format": format,
    }
    with solara.Div(classes=["fig-firms"]) as view:
        Lines(
            [{"name": s["label"], "values": s["values"], "style": "pin"} for s in data["states"]],
            data["years"],
            title=texts["firms"],
            texts=texts,
            low=0,
            marker_year=marker_year,
            filename="firms",
            **look,
        )
        both = [*data["marketplaces"], *data["rails"]]
        homes = list(dict.fromkeys(p["jurisdiction"] for p in both))
        for kind, platforms in (("marketplaces", data["marketplaces"]), ("rails", data["rails"])):
            Bars(
                [
                    {"label": p["name"], "group": p["jurisdiction"], "value": p["share"]}
                    for p in platforms
                ],
                title=texts[kind],
                texts=texts,
                order=homes,
                filename=kind,
                **look,
            )
    return view
