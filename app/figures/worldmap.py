"""The world map."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from divide.app.figures.component import figure
from divide.app.figures.packed import Packed
from divide.experiments.report.outlines import geometry, outlines
from divide.model.outcomes.declaration import Better

GEOMETRY = geometry()
#: Codes of all land that is drawn.
LAND: tuple[str, ...] = tuple(outlines()["countries"])


class Legend(TypedDict):
    """What the colours mean; values beyond `low` and `high` take the colour of the end.

    `breaks`, rising from `low` to `high`, stand equally far apart on the scale of colours, so that
    values which crowd together can still be told apart; without them the scale is straight. What is
    `better` has one colour in all maps. `{year}` in the title is the year that is shown.
    """

    title: str
    unit: str
    kind: Literal["sequential", "diverging"]
    low: float
    high: float
    better: NotRequired[Better]
    breaks: NotRequired[list[float]]
    format: NotRequired[dict[str, object]]


@figure(
    "map.vue",
    texts=(
        "table", "save_svg", "save_png", "country", "no_data", "keys", "wheel", "better",
        "unequal",
        "zoom", "zoom_in", "zoom_out", "zoom_reset",
    ),
    geometry=GEOMETRY,
)  # fmt: skip
def WorldMap(  # noqa: N802 -- components are named as classes are
    film: Packed,
    iso3: Sequence[str],
    names: Sequence[str],
    legend: Legend,
    *,
    years: Sequence[int] = (0,),
    year: int = 0,
    texts: dict[str, str],
    elsewhere: Mapping[str, str] | None = None,
    selected: str | None = None,
    on_select: Callable[[str], None] | None = None,
    locale: str = "en",
    rtl: bool = False,
    dark: bool = False,
    filename: str = "map",
) -> None:
    """A choropleth map; small states are dots, land without data is hatched.

    Args:
        film: (years, n) in the order of `iso3`, all sent at once; not-a-number is "no data".
        iso3: (n,) ISO 3166-1 alpha-3 codes.
        names: (n,) in the reader's language.
        legend: Title, unit, scale and format.
        years: Consecutive, of the rows of `film`.
        year: The one shown, until an event `divide-year` of the document tells another: so the
            page plays the years without a word to the server.
        texts: Also `note`, optional, a line under the map. `keys` tells a screen reader how to
            move: arrows to a neighbour, Page Up and Down by name, letters find, Enter chooses,
            plus, minus and 0 magnify. `wheel` says that Ctrl and the wheel magnify.
        elsewhere: Names of land without data, by code; what it lacks is named by the browser.
        selected: Code of the chosen country.
        on_select: Called with the code of a country that is clicked or chosen by keyboard.
        locale: See the package.
        rtl: See the package. The legend turns; the world does not.
        dark: See the package.
        filename: See the package.
    """
