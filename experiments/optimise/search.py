"""The search: generations of policies, each tried in all worlds, and the front they leave.

NSGA-II (Deb and others 2002) with up to three aims and NSGA-III (Deb and Jain 2014) with more, both
from pymoo, an optional extra ("search"). The search is a function of its file, the code and the
figures: given again, the command asks the same candidates, finds those that were run, and goes on.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.experiments.carry.engine import Engines
from divide.experiments.keep.folder import replace_file
from divide.experiments.keep.identity import surroundings
from divide.experiments.optimise.aims import figures, hypervolume, losses, unbeaten
from divide.experiments.optimise.candidate import candidate, values
from divide.experiments.optimise.question import Question
from divide.experiments.optimise.trial import tried
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy

Array = NDArray[np.float64]
SOURCE, IDENTITY = "optimise.yaml", "search.json"
#: From so many aims on NSGA-III is used.
MANY = 4


@dataclass
class Found:
    """What has been tried so far.

    Attributes:
        question: What is searched.
        beside: Figures of the packages, (packages, aims).
        policies: Candidates in the order in which they were tried.
        settings: What each sets.
        figures: Their aims, (candidates, aims).
        spend: US$ of each over the run, mean over the worlds, (candidates,).
        history: Hypervolume after each generation.
    """

    question: Question
    beside: Array
    policies: list[Policy] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    figures: list[Array] = field(default_factory=list)
    spend: list[float] = field(default_factory=list)
    history: list[float] = field(default_factory=list)

    @property
    def losses(self) -> Array:
        """Aims of the candidates, less is better."""
        return losses(self.question.aims, np.array(self.figures))

    @property
    def front(self) -> NDArray[np.int64]:
        """Candidates that no other beats, by the first aim."""
        loss = self.losses
        best = unbeaten(loss)
        ordered: NDArray[np.int64] = best[np.argsort(loss[best, 0], kind="stable")]
        return ordered

    def table(self) -> pd.DataFrame:
        """The front: policy, what it sets, its aims, and US$ million a year that it spends."""
        years = self.question.base.until - self.question.base.start
        names = [aim.name for aim in self.question.aims]
        rows = [
            {
                "policy": self.policies[k].name,
                **self.settings[k],
                **dict(zip(names, self.figures[k].tolist(), strict=True)),
                "spent_usd_m_per_year": self.spend[k] / years / 1e6,
            }
            for k in self.front.tolist()
        ]
        return pd.DataFrame(rows)


def search(
    question: Question,
    folder: Path,
    engines: Engines,
    tell: Callable[[str], None] = lambda text: None,
) -> Found:
    """Search to the end, from wherever it was broken off.

    Args:
        question: What is searched.
        folder: Where everything is kept.
        engines: Who carries out the runs, warm from one generation to the next.
        tell: Told after each generation how the search stands.

    Raises:
        InputError: pymoo is not installed, or the folder holds another search.
        Interrupted: By Ctrl-C; the same call goes on.
    """
    algorithm = _algorithm(question)
    begin(question, folder)
    beside = tried(question, question.beside, folder / "beside", engines=engines)
    found = Found(question, figures(question.aims, beside, beside))
    for number in range(question.generations):
        asked = algorithm.ask()
        x = np.atleast_2d(asked.get("X"))
        loss = _generation(found, number, x, beside, folder, engines)
        asked.set("F", loss)
        asked.set("G", np.zeros((len(x), 0)))
        asked.set("H", np.zeros((len(x), 0)))
        algorithm.evaluator.eval(_Known(len(question.dimensions), loss), asked)
        algorithm.tell(infills=asked)
        found.history.append(_volume(found))
        gained = found.history[-1] - (found.history[-2] if number else 0.0)
        tell(
            f"generation {number + 1} of {question.generations}: {len(found.policies)} policies "
            f"tried, {len(found.front)} unbeaten, hypervolume {found.history[-1]:.4f} "
            f"({gained:+.4f})"
        )
    return found


def begin(question: Question, folder: Path) -> None:
    """Enter the search into its folder, or make sure that the folder's is the same.

    Raises:
        InputError: It holds another search, or other things.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = json.dumps({"file": _digest(question), **surroundings()}, indent=1, sort_keys=True)
    path = folder / IDENTITY
    if path.exists():
        if path.read_text(encoding="utf-8") != now:
            raise InputError(
                f"{folder}: holds another search, or one by other code, figures or packages; "
                "name a new folder",
                ("out",),
            )
        return
    if foreign := sorted(each.name for each in folder.iterdir()):
        raise InputError(f"{folder}: holds {foreign[0]!r} and no search; name a new or empty "
                         "folder", ("out",))  # fmt: skip
    replace_file(folder / SOURCE, question.source.encode())
    replace_file(path, now.encode())


def _digest(question: Question) -> str:
    """SHA-256 of what bears on the search; the number of generations may grow."""
    parts = [
        question.policy.as_dict(), [policy.as_dict() for policy in question.beside],
        repr(question.dimensions), repr(question.aims), question.base.digest, question.draws,
        repr(sorted(question.variants.items())), question.population, question.seed,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _generation(
    found: Found,
    number: int,
    x: Array,
    beside: dict[str, Array],
    folder: Path,
    engines: Engines,
) -> Array:
    """Try a generation and remember it; its losses, (candidates, aims)."""
    question = found.question
    policies = [
        candidate(question.policy, question.dimensions, row, f"g{number:03d}-{k:02d}")
        for k, row in enumerate(x)
    ]
    place = folder / "generations" / f"{number:03d}"
    outcomes = tried(question, policies, place, engines=engines)
    made = figures(question.aims, outcomes, beside)
    found.policies += policies
    found.settings += [values(question.dimensions, row) for row in x]
    found.figures += list(made)
    found.spend += outcomes["spend"].mean(axis=1).tolist()
    return losses(question.aims, made)


def _volume(found: Found) -> float:
    """Hypervolume in the box of the first generation, half as long again, which never changes."""
    loss = found.losses
    first = loss[: found.question.population]
    low, high = first.min(axis=0), first.max(axis=0)
    return hypervolume(loss, low - 0.5 * (high - low), high)


def _algorithm(question: Question) -> Any:
    """The search of pymoo, ready to be asked."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.algorithms.moo.nsga3 import NSGA3
        from pymoo.util.ref_dirs import get_reference_directions
    except ImportError:
        raise InputError(
            "the search needs the extra `search`: install digital-divide-abm[search]"
        ) from None
    if len(question.aims) < MANY:
        algorithm: Any = NSGA2(pop_size=question.population)
    else:
        directions = get_reference_directions(
            "energy", len(question.aims), question.population, seed=question.seed
        )
        algorithm = NSGA3(ref_dirs=directions, pop_size=question.population)
    problem = _Known(len(question.dimensions), np.zeros((1, len(question.aims))))
    termination = ("n_gen", question.generations + 1)
    algorithm.setup(problem, termination=termination, seed=question.seed, verbose=False)
    return algorithm


def _Known(size: int, loss: Array) -> Any:  # noqa: N802 - makes a problem of pymoo
    """A problem whose values are known: the runs were carried out elsewhere."""
    from pymoo.core.problem import Problem
    from pymoo.problems.static import StaticProblem

    return StaticProblem(Problem(n_var=size, n_obj=loss.shape[1], xl=0.0, xu=1.0), F=loss)
