"""What was found and by whom: the entries of `experiments.yaml`, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from divide.model.declare.parameters import parameters
from divide.model.declare.yamlfile import read_yaml

FILE = Path(__file__).parents[1] / "experiments.yaml"


@dataclass(frozen=True)
class Measure:
    """One figure of a study and how the model's is judged.

    Attributes:
        interval: Lowest and highest value that agrees with the study; None to show only.
        least: In a sign test, the smallest effect that counts.
        interval_from: "study", or "assumed" and how.
        horizon: When it is taken, in words.
        parameter: The declared parameter that moves it.
    """

    label: str
    unit: str
    horizon: str
    estimate: float | str | None = None
    interval: tuple[float, float] | None = None
    least: float = 0.0
    interval_from: str = ""
    parameter: str | None = None

    def passes(self, value: float) -> bool | None:
        """Whether a value agrees with the study; None if it is not judged."""
        if self.interval is None:
            return None
        low, high = self.interval
        return bool(low <= value <= high and abs(value) >= self.least)


@dataclass(frozen=True)
class Experiment:
    """One study: what was estimated, what is imposed on the model, what it may be used for.

    Attributes:
        imposed: The dose and where; `estimate`: what was found; `remark`: what to make of it.
    """

    title: str
    study: str
    read: str
    estimate: str
    use: Literal["fit", "test"]
    imposed: str
    remark: str
    measures: Mapping[str, Measure] = field(default_factory=dict)


def _measure(entry: Mapping[str, Any]) -> Measure:
    fields = dict(entry)
    if "interval" in fields:
        low, high = fields["interval"]
        fields["interval"] = (float(low), float(high))
    return Measure(**fields)


@cache
def experiments() -> dict[str, Experiment]:
    """The experiments by name.

    Raises:
        ValueError: One is used for something else than "fit" or "test", or judges by a parameter
            that the model does not declare.
    """
    found = {}
    for name, entry in read_yaml(FILE).items():
        measures = {key: _measure(value) for key, value in entry["measures"].items()}
        found[name] = Experiment(**{**entry, "measures": measures})
        if found[name].use not in ("fit", "test"):
            raise ValueError(f"experiment {name}: use {found[name].use!r}; allowed: fit, test")
        for key, measure in measures.items():
            if measure.parameter is not None and measure.parameter not in parameters():
                raise ValueError(f"{name}.{key}: no parameter {measure.parameter!r}")
    return found


def fit_measures() -> list[tuple[str, str]]:
    """Measures of the fit studies that a declared parameter moves."""
    return [
        (name, key)
        for name, one in experiments().items()
        for key, measure in one.measures.items()
        if one.use == "fit" and measure.parameter is not None
    ]
