"""Sweeps: many runs of the model, described in a short file, that nothing can lose."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.sweep.loaded import Sweep
    from experiments.sweep.runner import Finished
    from experiments.sweep.runs import Experiment


def load(folder: str | Path) -> "Sweep":
    """The sweep in a folder, for analysis (see `experiments.sweep.loaded.Sweep`)."""
    from experiments.sweep.loaded import load as read  # DuckDB takes a while to load

    return read(folder)


def sweep(
    experiment: "Experiment | str | Path", out: str | Path, workers: int | None = None, **how: Any
) -> "Finished":
    """Carry out an experiment, or what is left of it (see `experiments.sweep.runner.sweep`)."""
    from experiments.sweep.runner import sweep as carry_out

    return carry_out(experiment, out, workers, **how)
