"""The policy levers that the model declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from divide.model.declare.errors import InputError, located
from divide.model.declare.yamlfile import read_yaml

SHIPPED = Path(__file__).parents[1] / "policy" / "levers.yaml"


@dataclass(frozen=True)
class Lever:
    """A policy lever: what it is called, how far it goes, what it costs and what it must move."""

    name: str
    label: str
    group: Literal["hard", "soft", "payments", "security"]
    kind: Literal["amount", "degree"]
    unit: str
    bounds: tuple[float, float]
    usd_per_unit: float | None
    lag_years: float
    loan_share: float
    outcome: str
    direction: Literal["up", "down"]
    evidence: Literal["measured", "derived", "assumed", "speculative"]
    source: str
    help: str

    @property
    def speculative(self) -> bool:
        """Whether no outcome data exist for it."""
        return self.evidence == "speculative"


def _lever(name: str, entry: Mapping[str, Any]) -> Lever:
    try:
        fields = {key: value for key, value in entry.items() if key not in ("cost", "bounds")}
        cost = entry["cost"]["usd_per_unit"]
        low, high = entry["bounds"]
        return Lever(
            name=name,
            bounds=(float(low), float(high)),
            usd_per_unit=None if cost == "endogenous" else float(cost),
            **fields,
        )
    except KeyError as error:
        raise InputError(f"{error} is missing", (name,)) from None
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"not a lever: {error}", (name,)) from None


def read_levers(path: Path) -> dict[str, Lever]:
    """The levers that a YAML file declares, by name.

    Raises:
        InputError: A field is missing or unknown.
    """
    data = read_yaml(path)
    with located(str(path), data):
        return {name: _lever(name, entry) for name, entry in data.items()}


@cache
def levers() -> dict[str, Lever]:
    """The levers by name: those that ship with the model and those of extensions loaded here."""
    return read_levers(SHIPPED)
