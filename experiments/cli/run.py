"""The command `divide run`: policies compared on the same random numbers, with a report."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import (
    carry_out,
    end_with_failures,
    engine_options,
    extension_option,
    preparing,
    say_failures,
)

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


@click.command()
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    help="Policy to compare with the status quo; may be given several times. [default: balanced]",
)
@click.option("--scenario", "file", metavar="FILE", help="Scenario file with the settings.")
@click.option(
    "--start", type=int, metavar="YEAR", help="First year. [default: the last year of the figures]"
)
@click.option("--until", type=int, metavar="YEAR", help="Last year, to 2060. [default: 2040]")
@click.option("--seed", type=int, help="Seed of the first replicate. [default: 1]")
@click.option("--replicates", type=int, default=5, show_default=True, help="Runs of each policy.")
@click.option("--firms", type=int, help="Representative firms. [default: 20000]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=VALUE",
    help='Strength of a lever in every policy but the status quo; see "divide levers".',
)
@click.option(
    "--posterior",
    metavar="FILE|shipped",
    help="Draws of fitted parameters, one for each replicate, so that intervals cover their "
    'uncertainty: a CSV file, or "shipped" for those that come with the model.',
)
@click.option("--out", metavar="DIR", help="Folder to write. [default: runs/<policies>-<digest>]")
@click.option(
    "--incomplete", is_flag=True, help="Compare without the replicates in which a run failed."
)
@extension_option
@engine_options
def run(
    policies: tuple[str, ...],
    file: str | None,
    start: int | None,
    until: int | None,
    seed: int | None,
    replicates: int,
    firms: int | None,
    settings: tuple[str, ...],
    posterior: str | None,
    out: str | None,
    incomplete: bool,
    extensions: tuple[Any, ...],
    **engine: Any,
) -> None:
    """Compare policies on the same random numbers and write tables and a report.

    The same command goes on where the last one ended, however it ended. Exit status 1: some runs
    failed, and no report was written unless --incomplete is given.
    """
    from divide.experiments.plan.comparison import chosen_policies, comparison, parse_changes
    from divide.experiments.plan.draws import read_draws
    from divide.model.scenario import Scenario

    base = Scenario.from_file(file, extensions) if file is not None else Scenario()
    own = base.policy if file is not None else None
    asked: dict[str, Any] = {"start": start, "until": until, "seed": seed, "firms": firms}
    asked["extensions"] = base.extensions or extensions
    base = replace(base, **{key: value for key, value in asked.items() if value is not None})
    draws = read_draws(posterior) if posterior is not None else ()
    chosen = chosen_policies(policies, parse_changes(settings), own)
    _run(comparison(chosen, base, replicates, draws), out, incomplete, engine)


def _run(
    experiment: "Experiment", out: str | None, incomplete: bool, engine: dict[str, Any]
) -> None:
    with preparing(engine):
        from divide.experiments.keep.folder import prepare

        folder = out or str(default_folder(experiment))
        prepare(Path(folder))
        # While the workers load the model, we load what draws the report.
        from divide.experiments.cli.report import report
    finished = carry_out(experiment, folder, **engine)
    progress = finished.progress
    if not progress.fresh:
        click.echo(f"{progress.done:,} of {progress.total:,} runs were there; none was run again.")
    if progress.failed and not incomplete:
        otherwise = ", or compare without them with --incomplete; no report was written"
        end_with_failures(finished, folder, otherwise)
    say_failures(finished)
    report(finished.folder, incomplete=incomplete)


def default_folder(experiment: "Experiment") -> Path:
    """Folder named after the policies compared and the digest of all that bears on the result.

    With another model, other figures or other packages the same command takes another folder.
    """
    import hashlib
    import json

    from divide.experiments.keep.identity import identity
    from divide.experiments.plan.kept import SIMULATE

    text = json.dumps(identity(experiment, SIMULATE), sort_keys=True)
    return Path("runs") / f"{experiment.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
