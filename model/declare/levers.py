"""The policy levers that the model declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from divide.model.declare.errors import InputError, located
from divide.model.declare.yamlfile import read_yaml

SHIPPED = Path(__file__).parents[1] / "policy" / "levers.yaml"
#: Made from docs/replay.md by `python -m docs.pages`.
REPLAYS = SHIPPED.with_name("replays.yaml")


#: What degrees are a share of; none of these has a price a unit.
FREE_OF_UNITS = ("data", "handsets", "payments", "nothing")
#: What stands for the name of a replayed study where there is none.
NO_REPLAY = "no replay"


@dataclass(frozen=True)
class Replay:
    """A study replayed in the model.

    Attributes:
        title: What was studied.
        use: "fit" if a value or a prior comes from it, so that agreement is no test, else "test".
        agree: Judged figures of the model that agree with the study's.
        judged: Figures that are judged.
    """

    title: str
    use: Literal["fit", "test"]
    agree: int
    judged: int


@dataclass(frozen=True)
class Lever:
    """A policy lever: what it is called, how far it goes, what it costs and what it must move.

    An amount costs `usd_per_unit` a unit. A degree costs a year, at full strength, in each country,

    - `usd_per_unit` plus `usd_per_head` times population and local cost, if `per` is "country";
    - `usd_per_unit` times firms without digital payment and local cost, if it is "firms";
    - what users pay for data, buyers for handsets or people digitally, if it is "data", "handsets"
      or "payments". Below zero these are taxes, which cost the programme nothing and bring it
      nothing;
    - nothing, if it is "nothing": a stress test, which nobody would choose.

    Local cost is that of `divide.model.run.Run.local_cost`. `help`, `acts_on`, `study` (what the
    best study found) and `example` (a case, or what one costs) are for people who are no modelers,
    the last two empty if there is none; `source` is exact. `replay` names the entry of
    `calibration/experiments.yaml` that compares the lever, or something it sets, with a study.
    """

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
    evidence: Literal["measured", "derived", "contested", "assumed", "speculative"]
    source: str
    help: str
    acts_on: str = ""
    study: str = ""
    example: str = ""
    usd_per_head: float = 0.0
    per: Literal["country", "data", "handsets", "payments", "firms", "nothing"] = "country"
    replay: str = NO_REPLAY

    @property
    def speculative(self) -> bool:
        """Whether no outcome data exist for it."""
        return self.evidence == "speculative"

    @property
    def replayed(self) -> Replay | None:
        """The replay of a study of it."""
        return replays().get(self.replay)


def _lever(name: str, entry: Mapping[str, Any]) -> Lever:
    try:
        fields = {key: value for key, value in entry.items() if key not in ("cost", "bounds")}
        cost = dict(entry["cost"])
        unit = None if cost.get("per") in FREE_OF_UNITS else cost.pop("usd_per_unit")
        low, high = entry["bounds"]
        return Lever(
            name=name,
            bounds=(float(low), float(high)),
            usd_per_unit=None if unit is None else float(unit),
            **cost,
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


@cache
def replays() -> dict[str, Replay]:
    """The replayed studies by name."""
    return {name: Replay(**entry) for name, entry in read_yaml(REPLAYS).items()}
