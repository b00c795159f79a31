"""An agent-based model of the digital divide along the Digital Silk Road."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from divide.model.declare.extension import Extension
    from divide.model.model import PROCESSES, DigitalDivideModel
    from divide.model.policy.policy import LeverUse, Policy
    from divide.model.scenario import Scenario

__all__ = ["PROCESSES", "DigitalDivideModel", "Extension", "LeverUse", "Policy", "Scenario"]

_HOME = {
    "PROCESSES": "divide.model.model",
    "DigitalDivideModel": "divide.model.model",
    "Extension": "divide.model.declare.extension",
    "LeverUse": "divide.model.policy.policy",
    "Policy": "divide.model.policy.policy",
    "Scenario": "divide.model.scenario",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line lists levers without loading Mesa."""
    if name not in _HOME:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
