"""The measures that are taken of each dimension of the divide between countries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from divide.model.outcomes.country import COUNTRY, DIMENSIONS, Dimension
from divide.model.outcomes.declaration import Better, Outcome

if TYPE_CHECKING:
    from divide.model.outcomes.paths import Array, DimensionPaths, Paths


@dataclass(frozen=True)
class Measure:
    """A measure of a dimension, weighted by population unless its label says otherwise.

    Attributes:
        label, better, source: As of an `Outcome`.
        unit: Its unit; None stands for the unit of the dimension.
        formula: Works it out from one dimension, (steps,).
        of: Dimensions that it makes sense for: all, bounded shares, or those with cells.
    """

    label: str
    unit: str | None
    better: Better
    source: str
    formula: "Callable[[DimensionPaths], Array]"
    of: Literal["all", "shares", "cells"] = "all"

    def suits(self, dimension: Dimension) -> bool:
        """Whether the measure makes sense for a dimension."""
        if self.of == "cells":
            return dimension.cells is not None
        return self.of == "all" or COUNTRY[dimension.column].unit.startswith("share")


_PART, _INDEX, _SHORROCKS = "share of T", "index 0-1", "Shorrocks 1980"
_GINI = "Gini: half the relative mean difference"
_BARRO = "Barro and Sala-i-Martin 1992"

#: Measures by the end of their name.
MEASURES: dict[str, Measure] = {
    "mean": Measure("mean", None, "higher", "definition", lambda d: d.profile.mean),
    "gini": Measure("Gini coefficient", _INDEX, "lower", _GINI, lambda d: d.profile.gini),
    "gini_unweighted": Measure(
        "Gini coefficient, each country counted once", _INDEX, "lower", _GINI,
        lambda d: d.once.gini),
    "gini_shortfall": Measure(
        "Gini coefficient of those left out (one minus the share)", _INDEX, "neither", _GINI,
        lambda d: d.profile.gini_shortfall, of="shares"),
    "theil": Measure("Theil index T", "nats", "lower", "Theil 1967", lambda d: d.profile.theil),
    "theil_between_regions": Measure(
        "part of Theil T between regions", _PART, "neither", _SHORROCKS,
        lambda d: d.theil_between("regions")),
    "theil_between_incomes": Measure(
        "part of Theil T between income groups", _PART, "neither", _SHORROCKS,
        lambda d: d.theil_between("incomes")),
    "theil_between_bri": Measure(
        "part of Theil T between Belt and Road members and others", _PART, "neither", _SHORROCKS,
        lambda d: d.theil_between("bri")),
    "atkinson": Measure(
        "Atkinson index, aversion 1", _INDEX, "lower", "Atkinson 1970",
        lambda d: d.profile.atkinson),
    "cv": Measure(
        "coefficient of variation", "ratio", "lower", "definition", lambda d: d.profile.cv),
    "sigma": Measure(
        "standard deviation of logs, each country counted once", "ln", "lower", _BARRO,
        lambda d: d.once.sigma),
    "beta": Measure(
        "slope of growth on the starting level in logs (below zero: catching up)", "1/year",
        "lower", _BARRO, lambda d: d.beta),
    "p90_p10_gap": Measure(
        "gap between the 90th and the 10th percentile", None, "lower", "definition",
        lambda d: d.profile.p90_p10_gap),
    "p90_p10_ratio": Measure(
        "ratio of the 90th to the 10th percentile", "ratio", "lower", "definition",
        lambda d: d.profile.p90_p10_ratio),
    "palma": Measure(
        "top 10 % over bottom 40 %", "ratio", "lower", "after Palma 2011",
        lambda d: d.profile.palma),
    "bottom40_share": Measure(
        "share of the bottom 40 %", "share", "higher", "definition",
        lambda d: d.profile.bottom40_share),
    "wolfson": Measure(
        "polarisation (Wolfson index)", "index", "lower", "Wolfson 1994",
        lambda d: d.profile.wolfson),
    "theil_within": Measure(
        "part of Theil T inside countries", _PART, "neither", _SHORROCKS,
        lambda d: d.theil_within, of="cells"),
    "theil_between_sexes": Measure(
        "part of Theil T between women and men of a country", _PART, "neither", _SHORROCKS,
        lambda d: d.theil_between_sexes, of="cells"),
}  # fmt: skip


def _work_out(measure: Measure, dimension: str, paths: "Paths") -> "Array":
    return measure.formula(paths.dimension(dimension))


def _outcome(dimension: str, measure: str) -> Outcome:
    of, one = DIMENSIONS[dimension], MEASURES[measure]
    return Outcome(
        f"{dimension}_{measure}",
        f"{of.label}: {one.label}",
        COUNTRY[of.column].unit if one.unit is None else one.unit,
        one.better,
        dimension,
        one.source,
        by_row=True,
        formula=partial(_work_out, one, dimension),
    )


def measured() -> dict[str, Outcome]:
    """Every measure of every dimension that it makes sense for, by name."""
    made = (
        _outcome(name, measure)
        for name, dimension in DIMENSIONS.items()
        for measure, one in MEASURES.items()
        if one.suits(dimension)
    )
    return {outcome.name: outcome for outcome in made}
