"""What `divide parameters` prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from divide.experiments.cli.tables import STYLES, entry, new_console
from divide.model.declare.checks import unknown
from divide.model.declare.errors import UnknownKeyError
from divide.model.declare.parameters import Parameter, parameters

if TYPE_CHECKING:
    from rich.console import Console

ROLES = {
    "uncertainty": "uncertainty: drawn from its prior",
    "calibrated": "calibrated: fitted to data within its prior, drawn from the posterior, or from "
    "its prior where no posterior holds it",
    "constant": "constant: never drawn",
}
CUT = "calibrated, cut: always drawn from its prior, the others are fitted given it"


def print_parameters(names: Sequence[str] = ()) -> None:
    """Parameters by process; all that is known of those named one by one.

    Args:
        names: Processes and full names; all parameters if empty.

    Raises:
        UnknownKeyError: There is no such process or parameter.
    """
    console = new_console()
    section = ""
    for name in dict.fromkeys(each for given in names or ("",) for each in _meant(given)):
        if name in names:
            _whole(console, parameters()[name])
            continue
        if section != name.partition(".")[0]:
            section = name.partition(".")[0]
            console.print(Text(f"{section.upper()}\n", "bold"))
        _short(console, parameters()[name])


def _meant(given: str) -> list[str]:
    """Full names that a process or a full name stands for."""
    known = parameters()
    if not given or given in known:
        return [given] if given else list(known)
    found = [name for name in known if name.partition(".")[0] == given]
    if found:
        return found
    processes = dict.fromkeys(name.partition(".")[0] for name in known)
    if "." in given:
        raise UnknownKeyError(unknown("parameter", given, known), (given,))
    raise UnknownKeyError(unknown("process", given, processes) + ", or PROCESS.NAME", (given,))


def _head(parameter: Parameter) -> Text:
    head = Text(parameter.name, "bold")
    head.append(f"  {parameter.value:g} {parameter.unit}", "not bold")
    if parameter.speculative:
        head.append(" (speculative)", STYLES["speculative"])
    return head


def _short(console: "Console", parameter: Parameter) -> None:
    low, high = parameter.bounds
    prior = "" if parameter.role == "constant" else f"; {parameter.prior.describe()}"
    entry(
        console,
        _head(parameter),
        f"{low:g} to {high:g}{prior}",
        f"{parameter.role}{', cut' if parameter.cut else ''}; source: {parameter.source}",
    )


def _whole(console: "Console", parameter: Parameter) -> None:
    low, high = parameter.bounds
    lines = [
        f"bounds: {low:g} to {high:g} {parameter.unit}",
        f"role: {CUT if parameter.cut else ROLES[parameter.role]}",
    ]
    if parameter.role != "constant":
        lines.append(f"prior: {parameter.prior.describe()}")
    if fitted := _fitted(parameter.name):
        lines.append(f"posterior: {fitted}")
    if parameter.speculative:
        lines.append("speculative: no outcome data exist for what it does")
    lines += [
        f"source: {parameter.source}",
        f"try: divide run --set {parameter.name}={parameter.value:g}; in the file of a scenario, "
        f"parameters: {{{parameter.name}: {parameter.value:g}}}",
    ]
    entry(console, _head(parameter), *lines)


def _fitted(name: str) -> str:
    """Median and 90 % interval of the draws that come with the model; empty if it has none."""
    import statistics

    from divide.experiments.plan.draws import SHIPPED, read_draws

    draws = [draw[name] for draw in read_draws(SHIPPED) if name in draw]
    if not draws:
        return ""
    parts = statistics.quantiles(draws, n=20)
    return (
        f"median {statistics.median(draws):.3g}, 90 % {parts[0]:.3g} to {parts[-1]:.3g} "
        f"({len(draws)} draws)"
    )
