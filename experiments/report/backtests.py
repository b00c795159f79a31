"""What backtests found of the model's error, to be said beside its forecasts.

`backtests.csv` is written with the page on validation, from its own first table.
"""

import csv
import io
import re
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("backtests.csv")
#: A row of the first table of docs/validation.md; shares in percent.
ROW = re.compile(
    r"^\| (\d{4}) → (\d{4}) \| ([\d.]+) \| [\d.]+ \| ([\d.]+) \((.+?)\) \| .*? \| (\d+)% "
    r"\| ([+-][\d.]+) \| ",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Backtest:
    """A forecast of years that the fit had not seen, of internet use.

    Attributes:
        origin, until: Year at whose end the forecast began, and its last year.
        mae: Mean absolute error of the model, percentage points.
        baseline_mae: The same of the best baseline.
        baseline: What that is.
        held: Observations inside the 90 % interval, percent.
        bias: Forecast less observed, percentage points.
    """

    origin: int
    until: int
    mae: float
    baseline_mae: float
    baseline: str
    held: int
    bias: float


def of_table(text: str) -> tuple[Backtest, ...]:
    """The backtests in the first table of the page on validation, in Markdown."""
    return tuple(_row(found) for found in ROW.findall(text))


def as_csv(rows: tuple[Backtest, ...]) -> str:
    """The rows as the file has them."""
    stream = io.StringIO()
    names = [field.name for field in fields(Backtest)]
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return stream.getvalue()


@cache
def shipped() -> tuple[Backtest, ...]:
    """The backtests that come with the model."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(_row(tuple(row.values())) for row in csv.DictReader(stream))


def _row(cells: tuple[str, ...]) -> Backtest:
    origin, until, mae, baseline_mae, baseline, held, bias = cells
    return Backtest(
        int(origin), int(until), float(mae), float(baseline_mae), baseline, int(held), float(bias)
    )
