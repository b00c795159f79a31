"""The terms of a country's gain as a figure that stands alone."""

import numpy as np

from divide.experiments.read.why import TOTAL, Why
from divide.experiments.report.style import INK, PALETTE, Chart, panels, styled, svg
from divide.experiments.text.units import number
from divide.model.world import load_world

GAIN, LOSS = PALETTE[0], PALETTE[1]


def why_chart(why: Why, country: str, year: int | None = None) -> Chart:
    """A waterfall: each term begins where the one before ended, and the whole stands below.

    Args:
        why: What was explained.
        country: Code of the country.
        year: Year at whose end; the last one by default.

    Raises:
        InputError: There is no such country or year.
    """
    table = why.table(country, year)
    year = why.years[-1] if year is None else year
    middle = 100 * table["difference"].to_numpy()
    whole = table["term"].to_numpy() == TOTAL
    starts = np.where(whole, 0.0, np.concatenate([[0.0], middle[:-1].cumsum()]))
    name = load_world(why.policy.start).table["name"].get(country, country)
    with styled():
        figure, [[axes]] = panels(1, 1, (8.6, 4.4))
        for place, (start, size, total) in enumerate(zip(starts, middle, whole, strict=True)):
            colour = INK if total else GAIN if size >= 0 else LOSS
            axes.barh(place, size, left=start, color=colour, alpha=0.4 if total else 0.9,
                      height=0.62)  # fmt: skip
            axes.text(max(start, start + size), place, f"  {number(size, 2, sign=True)}",
                      va="center", fontsize=9)  # fmt: skip
        if why.drawn:
            low, high = 100 * table["lo90"].to_numpy(), 100 * table["hi90"].to_numpy()
            places = np.arange(len(table)) + 0.38
            axes.hlines(places, starts + low, starts + high, color=INK, lw=1.2)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_yticks(range(len(table)), table["label"])
        axes.invert_yaxis()
        axes.margins(x=0.14)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"percentage points online at the end of {year}")
        axes.set_title(f"{name}: {why.policy.policy.title} less {why.reference.policy.title}"[:90])
        caption = (
            f"What {why.policy.policy.title} adds to the share of people online in {name} at the "
            f"end of {year} against {why.reference.policy.title}, term by term: Shapley values "
            "over exchanges of the drivers of adoption between the two central runs."
            + (f" Thin lines hold 90 % of {len(why.drawn)} draws." if why.drawn else "")
        )
        drawn = svg(figure, f"why-{country}", caption)
    return Chart(f"why-{country}", f"Why {name} gained", drawn, caption, table)
