"""Lines over years, and Lorenz curves."""

from collections.abc import Callable, Sequence
from typing import Literal, NotRequired, TypedDict

from divide.app.figures.component import figure

Style = Literal["you", "baseline", "pin", "goal"]


class Series(TypedDict):
    """One line; `low` and `high` bound its band of uncertainty. Each pin gets its own look.

    A goal ends in a diamond at its last known point.
    """

    name: str
    values: Sequence[float | None]
    style: Style
    low: NotRequired[Sequence[float | None]]
    high: NotRequired[Sequence[float | None]]


class Curve(TypedDict):
    """One Lorenz curve: shares of people `x` and of what they hold `y`, both 0 to 1, rising."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    gini: float
    style: Style


@figure("lines.vue", texts=("table", "save_svg", "save_png", "no_data", "year"))
def Lines(  # noqa: N802
    series: Sequence[Series],
    years: Sequence[float],
    *,
    title: str,
    unit: str,
    texts: dict[str, str],
    format: dict[str, object] | None = None,  # noqa: A002
    low: float | None = None,
    high: float | None = None,
    marker_year: float | None = None,
    on_year: Callable[[float], None] | None = None,
    height: int = 320,
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "lines",
) -> None:
    """Lines over years with bands, named at their ends; on a narrow page the names stand below.

    Args:
        series: The lines, the most important last (it is drawn on top).
        years: (steps,), for all lines.
        title: Of the figure.
        unit: Written after each number, or around it ("US$ {amount} million").
        texts: Also `note`, optional, a line under the chart.
        format: How numbers are written; one decimal if None.
        low: Lower end of the axis; from the values if None. A fixed axis lets a change be seen.
        high: Upper end of the axis; from the values if None.
        marker_year: Where a rule stands, for the year that a map shows.
        on_year: Called with a year that is clicked or chosen by keyboard.
        height: In pixels.
        locale: See the package.
        rtl: See the package. Time then runs from right to left.
        dark: See the package.
        filename: See the package.
    """


@figure(
    "lorenz.vue",
    texts=("table", "save_svg", "save_png", "no_data", "people", "held", "equal", "gini"),
)
def Lorenz(  # noqa: N802
    curves: Sequence[Curve],
    *,
    title: str,
    texts: dict[str, str],
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "lorenz",
) -> None:
    """Lorenz curves with their Gini coefficients, below the line of equality.

    Args:
        curves: The most important last.
        title: Of the figure.
        texts: `people` and `held` name the axes, `equal` the diagonal, `gini` the coefficient.
        locale: See the package.
        rtl: See the package.
        dark: See the package.
        filename: See the package.
    """
