"""The command `divide run`: policies compared on the same draws, with a report."""

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
from divide.model.scenario import LAST_YEAR, Scenario

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


def usual(name: str) -> Any:
    """What a scenario has where nothing is said."""
    return Scenario.__dataclass_fields__[name].default


@click.command()
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    help="Policy to compare with the status quo; may be given several times. [default: balanced]",
)
@click.option(
    "--scenario",
    "file",
    metavar="FILE",
    help='File with the settings: a scenario, or a "comparison.yaml" with policies and draws.',
)
@click.option(
    "--start",
    type=int,
    metavar="YEAR",
    help="The run begins at the end of this year, on its figures. [default: the last of the "
    "figures]",
)
@click.option(
    "--until",
    type=int,
    metavar="YEAR",
    help=f"The run ends at the end of this year, {LAST_YEAR} at most. [default: {usual('until')}]",
)
@click.option("--seed", type=int, help=f"Seed of the first replicate. [default: {usual('seed')}]")
@click.option(
    "--draws",
    type=int,
    metavar="N",
    help="Runs of each policy beside the central one, in each of which all that is uncertain is "
    "drawn: medians and 90 % intervals. [default: 32; 0 with --replicates]",
)
@click.option(
    "--replicates",
    type=int,
    metavar="N",
    help="Runs of each policy without draws: only the seed differs. [default: 5 with --draws 0]",
)
@click.option("--firms", type=int, help=f"Representative firms. [default: {usual('firms')}]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help='Strength of a lever in every policy but the reference ("divide levers"), or, with its '
    "full name, value of a parameter in every policy, the reference too, which is then not drawn "
    '("divide parameters"): --set five_g=500 --set adoption.imitation=0.4.',
)
@click.option(
    "--posterior",
    metavar="FILE|shipped",
    help='Joint draws of the fitted parameters, one for each draw: a CSV file, or "shipped" for '
    "those that come with the model. [default: shipped]",
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
    draws: int | None,
    replicates: int | None,
    firms: int | None,
    settings: tuple[str, ...],
    posterior: str | None,
    out: str | None,
    incomplete: bool,
    extensions: tuple[Any, ...],
    **engine: Any,
) -> None:
    """Compare policies on the same draws and write tables and a report with intervals.

    The same command goes on where the last one ended, however it ended. Exit status 1: some runs
    failed, and no report was written unless --incomplete is given.
    """
    from divide.experiments.plan.comparison import chosen_policies, comparison, parse_changes
    from divide.experiments.plan.comparison_file import Asked, read_asked
    from divide.experiments.plan.draws import SHIPPED
    from divide.experiments.plan.uncertainty import wanted

    asked = read_asked(file, extensions) if file is not None else Asked(Scenario())
    base, own = asked.base, asked.policies or (() if file is None else (asked.base.policy,))
    given: dict[str, Any] = {"start": start, "until": until, "seed": seed, "firms": firms}
    given["extensions"] = base.extensions or extensions
    changes = parse_changes(settings)
    given["parameters"] = {**base.parameters, **changes.parameters}
    base = replace(base, **{key: value for key, value in given.items() if value is not None})
    chosen = chosen_policies(policies, changes.levers, own)
    if draws is None and replicates is None:
        draws, replicates = asked.draws, asked.replicates
    drawn_from = posterior or (SHIPPED if draws == 0 or replicates else asked.posterior)
    futures = wanted(draws, replicates, base, drawn_from)
    asked_for = comparison(chosen, base, 5 if replicates is None else replicates, futures)
    _run(asked_for, out, incomplete, engine)


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
