"""The figures of the workshop: SVG drawn in the browser from small values.

Each takes plain lists and dictionaries, draws itself in the width it is given, has a table as its
equivalent, can be worked by keyboard, and saves itself as SVG or PNG. None has words of its own:
`Component.texts` names the keys that its parameter `texts` must have.

All take:
    texts: Words by key, in the reader's language.
    locale: Language tag by which numbers are written, such as "fr".
    rtl: Whether the page is read from right to left.
    dark: Whether the page is dark.
    filename: Name of a saved drawing, without its ending.

Formats are options of the browser's Intl.NumberFormat, such as `{"maximumFractionDigits": 1}`.
"""

from divide.app.figures.bars import Bars, Contributions
from divide.app.figures.firms import Firms
from divide.app.figures.lines import Lines, Lorenz
from divide.app.figures.packed import pack
from divide.app.figures.ranking import Ranking
from divide.app.figures.worldmap import WorldMap

__all__ = ["Bars", "Contributions", "Firms", "Lines", "Lorenz", "Ranking", "WorldMap", "pack"]
