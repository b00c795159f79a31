"""One study and one search, each as the user of a tool would write it; called by `connect`.

`python -m benchmarks.connect_peers NAME SIZE SCRATCH` prints one line of JSON: runs carried out,
seconds on the clock without imports, and what was found. Functions in `STUDIES` ask which of four
levers moves the people offline, those in `SEARCHES` look for packages with few people offline and
little money spent. Their lines are counted, so that they hold the study and nothing else. To the
Workbench the levers are uncertainties: its version 3.0 samples no levers on their own.
"""

import inspect
import json
import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario

WORKERS, SEED = 2, 1
LEVERS = {
    "rural_coverage": (0.0, 4_000.0), "five_g": (0.0, 4_000.0), "skills_training": (0.0, 4e7),
    "mobile_wallet": (0.0, 1.0),
}  # fmt: skip
SMALL: dict[str, Any] = {"start": 2021, "until": 2030, "firms": 2_000}
AIMS = ["people_offline", "spend"]
POPULATION = 8

type Answer = tuple[int, dict[str, float]]


def bare(**levers: float) -> dict[str, float]:
    """The model itself, called as any function."""
    policy = Policy("custom", levers={name: LeverUse(value) for name, value in levers.items()})
    found = DigitalDivideModel(Scenario(policy=policy, **SMALL)).run().outcomes
    return {name: float(found[name][-1]) for name in AIMS}


# A study of sensitivity ---------------------------------------------------------------------------


def study_sweep(n: int, scratch: Path) -> Answer:
    """`divide sweep`: an experiment, its folder, its analysis."""
    from divide.experiments import load, sweep
    from divide.experiments.plan.experiment import Experiment
    from divide.experiments.read.sensitivity import sobol

    experiment = Experiment.from_mapping({
        "levers": {name: list(limits) for name, limits in LEVERS.items()},
        "reference": "none",
        "constants": SMALL,
        "outcomes": AIMS,
        "design": {"kind": "sobol", "n": n, "second_order": True},
    })  # fmt: skip
    finished = sweep(experiment, scratch / "study", WORKERS)
    table = sobol(load(finished.folder), "people_offline").set_index("factor")
    return len(experiment), table["total"].to_dict()


def study_connector(n: int, scratch: Path) -> Answer:
    """`divide.connect.ema`: the Workbench carries out our model."""
    from ema_workbench import MultiprocessingEvaluator, Samplers
    from ema_workbench.em_framework import get_SALib_problem
    from SALib.analyze import sobol

    from divide.connect import ema

    model = ema.model(uncertainties=LEVERS, outcomes=AIMS, base=Scenario(**SMALL))
    with MultiprocessingEvaluator(model, n_processes=WORKERS) as evaluator:
        runs, outcomes = evaluator.perform_experiments(n, uncertainty_sampling=Samplers.SOBOL)
    problem = get_SALib_problem(model.uncertainties)
    total = sobol.analyze(problem, outcomes["people_offline"])["ST"]
    return len(runs), dict(zip(problem["names"], total.tolist(), strict=True))


def study_alone(n: int, scratch: Path) -> Answer:
    """The EMA Workbench around the bare model."""
    from ema_workbench import (
        Model,
        MultiprocessingEvaluator,
        RealParameter,
        Samplers,
        ScalarOutcome,
    )
    from ema_workbench.em_framework import get_SALib_problem
    from SALib.analyze import sobol

    model = Model("bare", function=bare)
    model.uncertainties = [RealParameter(name, *limits) for name, limits in LEVERS.items()]
    model.outcomes = [ScalarOutcome(name) for name in AIMS]
    with MultiprocessingEvaluator(model, n_processes=WORKERS) as evaluator:
        runs, outcomes = evaluator.perform_experiments(n, uncertainty_sampling=Samplers.SOBOL)
    problem = get_SALib_problem(model.uncertainties)
    total = sobol.analyze(problem, outcomes["people_offline"])["ST"]
    return len(runs), dict(zip(problem["names"], total.tolist(), strict=True))


# A search -----------------------------------------------------------------------------------------


def search_optimise(generations: int, scratch: Path) -> Answer:
    """`divide optimise`: each policy in the central run and in one draw, kept on the disk."""
    from divide.experiments.carry.engine import Engines
    from divide.experiments.keep.ledger import Ledger
    from divide.experiments.optimise.question import read_question
    from divide.experiments.optimise.search import search
    from divide.model.declare.yamlfile import dump_yaml

    data = {
        "levers": {name: list(limits) for name, limits in LEVERS.items()},
        "spend": "planned",
        "aims": [{"outcome": "people_offline"}, {"outcome": "spend", "better": "lower"}],
        "constants": SMALL,
        "draws": 1,
        "beside": ["balanced"],
        "population": POPULATION,
        "generations": generations,
    }
    (scratch / "search.yaml").write_text(dump_yaml(data))
    with Engines(WORKERS) as engines:
        found = search(read_question(scratch / "search.yaml"), scratch / "found", engines)
    runs = 0
    for path in (scratch / "found").rglob("ledger.sqlite"):
        with Ledger(path.parent) as ledger:
            runs += len(ledger.done_in_parts()[0])
    return runs, {"front": float(len(found.front))}


def search_alone(generations: int, scratch: Path) -> Answer:
    """The optimiser of the EMA Workbench around the bare model."""
    from ema_workbench import Model, MultiprocessingEvaluator, RealParameter, ScalarOutcome

    model = Model("bare", function=bare)
    model.levers = [RealParameter(name, *limits) for name, limits in LEVERS.items()]
    model.outcomes = [ScalarOutcome(name, kind=ScalarOutcome.MINIMIZE) for name in AIMS]
    nfe = POPULATION * generations
    with MultiprocessingEvaluator(model, n_processes=WORKERS) as evaluator:
        found = evaluator.optimize(
            nfe=nfe, epsilons=[1e6, 1e8], population_size=POPULATION, rng=SEED,
            filename="found.tar.gz", directory=str(scratch),
        )  # fmt: skip
    return nfe, {"front": float(len(found))}


def _losses(values: Any) -> list[float]:
    return [bare(**dict(zip(LEVERS, values, strict=True)))[name] for name in AIMS]


def search_pymoo(generations: int, scratch: Path) -> Answer:
    """NSGA-II of pymoo around the bare model, in a pool of the standard library."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    low, high = np.array(list(LEVERS.values())).T
    with Pool(WORKERS) as pool:

        class Search(Problem):  # type: ignore[misc]
            """Policies of a generation, side by side."""

            def _evaluate(self, x: Any, out: Any, *args: Any, **kwargs: Any) -> None:
                out["F"] = np.array(pool.map(_losses, x.tolist()))

        problem = Search(n_var=len(LEVERS), n_obj=2, xl=low, xu=high)
        algorithm = NSGA2(pop_size=POPULATION)
        found = minimize(problem, algorithm, ("n_gen", generations), seed=SEED)
    return POPULATION * generations, {"front": float(len(found.F))}


def loop(runs: int, scratch: Path) -> Answer:
    """Nothing but the runs, in two processes that have their part of them from the start."""
    rng = np.random.default_rng(SEED)
    low, high = np.array(list(LEVERS.values())).T
    rows = (low + (high - low) * rng.random((runs, len(LEVERS)))).tolist()
    with Pool(WORKERS) as pool:
        found = pool.map(_losses, rows, chunksize=-(-runs // WORKERS))
    return runs, {"offline": float(np.mean([loss[0] for loss in found]))}


STUDIES: dict[str, Callable[[int, Path], Answer]] = {
    "divide sweep": study_sweep,
    "EMA Workbench and divide.connect": study_connector,
    "EMA Workbench alone": study_alone,
}
SEARCHES: dict[str, Callable[[int, Path], Answer]] = {
    "divide optimise": search_optimise,
    "EMA Workbench's optimiser": search_alone,
    "pymoo alone": search_pymoo,
}
LOOP = "plain loop"
#: Ours and what it takes beside the function itself.
WITH = {
    "EMA Workbench alone": (bare,),
    "EMA Workbench's optimiser": (bare,),
    "pymoo alone": (bare, _losses),
}


def lines(name: str) -> int:
    """Lines of code behind a study or search, without blank lines and the docstring."""
    function = {**STUDIES, **SEARCHES}[name]
    return sum(map(_lines, (function, *WITH.get(name, ()))))


def _lines(function: Callable[..., Any]) -> int:
    text = inspect.getsource(function)
    doc = f'"""{function.__doc__}"""' if function.__doc__ else ""
    kept = [line for line in text.replace(doc, "").splitlines() if line.strip()]
    return len(kept)


def main() -> None:
    """Carry out and report."""
    name, size, scratch = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    bare(five_g=1.0)  # loads what was compiled; the workers of a fork have it too
    carry_out = {**STUDIES, **SEARCHES, LOOP: loop}[name]
    start = time.perf_counter()
    runs, found = carry_out(size, scratch)
    seconds = time.perf_counter() - start
    print(json.dumps({"runs": runs, "seconds": seconds, "found": found}))


if __name__ == "__main__":
    main()
