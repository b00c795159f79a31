"""Replays every natural experiment: the model under the shock that a study saw.

python -m divide.calibration.replay              the table
python -m divide.calibration.replay --write      docs/replay.md as well, with scans
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from divide.calibration.replay.judge import DRAWS, SEEDS, central, drawn, scan, summary
from divide.calibration.replay.page import figures_table, page
from divide.calibration.replay.studies import experiments, fit_measures
from divide.experiments.carry.calls import Workers

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay every experiment, print the table and, if asked, write the page."""
    parser = argparse.ArgumentParser(prog="divide.calibration.replay", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} as well")
    asked = parser.parse_args(arguments)
    names = list(experiments())
    with Workers(os.cpu_count() or 1) as run:
        seeds = run.map(central, [(name, seed) for name in names for seed in SEEDS])
        futures = run.map(drawn, [(name, k) for name in names for k in range(DRAWS)])
        found = {
            name: summary(
                seeds[len(SEEDS) * k : len(SEEDS) * (k + 1)], futures[DRAWS * k : DRAWS * (k + 1)]
            )
            for k, name in enumerate(names)
        }
        sys.stdout.write(figures_table(found))
        scans = run.map(scan, fit_measures()) if asked.write else []
    if asked.write:
        PAGE.write_text(page(found, scans), encoding="utf-8")


if __name__ == "__main__":
    main()
