"""Joint draws of fitted parameters: one row a draw, one column a parameter."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import divide.model
from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters

SHIPPED = "shipped"
#: The draws that come with the model, written by "divide calibrate --ship".
FILE = Path(divide.model.__file__).parent / "parameters" / "posterior.csv"
_MOST_BYTES = 10_000_000

Draws = tuple[Mapping[str, float], ...]


def read_draws(source: str | Path) -> Draws:
    """Draws from a CSV file whose header holds full parameter names ("adoption.imitation").

    Args:
        source: A path, or "shipped" for the draws that come with the model.

    Raises:
        InputError: The file cannot be read, is empty or ragged, a parameter does not exist or
            stands twice, or a value is outside its declared bounds.
    """
    path = FILE if str(source) == SHIPPED else Path(source)
    where = f"--posterior {source}"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read(_MOST_BYTES)
    except OSError as error:
        raise InputError(f"{where}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{where}: is not a text file in UTF-8") from None
    try:
        rows = [row for row in csv.reader(text.splitlines(), strict=True) if row]
    except csv.Error as error:
        raise InputError(f"{where}: is not a CSV file: {error}") from None
    if len(rows) < 2:
        raise InputError(f"{where}: holds no draw; the first line names the parameters")
    names, *lines = rows
    for name in names:
        if name not in parameters():
            # The whole list of allowed names would fill the screen.
            message = unknown("parameter", name[:80], parameters()).split(" (allowed")[0]
            raise InputError(f"{where}: {message}")
        if names.count(name) > 1:
            raise InputError(f"{where}: parameter {name} stands twice in the first line")
    return tuple(_draw(names, line, f"{where}, draw {k}") for k, line in enumerate(lines, start=1))


def _draw(names: list[str], line: list[str], where: str) -> dict[str, float]:
    if len(line) != len(names):
        raise InputError(f"{where}: has {len(line)} values for {len(names)} parameters")
    draw = {}
    for name, text in zip(names, line, strict=True):
        declared = parameters()[name]
        try:
            value: object = float(text)
        except ValueError:
            value = text[:80]
        draw[name] = check_number(value, declared.bounds, declared.unit, f"{where}, {name}")
    return draw


def draws_text(draws: Sequence[Mapping[str, float]]) -> str:
    """Draws as text in the form that `read_draws` reads."""
    names = list(draws[0])
    rows = [",".join(repr(float(draw[name])) for name in names) for draw in draws]
    return "\n".join([",".join(names), *rows]) + "\n"
