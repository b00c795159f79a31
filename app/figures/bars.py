"""Bars of shares, and what each lever contributes to a change."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from divide.app.figures.component import figure
from divide.model.outcomes.declaration import Better


class Bar(TypedDict):
    """One bar; bars of one `group` share a colour, and the group is named beside the bar."""

    label: str
    value: float
    group: NotRequired[str]


class Item(TypedDict):
    """One contribution; `low` and `high` bound its interval."""

    label: str
    value: float
    low: NotRequired[float | None]
    high: NotRequired[float | None]


@figure("bars.vue", texts=("table", "save_svg", "save_png", "no_data", "name", "value"))
def Bars(  # noqa: N802
    bars: Sequence[Bar],
    *,
    title: str,
    unit: str,
    texts: dict[str, str],
    format: dict[str, object] | None = None,  # noqa: A002
    high: float | None = None,
    order: Sequence[str] | None = None,
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "bars",
) -> None:
    """Horizontal bars in the order given, each with its name, group and number.

    Args:
        bars: From the top.
        title: Of the figure.
        unit: Written after each number, or around it ("US$ {amount} million").
        texts: Also `group`, optional, heads the groups in the table; `note`, a line below.
        format: How numbers are written; one decimal if None.
        high: End of the axis; the largest value if None.
        order: Groups in the order of their colours, for figures that colour them alike.
        locale: See the package.
        rtl: See the package. Bars then grow from right to left.
        dark: See the package.
        filename: See the package.
    """


@figure(
    "contributions.vue",
    texts=("table", "save_svg", "save_png", "no_data", "name", "contribution", "total"),
)
def Contributions(  # noqa: N802
    items: Sequence[Item],
    *,
    total: float,
    title: str,
    unit: str,
    texts: dict[str, str],
    format: dict[str, object] | None = None,  # noqa: A002
    better: Better = "neither",
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "contributions",
) -> None:
    """A waterfall: each item begins where the one before ended, and the total stands below.

    Args:
        items: From the top; their values should add up to `total`.
        total: The whole change.
        title: Of the figure.
        unit: Written after each number, or around it ("US$ {amount} million").
        texts: `total` names the last bar. Also `note`, optional, a line below.
        format: How numbers are written; one decimal if None. A sign is always written.
        better: Which change is better, told by the colours of the cards.
        locale: See the package.
        rtl: See the package. Bars then grow from right to left.
        dark: See the package.
        filename: See the package.
    """
