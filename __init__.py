"""An agent-based model of the digital divide along the Digital Silk Road.

The public names, each imported on first use, so that a command that lists levers does not wait for
Mesa:

- `Scenario`, `Policy`, `LeverUse`: what is asked for
- `DigitalDivideModel`, `PROCESSES`: the Mesa model and the order of its step
- `Extension`: what is added to it
- `run`, `compare`, `sweep`: carry out one scenario, policies on the same luck, an experiment
- `load`, `join`: read what was carried out, in one folder or several
- `why`: what a policy adds in each country, term by term
- `evaluate`: a run as a function, for other tools (see `divide.connect`)

Five packages stand behind them: `divide.model`, `divide.experiments`, `divide.calibration`,
`divide.connect` and `divide.app`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from divide.connect import evaluate
    from divide.experiments import compare, join, load, run, sweep, why
    from divide.model import PROCESSES, DigitalDivideModel, Extension, LeverUse, Policy, Scenario

__all__ = [
    "PROCESSES",
    "DigitalDivideModel",
    "Extension",
    "LeverUse",
    "Policy",
    "Scenario",
    "compare",
    "evaluate",
    "join",
    "load",
    "run",
    "sweep",
    "why",
]

_EXPERIMENTS = {"compare", "join", "load", "run", "sweep", "why"}


def __getattr__(name: str) -> Any:
    """Import a public name on first use.

    Raises:
        AttributeError: There is no such name.
    """
    if name not in __all__:
        raise AttributeError(f"module 'divide' has no attribute {name!r}")
    if name in _EXPERIMENTS:
        from divide import experiments as home
    elif name == "evaluate":
        from divide import connect as home  # type: ignore[no-redef]
    else:
        from divide import model as home  # type: ignore[no-redef]
    return getattr(home, name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
