"""The joint posterior draws that ship with the model, and how they are made.

The series are fitted one after the other, each by parameters of its own, so a draw of one is
independent of a draw of another and a joint draw sets them side by side.
"""

from pathlib import Path

from divide.calibration.fit.bank import maker
from divide.calibration.fit.posterior import Posterior
from divide.calibration.fit.targets import FITTED
from divide.calibration.score import backtest
from divide.calibration.score.backtest import Progress, fit_each, fit_work
from divide.calibration.write.folder import csv_text, parameter_table, posterior_facts, write_folder
from divide.experiments.carry.calls import Workers
from divide.experiments.plan.draws import FILE, SHIPPED, draws_text, read_draws
from divide.model.world import load_world, start_years

#: Draws that are written.
COUNT = 64


def draws() -> list[dict[str, float]]:
    """The shipped draws, equally likely: full parameter name to value.

    Raises:
        InputError: The file is missing or names a parameter that is not declared any more.
    """
    return [dict(draw) for draw in read_draws(SHIPPED)]


def work(last: int | None = None) -> dict[str, float]:
    """Phases of `fit_all` and the years each has to run, in order."""
    return fit_work(_last(last), FITTED)


def fit_all(
    folder: Path, processes: int = 2, progress: Progress | None = None, last: int | None = None
) -> list[Posterior]:
    """Posterior of each indicator's parameters from all figures up to a year.

    Args:
        folder: Where finished runs are kept; an interrupted fit goes on from them.
        processes: Number of worker processes; the result does not depend on it.
        progress: Called with the name of a phase (see `work`), runs done and runs in all.
        last: Last year whose figures are used; by default that of the tables.
    """
    last = _last(last)
    with Workers(processes) as run:
        found = fit_each(last, FITTED, folder / f"to-{last}", run, progress)
    return list(found.values())


def _last(year: int | None = None) -> int:
    return start_years()[1] if year is None else year


def joint(posteriors: list[Posterior], count: int = COUNT) -> list[dict[str, float]]:
    """Joint draws, rounded to eight digits, as they are written."""
    return [
        {name: float(f"{value:.8g}") for name, value in draw.items()}
        for draw in backtest.joint(posteriors, count)
    ]


def bank_folders(folder: Path, last: int | None = None) -> list[Path]:
    """Folders that hold the finished runs of `fit_all`."""
    return [folder / f"to-{_last(last)}" / indicator for indicator in FITTED]


def write(posteriors: list[Posterior], path: Path) -> None:
    """Write the folder of a calibration: posterior.csv, parameters.csv, manifest.json.

    Raises:
        InputError: The place is taken by something that is not ours.
        OSError: The disk is full, or the place cannot be written.
    """
    files = {
        "posterior.csv": draws_text(joint(posteriors)),
        "parameters.csv": csv_text(parameter_table(posteriors)),
    }
    made_by = maker()
    about = {
        "last_year": _last(),
        "waves": list(backtest.WAVES),
        "world_digest": load_world(_last()).digest,
        "fits": {
            indicator: posterior_facts(posterior, made_by)
            for indicator, posterior in zip(FITTED, posteriors, strict=True)
        },
    }
    write_folder(path, "calibration", files, about)


def ship(posteriors: list[Posterior]) -> None:
    """Replace the draws that come with the model."""
    fresh = FILE.with_suffix(".csv.new")
    fresh.write_text(draws_text(joint(posteriors)), encoding="utf-8")
    fresh.replace(FILE)
