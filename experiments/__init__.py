"""Experiments with the model: paired comparisons, sweeps, their storage and report, the command."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.sweep.loaded import Sweep


def load(folder: str | Path) -> "Sweep":
    """The sweep in a folder, for analysis (see `experiments.sweep.loaded.Sweep`)."""
    from experiments.sweep import load as read  # what only runs the model need not wait for it

    return read(folder)
