"""An agent-based model of the digital divide along the Digital Silk Road."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.model import PROCESSES, DigitalDivideModel
    from model.scenario import LeverUse, Policy, Scenario

__all__ = ["PROCESSES", "DigitalDivideModel", "LeverUse", "Policy", "Scenario"]

_HOME = {
    "PROCESSES": "model.model",
    "DigitalDivideModel": "model.model",
    "LeverUse": "model.scenario",
    "Policy": "model.scenario",
    "Scenario": "model.scenario",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line lists levers without loading Mesa."""
    if name not in _HOME:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
