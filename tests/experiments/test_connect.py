"""The model as a function for other tools, each tried with the tool's own evaluator."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import optuna
import pytest
from SALib.analyze import sobol
from SALib.sample import sobol as sampler

import divide
from divide.connect import Evaluator, ema, evaluate, salib
from divide.connect.ema import Declared
from divide.connect.evaluate import factors
from divide.connect.optuna import objective
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

SMALL = {"start": 2021, "until": 2023, "firms": 400, "platforms": 20}
BASE = Scenario(policy=Policy.load("balanced"), **SMALL)
#: What is a share of a second here takes as long for the first call of a process.
LEVERS = {"five_g": (0.0, 2000.0), "skills_training": (0.0, 2e6)}


def test_a_call_is_the_run_itself() -> None:
    drawn = {"adoption.imitation": 0.3}
    found = divide.evaluate("balanced", {"five_g": 500.0}, drawn, seed=4, **SMALL)
    scenario = Scenario(
        policy=Policy.load("balanced").with_levers({"five_g": 500.0}),
        parameters=drawn,
        seed=4,
        **SMALL,
    )
    outcomes = DigitalDivideModel(scenario).run().outcomes
    assert found == {name: float(values[-1]) for name, values in outcomes.items()}
    two = evaluate("balanced", outcomes=["usage_gini", "spend"], **SMALL)
    assert list(two) == ["usage_gini", "spend"]


def test_processes_and_threads_give_the_same() -> None:
    function = pickle.loads(pickle.dumps(Evaluator(BASE, ("usage_gini", "ecommerce_value"))))
    here = [function(seed=seed) for seed in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        assert [pool.submit(function, seed=seed).result() for seed in (1, 2)] == here
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        assert pool.submit(function, seed=2).result() == here[1]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: evaluate("balance"), "did you mean 'balanced'"),
        (lambda: evaluate(levers={"five_gee": 1}, **SMALL), "did you mean 'five_g'"),
        (lambda: evaluate(levers={"five_g": -1}, **SMALL), "-1 is out of range"),
        (lambda: evaluate(parameters={"adoption.imitate": 1}), "did you mean"),
        (lambda: evaluate(outcomes=["usage_ginny"], **SMALL), "did you mean 'usage_gini'"),
        (lambda: factors(["five_g", "usage_gini"]), "unknown lever or parameter 'usage_gini'"),
        (lambda: factors({"five_g": (2, 1)}), "the first must be less"),
        (lambda: factors({"five_g": (-1, 1)}), "-1 is out of range"),
        (lambda: factors({"five_g": 3}), "must be (least, greatest)"),
        (lambda: factors({}), "names nothing"),
        (lambda: salib.stretched(salib.problem(["five_g"]), [[0.1, 0.2]]), "(samples, 1)"),
        (lambda: salib.stretched(salib.problem(["five_g"]), [[700.0]]), "outside 0 to 1"),
    ],
)
def test_what_is_not_allowed_is_said(call, says: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert says in str(refused.value)


@pytest.mark.filterwarnings("ignore")  # what the Workbench itself warns of as it loads
def test_the_workbench_runs_it_with_its_own_evaluator() -> None:
    from ema_workbench import SequentialEvaluator

    drawn = ["adoption.imitation", "trade.seal_effect"]
    model = ema.model(LEVERS, drawn, ["usage_gini", "spend"], base=BASE)
    with SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=2, policies=2)
    assert len(experiments) == len(outcomes["spend"]) == 4
    assert [each.kind for each in model.outcomes] == [-1, 0]
    row = experiments.iloc[3]
    again = Evaluator(BASE, ("usage_gini", "spend"))(
        **{k: row[k.replace(".", "__")] for k in [*LEVERS, *drawn]}
    )
    assert [outcomes[name][3] for name in again] == list(again.values())
    means = ema.model(LEVERS, outcomes=["usage_gini"], base=BASE, replicates=2)
    assert means.replications == [{"seed": 1}, {"seed": 2}]


def test_declared_priors_are_distributions_of_scipy() -> None:
    for name in ("adoption.imitation", "growth.from_internet"):
        prior = parameters()[name].prior
        frozen = pickle.loads(pickle.dumps(Declared(prior)()))
        u = np.linspace(0, 1, 9)
        assert frozen.ppf(u) == pytest.approx(prior.ppf(u))
        inside = prior.ppf(u[u > 0.3])  # at the lower bound, where a spike stands, SciPy says 0
        assert frozen.cdf(inside) == pytest.approx(prior.cdf(inside))


def test_salib_samples_and_analyses_it() -> None:
    problem = salib.problem({"adoption.imitation": (0.2, 0.4), "adoption.price": (0.1, 0.5)})
    samples = sampler.sample(problem, 2, calc_second_order=False)
    values = salib.values(problem, samples, "usage_gini", base=BASE)
    first = dict(zip(problem["names"], salib.stretched(problem, samples)[0], strict=True))
    assert values[0] == Evaluator(BASE, ("usage_gini",))(**first)["usage_gini"]
    indices = sobol.analyze(problem, values, calc_second_order=False)
    assert len(indices["ST"]) == 2


def test_optuna_searches_it() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        directions=["minimize", "minimize"], sampler=optuna.samplers.RandomSampler(1)
    )
    study.optimize(objective(LEVERS, ["people_offline", "spend"], base=BASE), n_trials=3)
    best = study.best_trials[0]
    assert best.values == list(Evaluator(BASE, ("people_offline", "spend"))(**best.params).values())
