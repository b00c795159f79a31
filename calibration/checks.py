"""What a forecast or a fit is refused for, found out before anything heavy is loaded."""

import json
import tempfile
from pathlib import Path

from divide.calibration.fit.targets import FORECAST, TARGETS
from divide.experiments.keep.atomic import check_place
from divide.experiments.keep.provenance import MANIFEST
from divide.model.declare.errors import InputError

LAST_UNTIL = 2060
#: Formats of result folders, as their manifests name them.
FORMATS = {
    "backtest": "digital-divide-backtest/1",
    "calibration": "digital-divide-calibration/1",
}


def check(origin: int, until: int, indicator: str) -> None:
    """Refuse what cannot be forecast.

    Raises:
        InputError: The indicator is not one that the model forecasts, or a year is out of range.
    """
    if indicator not in FORECAST:
        raise InputError(
            f"the model does not forecast {indicator!r} (allowed: {', '.join(FORECAST)})",
            ("indicator",),
        )
    low, high = TARGETS[indicator].origins
    if not low <= origin <= high:
        reason = f"{origin} is out of range; allowed for {indicator}: {low} to {high}"
        raise InputError(reason, ("origin",))
    if until <= origin:
        raise InputError(f"{until} is not after origin {origin}", ("until",))
    if until > LAST_UNTIL:
        raise InputError(f"{until} is out of range; allowed: up to {LAST_UNTIL}", ("until",))


def check_folder(path: Path, kind: str) -> Path:
    """The resolved folder, if results of a kind can be written there; see `check_place`."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        ours = {MANIFEST, *manifest["files"]} if manifest["format"] == FORMATS[kind] else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    return check_place(path, ours)


def check_bank(path: Path) -> Path:
    """The folder of a bank of runs, made if need be.

    Raises:
        InputError: Nothing can be written there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise InputError(f"--bank {path}: cannot be written: {error.strerror}") from None
