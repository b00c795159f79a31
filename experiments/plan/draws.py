"""Joint draws of fitted parameters: one row a draw, one column a parameter."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import divide.model
from divide.experiments.plan.csvfile import read_table
from divide.model.declare.parameters import parameters

SHIPPED = "shipped"
#: The draws that come with the model, written by "divide calibrate --ship".
FILE = Path(divide.model.__file__).parent / "parameters" / "posterior.csv"

Draws = tuple[Mapping[str, float], ...]


def read_draws(source: str | Path, where: str = "") -> Draws:
    """Draws from a CSV file whose header holds full parameter names ("adoption.imitation").

    Args:
        source: A path, or "shipped" for the draws that come with the model.
        where: Names the file in errors; by default the option `--posterior` of `divide run`.

    Raises:
        InputError: The file cannot be read, is empty or ragged, a parameter does not exist or
            stands twice, or a value is outside its declared bounds.
    """
    path = FILE if str(source) == SHIPPED else Path(source)
    where = where or f"--posterior {source}"
    names, rows = read_table(path, where, parameters(), "parameter", "draw")
    return tuple(dict(zip(names, row, strict=True)) for row in rows.tolist())


def draws_text(draws: Sequence[Mapping[str, float]]) -> str:
    """Draws as text in the form that `read_draws` reads."""
    names = list(draws[0])
    rows = [",".join(repr(float(draw[name])) for name in names) for draw in draws]
    return "\n".join([",".join(names), *rows]) + "\n"
