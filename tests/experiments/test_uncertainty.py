"""Futures: one list of draws of all that is uncertain, which everything that has intervals uses."""

import math
from dataclasses import replace

import numpy as np
import pytest

from divide.app.visit.interval import pairs, status_quo
from divide.experiments.plan.comparison import comparison
from divide.experiments.plan.draws import draws_text, read_draws
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.intervals import FEWEST, predictive
from divide.experiments.plan.uncertainty import DRAWS, futures, wanted
from divide.experiments.read.findings import VARIANTS, experiment
from divide.model.declare.errors import InputError
from divide.model.declare.extension import Extension
from divide.model.declare.parameters import parameters
from divide.model.declare.priors import read_prior
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

BASE = Scenario("status_quo", start=2021, until=2022, firms=400, seed=5)
FITTED = list(read_draws("shipped")[0])


def test_everything_that_is_not_constant_is_drawn() -> None:
    """What is fitted outside the posterior, to a study or to customs, is no better known for it."""
    open_ = {name for name, p in parameters().items() if p.role != "constant"}
    assert set(futures(3, BASE)[0].parameters) == open_ > set(FITTED)
    assert len(open_) > 100
    outside = {name for name in open_ if parameters()[name].role == "calibrated"} - set(FITTED)
    assert {"trade.online_trend", "trade.events_gain"} <= outside


def test_what_is_fitted_outside_the_posterior_has_a_prior_around_its_value() -> None:
    for name, p in parameters().items():
        if p.role == "calibrated" and name not in FITTED:
            assert 0.3 < p.prior.cdf([p.value])[0] < 0.7, name


def test_future_k_is_row_k_of_the_posterior_and_draw_k() -> None:
    rows = read_draws("shipped")
    for k, future in enumerate(futures(7, BASE), start=1):
        assert future.draw == k
        assert {name: future.parameters[name] for name in FITTED} == rows[k - 1]
        run = future.of(BASE)
        assert (run.draw, run.seed, run.start, run.firms) == (k, 5 + k, 2021, 400)
        assert run.parameters == future.parameters


def test_what_no_fit_has_drawn_is_a_latin_hypercube_over_the_priors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "adoption.leaving"
    prior = read_prior({"lognormal": {"median": 0.2, "low": 0.1, "high": 0.5}}, (0.05, 2.5))
    monkeypatch.setitem(parameters(), name, replace(parameters()[name], prior=prior))
    found = futures(40, BASE)
    for each in (name, "adoption.neighbours", "trade.elasticity"):
        share = parameters()[each].prior.cdf([future.parameters[each] for future in found])
        assert sorted(np.floor(40 * share).astype(int)) == list(range(40))
    table = np.array([list(future.parameters.values())[len(FITTED) :] for future in found])
    tied = np.abs(np.corrcoef(table.T)) - np.eye(table.shape[1])
    assert tied.max() < 0.75, "each parameter is shuffled on its own"


def test_a_cut_parameter_is_drawn_from_its_prior_unless_the_posterior_holds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trade, fitted = "trade.distance", FITTED[0]
    for name in (trade, fitted):
        cut = replace(parameters()[name], cut=True, role="calibrated")
        monkeypatch.setitem(parameters(), name, cut)
    found = futures(20, BASE)
    assert len({future.parameters[trade] for future in found}) == 20
    assert [f.parameters[fitted] for f in found] == [r[fitted] for r in read_draws("shipped")[:20]]


def test_a_value_that_is_set_stays_and_moves_no_other() -> None:
    held = replace(BASE, parameters={"trade.elasticity": 4.0, FITTED[0]: 0.2})
    for free, fixed in zip(futures(4, BASE), futures(4, held), strict=True):
        assert fixed.parameters == {
            name: value for name, value in free.parameters.items() if name not in held.parameters
        }
        assert fixed.of(held).parameters["trade.elasticity"] == 4.0


def test_futures_hang_on_neither_seed_nor_policy_nor_period() -> None:
    other = Scenario("balanced", start=2010, until=2030, seed=9)
    assert futures(4, BASE) == futures(4, other)


@pytest.mark.parametrize(
    ("draws", "replicates", "base", "count"),
    [
        (None, None, BASE, DRAWS),
        (7, None, BASE, 7),
        (0, None, BASE, 0),
        (None, 2, BASE, 0),
        (0, 2, BASE, 0),
        (None, None, replace(BASE, draw=3), 0),
    ],
)
def test_how_many_futures_are_wanted(
    draws: int | None, replicates: int | None, base: Scenario, count: int
) -> None:
    assert len(wanted(draws, replicates, base)) == count


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"draws": 4, "replicates": 2}, "replicates: each of 4 draws is run once"),
        ({"draws": -1}, "draws: -1 is out of range"),
        ({"draws": 5_000}, "draws: 5000; the posterior holds"),
        ({"draws": 0, "posterior": "mine.csv"}, "posterior: nothing is drawn from it"),
        ({"draws": 2, "base": replace(BASE, draw=3)}, "draw: 3; futures are drawn from the cent"),
        ({"draws": 2, "posterior": "nowhere.csv"}, "--posterior nowhere.csv: cannot be read"),
    ],
)
def test_what_cannot_be_drawn_is_refused(asked: dict, complaint: str) -> None:
    given = {"draws": None, "replicates": None, "base": BASE, **asked}
    with pytest.raises(InputError, match=complaint):
        wanted(**given)


def test_run_sweep_findings_and_page_meet_the_same_futures() -> None:
    found = [future.of(BASE) for future in futures(6, BASE)]
    asked = comparison((Policy.load("status_quo"),), BASE, futures=futures(6, BASE))
    assert [asked.run(k).scenario for k in range(1, 7)] == found
    central = asked.run(0).scenario
    assert (central.draw, central.seed) == (0, 5)
    assert dict(central.parameters) == {
        name: parameters()[name].value for name in futures(1, BASE)[0].parameters
    }

    page = pairs(replace(BASE, policy=Policy.load("balanced")), status_quo(BASE))
    assert page[6:] == found
    assert [replace(one, policy=BASE.policy) for one in page[:6]] == page[6:]

    constants = {"start": 2021, "until": 2022, "firms": 400}
    design = {"kind": "predictive", "n": 6}
    sweep = Experiment.from_mapping(
        {"policies": ["balanced"], "constants": constants, "design": design, "seed": 5}
    )
    assert [sweep.run(2 * k).scenario for k in range(1, 7)] == found
    assert sweep.run(0).scenario == central
    back = Experiment.from_dict(sweep.as_dict(), sweep.inputs())
    assert back.predictive and [back.run(k).digest for k in range(14)] == [
        sweep.run(k).digest for k in range(14)
    ]

    ranked = experiment(VARIANTS[0], 6)
    drawn = ranked.run(len(ranked.names)).scenario
    assert (drawn.draw, drawn.parameters) == (1, found[0].parameters)


def test_a_predictive_design_varies_all_that_is_uncertain_and_nothing_else() -> None:
    plan = {"policies": ["balanced"], "design": {"kind": "predictive", "n": 2}}
    with pytest.raises(InputError, match=r"design: varies all that is uncertain; leave out"):
        Experiment.from_mapping({**plan, "uncertainties": {"trade.elasticity": "declared"}})
    with pytest.raises(InputError, match=r"draws: 'common'; allowed: by_point"):
        Experiment.from_mapping({**plan, "draws": "common"})
    fixed = Experiment.from_mapping({**plan, "constants": {"trade.elasticity": 4}})
    assert "trade.elasticity" not in [factor.name for factor in fixed.factors]


def test_draws_that_were_written_give_the_same_futures_again(tmp_path) -> None:
    """The posterior may hold every parameter that is drawn, as the file of a `divide run` does."""
    found = futures(5, BASE)
    path = tmp_path / "parameters.csv"
    path.write_text(draws_text([future.parameters for future in found]), encoding="utf-8")
    assert futures(5, BASE, path) == found


@pytest.mark.parametrize(
    ("count", "shape"),
    [(6, "normal"), (FEWEST, "normal"), (FEWEST, "skewed"), (32, "normal"), (32, "skewed")],
)
def test_a_predictive_interval_holds_one_more_draw_as_often_as_it_says(
    count: int, shape: str
) -> None:
    """Bounds: 4.5 standard errors of a proportion about 90 %, 4,000 samples.

    Few draws that all have one sign hold less where the next one may have the other, as here one in
    fifteen has: 87 % at least.
    """
    rng = np.random.default_rng(8)
    values = rng.normal(3.0, 2.0, (count + 1, 4_000))
    values = np.exp(values) if shape == "skewed" else values
    _, low, high = predictive(values[:-1])
    inside = (low <= values[-1]) & (values[-1] <= high)
    error = 4.5 * math.sqrt(0.9 * 0.1 / 4_000)
    assert -error - (0.03 if count < FEWEST else 0) < inside.mean() - 0.9 < error


def test_an_interval_is_told_column_by_column_and_missing_where_a_draw_is() -> None:
    sample = np.random.default_rng(1).normal(size=(40, 3))
    middle, low, high = predictive(sample)
    assert middle.tolist() == np.median(sample, axis=0).tolist()
    assert predictive(sample[:, 1])[1] == low[1] < middle[1] < high[1]
    sample[3, 2] = np.nan
    assert [math.isnan(each[2]) for each in predictive(sample)] == [True, True, True]
    assert [math.isnan(each[0]) for each in predictive(sample)] == [False, False, False]
    one = predictive(sample[:1])
    assert one[0][0] == sample[0, 0] and math.isnan(one[1][0]) and math.isnan(one[2][0])


def test_parameters_of_an_extension_are_drawn_where_it_is_named(tmp_path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from divide import Extension\n"
        "mine = Extension('mine', 'Mine')\n"
        "mine.parameter('share', 0.6, unit='share', bounds=(0, 1), source='assumed',\n"
        "               prior={'beta': {'mean': 0.6, 'low': 0.4, 'high': 0.8}})\n",
        encoding="utf-8",
    )
    made = Extension.load(path)
    base = replace(BASE, extensions=(made,))
    found = futures(40, base)
    drawn = [future.parameters["mine.share"] for future in found]
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([0.4, 0.8], abs=0.03)
    assert found[0].of(base).parameters["mine.share"] == drawn[0]
    assert "mine.share" not in futures(1, BASE)[0].parameters
    copy = Extension.described({**made.as_dict(), "digest": "of another text"})
    assert copy.parameters["mine.share"] == made.parameters["mine.share"]


def test_few_draws_of_one_sign_have_an_interval_on_their_side_of_zero() -> None:
    draws = np.array([0.2, 0.3, 0.5, 0.8, 1.5, 4.0])  # Student's reaches to -2.0
    _, low, high = predictive(draws)
    assert 0 < low < draws.min() and high > draws.max()
    _, lows, highs = predictive(np.stack([draws, -draws], axis=1))
    np.testing.assert_allclose([lows, highs], [[low, -high], [high, -low]])


@pytest.mark.parametrize("draws", [[-0.1, 0.3, 0.5, 0.8], [0.0, 0.3, 0.5, 0.8], [1.0, 1.1, 1.2]])
def test_otherwise_the_interval_of_few_draws_is_that_of_student(draws: list[float]) -> None:
    _, low, high = predictive(np.array(draws))
    assert low + high == pytest.approx(2 * np.mean(draws))


def test_few_draws_of_a_skewed_effect_tell_its_sign_and_hold_what_they_say() -> None:
    rng = np.random.default_rng(3)
    draws = np.exp(0.8 * rng.standard_normal((6, 4_000)))
    one_more = np.exp(0.8 * rng.standard_normal(4_000))
    _, low, high = predictive(draws)
    assert (low > 0).all()
    assert ((low <= one_more) & (one_more <= high)).mean() > 0.87
    plain = rng.standard_normal((6, 4_000))  # no effect: nearly always the draws disagree
    _, low, high = predictive(plain)
    assert ((low > 0) | (high < 0)).mean() < 2 * 0.5**6 + 0.06
