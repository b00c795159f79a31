"""What `divide check` says of the files in YAML."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from divide.experiments.text.units import plain
from divide.model.declare.errors import InputError, located
from divide.model.declare.extension import MOST_BYTES, Extension
from divide.model.declare.files import read_text

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

Kind = Literal["claims", "search", "comparison", "experiment", "scenario"]
#: Keys that only an experiment has.
OF_EXPERIMENT = (
    "uncertainties", "constants", "outcomes", "countries", "reference", "design", "replicates",
    "random_numbers", "every", "limit_s",
)  # fmt: skip


def kind(data: Mapping[str, Any]) -> Kind:
    """What a file is, by its keys; what is none of the others is a scenario or policy."""
    if "claims" in data:
        return "claims"
    if "aims" in data:
        return "search"
    if isinstance(data.get("policies"), Mapping):
        return "comparison"
    if "policies" in data or any(key in data for key in OF_EXPERIMENT):
        return "experiment"
    return "scenario"


def refuse_code(data: Mapping[str, Any], path: Path, extensions: tuple[Extension, ...]) -> None:
    """Raise InputError if a file names an extension that was not given by --with."""
    inner = data.get("experiment")
    named = [data.get("extensions"), inner.get("extensions") if isinstance(inner, Mapping) else ()]
    given = {extension.digest for extension in extensions}
    for name in (each for names in named if isinstance(names, list) for each in names):
        if not isinstance(name, str):
            continue  # what reads the file says what is wrong
        file = path.parent / name
        with located(str(file)):
            digest = hashlib.sha256(read_text(file, MOST_BYTES).encode()).hexdigest()
        if digest not in given:
            reason = (
                f"names {name}, whose code check does not run; look at it, then add --with {file}"
            )
            raise InputError(reason, ("extensions",), str(path))


def say_scenario(path: Path, extensions: tuple[Any, ...]) -> None:
    """A scenario or policy."""
    from divide.experiments.cli.tables import print_scenario
    from divide.model.policy.policy import check_countries
    from divide.model.scenario import Scenario

    scenario = Scenario.from_file(path, extensions)
    check_countries(scenario.policy)
    print_scenario(scenario, str(path))


def say_comparison(path: Path, extensions: tuple[Any, ...]) -> None:
    """A comparison, with its draws if it names any."""
    from divide.experiments.plan.comparison_file import read_asked
    from divide.experiments.plan.draws import SHIPPED, read_draws

    asked = read_asked(path, extensions)
    base = asked.base
    if asked.posterior != SHIPPED:
        read_draws(asked.posterior, asked.posterior)
    often = f"{asked.draws} draws" if asked.draws is not None else f"{asked.replicates} replicates"
    often = often if (asked.draws, asked.replicates) != (None, None) else "as many draws as usual"
    click.echo(
        f"{plain(str(path))}: comparison of {', '.join(each.name for each in asked.policies)}\n"
        f"end of {base.start} to end of {base.until}, {often}, {base.firms:,} firms; the first is "
        "the reference"
    )


def say_experiment(path: Path, extensions: tuple[Any, ...]) -> None:
    """An experiment: its design, runs and outcomes."""
    from divide.experiments.plan.experiment import Experiment

    click.echo(f"{plain(str(path))}: {_described(Experiment.from_file(path, extensions))}")


def _described(experiment: "Experiment") -> str:
    e = experiment
    varied = ", ".join(factor.name for factor in e.factors[:8])
    more = f" and {len(e.factors) - 8} more" if len(e.factors) > 8 else ""
    return (
        f"experiment {plain(e.title)}\n"
        f"{e.design.kind} design of {len(e.points):,} points, replicates: {e.replicates:,}, "
        f"policies {', '.join(e.names)}: {len(e):,} runs at most\n"
        f"end of {e.base.start} to end of {e.base.until}, {e.base.firms:,} firms; "
        f"varied: {varied or 'nothing'}{more}\n"
        f"outcomes kept: {len(e.outcomes)}, country columns: {len(e.countries)}, by {e.every}"
    )


def say_claims(path: Path, extensions: tuple[Any, ...]) -> None:
    """Claims and the verdicts that their file holds."""
    from divide.experiments.read.claims import read_claims

    found = read_claims(path, extensions=extensions)
    runs = sum(len(each) for each in found.experiments.values())
    count = len(found.claims)
    verdicts = sum(claim.verdict is not None for claim in found.claims)
    click.echo(
        f"{plain(str(path))}: {count} claim{'s' * (count != 1)}, {verdicts} with a verdict: "
        f"{plain(found.title)}\nvariants {', '.join(found.experiments)}: {runs:,} runs"
    )


def say_search(path: Path, extensions: tuple[Any, ...]) -> None:
    """A search and its budget."""
    from divide.experiments.optimise.question import read_question

    asked = read_question(path, extensions)
    tried = asked.population * asked.generations + len(asked.beside)
    runs = tried * asked.draws * len(asked.variants)
    click.echo(
        f"{plain(str(path))}: search {plain(asked.title)}\n"
        f"{len(asked.dimensions)} things to set, aims: {', '.join(a.name for a in asked.aims)}\n"
        f"{tried:,} policies in {asked.draws} draws of {len(asked.variants)} variants: "
        f"{runs:,} runs; end of {asked.base.start} to end of {asked.base.until}"
    )
