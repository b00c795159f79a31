"""The command `divide claims`: claims of files, run again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import (
    RUNS_FAILED,
    carry_out,
    end_with_failures,
    engine_options,
    extension_option,
    preparing,
)

if TYPE_CHECKING:
    from divide.experiments.read.claims import Claims, Found


@click.command()
@click.argument("file", metavar="FILE", default="findings")
@click.option("--draws", type=click.IntRange(1), metavar="N", help="At most N draws a variant.")
@click.option(
    "--variant", "variants", multiple=True, metavar="NAME", help="Only this one; may be repeated."
)
@click.option("--out", metavar="DIR", help="Folder of the runs. [default: runs/claims-<digest>]")
@extension_option
@engine_options
def claims(
    file: str,
    draws: int | None,
    variants: tuple[str, ...],
    out: str | None,
    extensions: tuple[Any, ...],
    **engine: Any,
) -> None:
    """Run the experiment behind claims again and say which still hold.

    FILE holds claims, or names a file that ships with the model; "findings" has every ranking of
    docs/findings.md. With fewer draws or variants than the file asks for, a claim is refuted only
    where chance would not do so. Exit status 1: a verdict no longer stands.
    """
    with preparing(engine):
        from divide.experiments.carry.engine import Engines
        from divide.experiments.read.claims import judge, read_claims
        from divide.experiments.read.load import load

        engines = Engines(**engine)
        asked = read_claims(file, draws, variants, extensions)
    folder = Path(out) if out else asked.folder()
    sweeps = {}
    with engines:
        for name, experiment in asked.experiments.items():
            finished = carry_out(experiment, str(folder / name), engines=engines)
            if finished.progress.failed:
                end_with_failures(finished, str(folder / name))
            sweeps[name] = load(finished.folder)
    _say(asked, judge(asked, sweeps))


def _say(asked: "Claims", found: "list[Found]") -> None:
    from divide.experiments.read.claims import stands

    click.echo(asked.title)
    counts = {True: 0, False: 0, None: 0}
    kept = "stands" if asked.whole else "not refuted"
    words = {True: kept, False: "NO LONGER", None: "not judged"}
    for each in found:
        still = stands(each, whole=asked.whole)
        counts[still] += 1
        was = f"was {each.claim.verdict}" if each.claim.verdict else "no verdict yet"
        click.echo(
            f"{words[still]:<11}  {each.claim}: {was}, now {each.verdict} "
            f"({each.share:.0%}; least {each.least:.0%} in {each.where})"
        )
    click.echo(
        f"{counts[True]} {kept}, {counts[False]} no longer, {counts[None]} not judged by these runs"
    )
    if counts[False]:
        sys.exit(RUNS_FAILED)
