"""The command `divide optimise`: a search for policies that stand up in many futures."""

from pathlib import Path
from typing import Any

import click

from divide.experiments.cli.carrying import engine_options, extension_option, preparing
from divide.experiments.cli.errors import USER_ERROR, fail
from divide.experiments.cli.interrupt import INTERRUPTED
from divide.experiments.keep.failure import StoreError


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--out", required=True, metavar="DIR", help="Folder of the search.")
@extension_option
@engine_options
def optimise(file: str, out: str, extensions: tuple[Any, ...], **engine: Any) -> None:
    """Search levers, timing and targets for policies that stand up in many futures.

    FILE says what may be set, what is aimed at, and in which worlds. Every run is kept: the same
    command goes on where the last one ended, and with more generations further. DIR/front.html
    shows the front, DIR/policies holds it as files.
    """
    with preparing(engine):
        from divide.experiments.carry.engine import Engines
        from divide.experiments.carry.pool import EngineError
        from divide.experiments.carry.session import Interrupted
        from divide.experiments.keep.lock import writing
        from divide.experiments.optimise import page
        from divide.experiments.optimise.question import read_question
        from divide.experiments.optimise.search import begin, search
        from divide.experiments.optimise.switch import pathways, said

        engines = Engines(**engine)
        question = read_question(file, extensions)
        begin(question, Path(out))
    again = "the same command goes on from there"
    place = Path(out)
    try:
        with writing(place), engines:
            found = search(question, place, engines, lambda text: click.echo(text, err=True))
            members = [found.policies[k] for k in _spread(len(found.front), question, found)]
            rules = pathways(question, members, place / "switch", engines)
            page.write(found, rules, place)
    except (Interrupted, KeyboardInterrupt):
        fail(f"interrupted; {again}", INTERRUPTED)
    except (EngineError, StoreError) as error:
        fail(f"{error}; {again}", USER_ERROR)
    click.echo(found.table().to_string(index=False, float_format=lambda value: f"{value:.5g}"))
    for rule in rules:
        click.echo(said(rule, question.aims[0], {}))
    click.echo(f"\nfront.html, front.csv and the policies are in {place}")


def _spread(count: int, question: Any, found: Any) -> list[int]:
    """Policies of the front between which a pathway may change, evenly spread over it."""
    import numpy as np

    members = question.adaptive.members if question.adaptive else 0
    chosen = np.unique(np.linspace(0, count - 1, min(members, count)).round().astype(int))
    return [int(found.front[k]) for k in chosen]
