"""What the command does with a comparison whose runs are there: write its files and print it."""

from pathlib import Path

import click

from divide.experiments.cli.errors import USER_ERROR, fail
from divide.experiments.cli.interrupt import INTERRUPTED
from divide.experiments.cli.tables import print_comparison
from divide.experiments.keep.failure import StoreError
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.load import load
from divide.experiments.report.products import write_products


def report(folder: Path, *, incomplete: bool = False) -> None:
    """Write the tables and the report of the comparison in a folder, and print it.

    Raises:
        InputError: Runs failed or are missing.
    """
    again = "all runs are kept, and the same command writes the report"
    try:
        comparison = Comparison.of(load(folder), incomplete=incomplete)
        write_products(comparison, folder)
        print_comparison(comparison)
    except KeyboardInterrupt:
        fail(f"interrupted; {again}", INTERRUPTED)
    except StoreError as error:
        fail(f"{error}; {again}", USER_ERROR)
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}; {again}", USER_ERROR)
    click.echo(f"\nTables, scenarios and report.html are in {folder}")
