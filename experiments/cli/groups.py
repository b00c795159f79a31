"""The commands in the help, by what people want to do."""

from collections.abc import Iterable

#: Task to its commands, in the order of the help.
TASKS = {
    "Run and compare": ("run", "rerun", "report"),
    "Many runs": ("sweep", "status", "retry", "verify", "repair", "export"),
    "Look": ("query", "compare", "analyse", "why", "claims", "optimise"),
    "Calibrate": ("calibrate", "backtest", "data"),
    "Workshop and programs": ("serve", "rooms"),
    "What there is": (
        "policies", "levers", "parameters", "outcomes", "countries", "check", "story",
    ),
}  # fmt: skip
OTHERS = "Others"


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Names of commands by task; those of no task last."""
    left = dict.fromkeys(names)
    found: dict[str, list[str]] = {}
    for task, commands in TASKS.items():
        found[task] = [name for name in commands if name in left]
        for name in found[task]:
            del left[name]
    found[OTHERS] = list(left)
    return {task: commands for task, commands in found.items() if commands}
