"""One question to a folder: what moves an outcome, or who stands up. Which method answers it.

Every folder has a default, which the first line of the answer names with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from divide.experiments.plan.experiment import Experiment
from divide.experiments.read import mutual, ranking, sensitivity
from divide.experiments.read.discovery import Peeling, interest, peel, regret
from divide.experiments.read.load import Sweep
from divide.experiments.read.methods import METHODS
from divide.experiments.read.response import Response, respond
from divide.experiments.read.tree import Tree, cart
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES

RANKINGS: dict[str, Callable[[Response, int], ranking.Ranking]] = {
    "regression": ranking.regression,
    "partial": ranking.partial,
    "correlation": ranking.correlation,
    "information": mutual.information,
    "forest": ranking.forest,
}


@dataclass(frozen=True, eq=False)
class Answer:
    """What an analysis says.

    Attributes:
        method: One of `METHODS`.
        why: Why this one.
        what: Outcome, whose, points and factors.
        table: Its figures (see the method).
        notes: What must be said beside it.
        unit: Unit of the outcome.
        more: The `Peeling` of prim or the `Tree` of cart.
    """

    method: str
    why: str
    what: str
    table: pd.DataFrame
    notes: tuple[str, ...]
    unit: str
    more: Peeling | Tree | None = None

    @property
    def first(self) -> str:
        """The first line of the answer."""
        return f"{self.method} ({self.why}): {self.what}"


def analyse(
    sweep: Sweep,
    outcome: str,
    *,
    method: str | None = None,
    policy: str | None = None,
    below: float | None = None,
    above: float | None = None,
    pairs: bool = False,
    step: int | None = None,
) -> Answer:
    """Ask a complete folder, run or sweep.

    Args:
        sweep: The folder.
        outcome: An outcome that was kept; at the end of the runs, mean over replicates.
        method: One of `METHODS`; by default that of the design.
        policy: Whose runs, or "A - B" for a difference; the only one besides the reference by
            default.
        below: Points with less than this are of interest (prim, cart).
        above: Points with more than this are of interest (prim, cart).
        pairs: Indices of pairs of factors (sobol).
        step: The step of the peeling whose box is given (prim).

    Raises:
        InputError: A run failed or is missing, the method does not fit the design, has too few
            points or does not know one of the settings, or a name is unknown.
    """
    experiment = sweep.experiment
    asked = below is not None or above is not None
    why = "as asked"
    if method is None:
        method, why = _default(experiment, policy, asked=asked, pairs=pairs)
    _check(method, policy, asked=asked, pairs=pairs, step=step)
    if method == "regret":
        return _regret(sweep, outcome, why)
    if method in ("sobol", "morris"):
        sensitivity.check_design(sweep, method, pairs=pairs)
    if method == "information" and experiment.design.kind in ("sobol", "morris"):
        raise InputError(
            f"information takes points for independent; those of a {experiment.design.kind} design "
            f"repeat each other's values: ask for {experiment.design.kind}",
            ("method",),
        )
    found = respond(sweep, outcome, policy)
    more: Peeling | Tree | None = None
    if method in RANKINGS:
        table, notes = RANKINGS[method](found, experiment.design.seed)
        if experiment.predictive:
            notes.append(
                "each future also draws what was imputed and what happens by chance, which no "
                "factor here tells"
            )
    elif method == "prim":
        more = peel(found, interest(found, below, above))
        table, notes = more.box(step), _peeled(more, step)
    elif method == "cart":
        chosen = interest(found, below, above) if asked else None
        more = grown = cart(found, chosen, experiment.design.seed)
        table, notes = grown.rules, _grown(grown)
    else:
        table, notes = _by_design(sweep, outcome, policy, method, pairs=pairs)
    if found.left_out:
        names = _few(found.left_out)
        notes.append(f"left out, as they do not vary or never bear on {found.whose}: {names}")
    return Answer(method, why, _what(found, below, above), table, tuple(notes), found.unit, more)


def _by_design(
    sweep: Sweep, outcome: str, policy: str | None, method: str, *, pairs: bool
) -> tuple[pd.DataFrame, list[str]]:
    """What SALib makes of its own designs."""
    if method == "morris":
        table = sensitivity.morris(sweep, outcome, policy)
        return table, ["mu_star_conf is half of a 95 % interval"]
    table = (sensitivity.sobol_pairs if pairs else sensitivity.sobol)(sweep, outcome, policy)
    return table, ["what ends in _conf is half of a 95 % interval"]


def _default(
    experiment: Experiment, policy: str | None, *, asked: bool, pairs: bool
) -> tuple[str, str]:
    """The method for a folder, and why."""
    kind, points = experiment.design.kind, len(experiment.points) - experiment.predictive
    if asked:
        return "prim", "the default with a value to end below or above"
    if pairs or kind in ("sobol", "morris"):
        return ("sobol" if pairs else kind), f"the default of a {kind} design"
    if not experiment.factors:
        return "regret", "the default where nothing is varied"
    several = len(experiment.others) > 1
    if policy is None and several:
        return "regret", "the default for several policies; --policy NAME asks what moves one"
    if points < max(ranking.LEAST, ranking.A_FACTOR * (len(experiment.factors) + 1)):
        return "correlation", f"the default of a {kind} design with few points for its factors"
    return "regression", f"the default of a {kind} design"


def _check(method: str, policy: str | None, *, asked: bool, pairs: bool, step: int | None) -> None:
    """Refuse what a method would ignore.

    Raises:
        InputError: The message names the setting and the methods that have it.
    """
    if method not in METHODS:
        raise InputError(f"{method!r:.80}; allowed: {', '.join(METHODS)}", ("method",))
    if policy is not None and method == "regret":
        raise InputError("regret compares all policies; leave it out, or name another --method",
                         ("policy",))  # fmt: skip
    if asked and method not in ("prim", "cart"):
        raise InputError(f"below and above go with prim and cart, not with {method}")
    if method == "prim" and not asked:
        raise InputError("prim needs below or above: what is of interest")
    if pairs and method != "sobol":
        raise InputError(f"indices of pairs go with sobol, not with {method}")
    if step is not None and method != "prim":
        raise InputError(f"a step goes with prim, not with {method}")


def _regret(sweep: Sweep, outcome: str, why: str) -> Answer:
    table = regret(sweep, outcome)
    points = len(sweep.experiment.points) - sweep.experiment.predictive
    what = (
        f"how far each policy ends behind the best in {outcome}, {points:,} "
        f"{_word('point', points)}"
    )
    return Answer("regret", why, what, table, (), OUTCOMES[outcome].unit)


def _what(found: Response, below: float | None, above: float | None) -> str:
    limit = f" below {below:g}" if below is not None else ""
    limit = f" above {above:g}" if above is not None else limit
    points, factors = found.factors.shape
    return (
        f"{found.outcome} of {found.whose}{limit}, {points:,} {_word('point', points)}, "
        f"{factors:,} {_word('factor', factors)}"
    )


def _peeled(found: Peeling, step: int | None) -> list[str]:
    path = found.path
    row = path[path["taken"]].iloc[0] if step is None else path.iloc[step]
    return [
        f"step {row['step']} of {len(path) - 1} on the peeling path: {row['coverage']:.0%} of the "
        f"points of interest, {row['density']:.0%} of its points are of interest"
    ]


def _grown(tree: Tree) -> list[str]:
    said = "share of points of interest" if tree.asked else "mean of the outcome"
    skill = max(tree.skill, 0.0)
    notes = [f"value: {said}; the tree explains {skill:.0%} of the variance of unseen points"]
    if len(tree.rules) == 1:
        notes.append(
            "no split stands in cross-validation: the factors tell nothing that a tree sees"
        )
    return notes


def _word(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _few(names: tuple[str, ...]) -> str:
    rest = len(names) - 5
    return ", ".join(names[:5]) + (f" and {rest} more" if rest > 0 else "")
