"""Countries or regions in order."""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from divide.app.figures.component import figure
from divide.model.outcomes.declaration import Better


class Row(TypedDict):
    """One bar; `change` is in the unit of `value`, `share` (0 to 1) is shown as a percentage."""

    key: str
    label: str
    value: float | None
    change: float | None
    share: NotRequired[float]


@figure(
    "ranking.vue",
    texts=(
        "table", "save_svg", "save_png", "no_data", "name", "value", "change", "share",
        "search", "nothing_found", "keys",
    ),
)  # fmt: skip
def Ranking(  # noqa: N802
    rows: Sequence[Row],
    *,
    title: str,
    unit: str,
    texts: dict[str, str],
    format: dict[str, object] | None = None,  # noqa: A002
    better: Better = "neither",
    selected: str | None = None,
    on_select: Callable[[str], None] | None = None,
    height: int = 420,
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "ranking",
) -> None:
    """Bars sorted by name, value or change; a long list scrolls and is searched by name.

    Args:
        rows: In any order.
        title: Of the figure.
        unit: Written after each number, or around it ("US$ {amount} million").
        texts: `keys` tells a screen reader that arrows move and Enter chooses.
        format: How numbers are written; one decimal if None.
        better: Which change is better, told by the colours of the cards.
        selected: Key of the chosen row.
        on_select: Called with the key of a row that is clicked or chosen by keyboard.
        height: Of the list in pixels; a longer list scrolls.
        locale: See the package.
        rtl: See the package. Bars then grow from right to left.
        dark: See the package.
        filename: See the package.
    """
