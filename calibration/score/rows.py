"""A backtest with its scores, and how it reads in a table of the page."""

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from divide.calibration.score import baselines
from divide.calibration.score.backtest import Backtest, Contest, contest, forecast, scored
from divide.experiments.carry.calls import Workers
from divide.experiments.text.markdown import table as table

#: Bar for the share of observations inside the 90 % intervals.
BAR_COVER = (0.85, 0.95)


@dataclass(frozen=True, eq=False)
class Row:
    """A backtest, the contest it came from and its scores."""

    result: Backtest
    contest: Contest
    table: pd.DataFrame
    bar: float | None = None

    @property
    def title(self) -> str:
        """Origin and last year."""
        return f"{self.result.origin} → {self.result.until}"

    @property
    def model(self) -> pd.Series:
        """Scores of the model."""
        return self.table.iloc[0]

    @property
    def best(self) -> pd.Series:
        """Scores of the baseline with the least error."""
        return self.rivals.loc[self.rivals["mae"].idxmin()]

    def against(self, method: str) -> pd.Series:
        """Scores of a baseline, with its difference to the model."""
        return self.table.set_index("method").loc[method]

    @property
    def rivals(self) -> pd.DataFrame:
        """Scores of the baselines, with their differences to the model."""
        return self.table.iloc[1:]

    @property
    def gain(self) -> float:
        """Share of persistence's mean absolute error that the model takes away."""
        return 1 - float(self.model["mae"]) / float(self.against("persistence")["mae"])

    @property
    def covers(self) -> bool:
        """Whether the 90 % intervals hold as many observations as they should."""
        return bool(BAR_COVER[0] <= self.model["coverage90"] <= BAR_COVER[1])


def backtested(origin: int, until: int, indicator: str, folder: Path, workers: Workers) -> Row:
    """A backtest with its scores."""
    return as_row(forecast(origin, until, indicator, folder, workers=workers))


def as_row(result: Backtest, bar: float | None = None) -> Row:
    """A forecast with its scores."""
    on = contest(result)
    return Row(result, on, scored(result, on), bar)


def met(value: object) -> str:
    """Whether a bar is met, in a word."""
    return "met" if value else "**missed**"


def label(method: str) -> str:
    """Title of a method."""
    return "**Model**" if method == "model" else baselines.BASELINES[method].label


def versus(entry: pd.Series) -> str:
    """Difference of the model and a method with its 95 % interval, points."""
    return f"{entry['difference']:+.2f} ({entry['lo95']:+.2f} to {entry['hi95']:+.2f})"


def all_methods(row: Row) -> str:
    """The model beside every baseline on the same observations."""
    lines = []
    for _, entry in row.table.iterrows():
        gini = float(entry["gini_error"])
        lines.append(
            [
                label(entry["method"]),
                f"{entry['mae']:.2f}",
                f"{entry['bias']:+.2f}",
                f"{entry['rmse']:.2f}",
                f"{entry['crps']:.2f}",
                f"{entry['coverage90']:.0%}",
                "" if math.isnan(gini) else f"{gini:+.3f}",
                "" if entry["method"] == "model" else versus(entry),
            ]
        )
    head = ["method", "MAE", "bias", "RMSE", "CRPS", "90 % holds", "Gini error"]
    return table([*head, "model less method (95 %)"], lines)
