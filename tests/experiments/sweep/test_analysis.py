"""Analysis of sweeps whose answers are known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from divide.experiments import load
from divide.experiments.carry.sweep import sweep
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.intervals import half_width, mean_interval, predictive
from divide.experiments.plan.precision import needed
from divide.experiments.read.analysis import analyse
from divide.experiments.read.compare import compare
from divide.experiments.read.discovery import boxes, regret, satisficing
from divide.experiments.read.load import Sweep
from divide.experiments.read.paired import better_share, differences, replicates_needed
from divide.experiments.read.sensitivity import morris, sobol, sobol_pairs
from divide.experiments.report.charts_analysis import save
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

Make = Callable[..., Sweep]
THREE = {
    "adoption.urban": "declared",
    "adoption.neighbours": "declared",
    "adoption.own_cell": "declared",
}
PLAIN = {"outcomes": ["usage_gini", "trust"], "policies": ["balanced", "soft_first"]}
ALONE = {"outcomes": ["usage_gini", "trust"], "uncertainties": THREE}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Carries out an experiment with made-up runs, and loads it."""
    monkeypatch.syspath_prepend(Path(__file__).parent)

    def made(how: str = "known", **settings: Any) -> Sweep:
        folder = tmp_path / "sweep"
        experiment = Experiment.from_mapping(settings)
        sweep(experiment, folder, 1, threads=True, simulate=f"made_up:{how}")
        return load(folder)

    return made


def ends(loaded: Sweep, policy: str) -> np.ndarray:
    """What the formula gives for a policy, by replicate and point."""
    from made_up import outcome

    e = loaded.experiment
    runs = [e.run(index) for index in range(len(e))]
    return np.array([outcome(e, run) for run in runs if run.policy == policy])


def test_tables_are_joined_with_what_the_runs_were_given(make: Make) -> None:
    loaded = make(**PLAIN, replicates=3, levers={"five_g": [0, 5]}, seed=4,
                  design={"kind": "factorial", "levels": 2})  # fmt: skip
    assert len(loaded.runs) == 3 * 2 * 3 and (loaded.runs["status"] == "done").all()
    assert len(loaded.done) == 3 * 5, "the status quo has no levers: one run for both points"
    table = loaded.query(
        "SELECT m.policy, m.point, m.replicate, usage_gini, five_g FROM model m "
        "JOIN inputs i USING (run) WHERE year = $year ORDER BY run",
        {"year": 2040},
    )
    missing = None  # the reference never had the lever
    assert table["five_g"].astype(object).where(table["five_g"].notna(), None).tolist() == [
        missing, 0, 0, missing, 5, 5
    ] * 3  # fmt: skip
    assert list(loaded.inputs) == ["run", "five_g"]
    with pytest.raises(InputError, match="point"):  # a question that would show it is refused
        loaded.query("SELECT m.run, five_g FROM model m JOIN inputs i ON m.point = i.point")
    assert table.loc[table["policy"] == "status_quo", "usage_gini"].tolist() == pytest.approx(
        [value for r in range(3) for value in 2 * [np.random.default_rng(4 + r).normal()]]
    )
    assert list(loaded.model) == ["run", "policy", "point", "replicate", "year", "usage_gini",
                                  "trust"]  # fmt: skip
    assert len(loaded.model) == 2 * len(loaded.runs)
    assert set(loaded.spend["policy"]) == {"balanced", "soft_first"}
    assert loaded.country.empty


def test_a_failed_run_enters_no_analysis_silently(make: Make) -> None:
    loaded = make("broken", **PLAIN, replicates=4)  # run 3 is replicate 1 of the status quo
    assert loaded.runs["status"].tolist() == ["done"] * 3 + ["failed"] + ["done"] * 8
    for analysis in (
        lambda: differences(loaded),
        lambda: regret(loaded, "usage_gini"),
        lambda: better_share(loaded, "usage_gini"),
        lambda: satisficing(loaded, {"usage_gini": 0.0}),
        lambda: replicates_needed(loaded, "usage_gini", 0.1),
    ):
        with pytest.raises(InputError, match=r"1 of 12 runs failed and 0 are missing; finish it"):
            analysis()
    table = differences(loaded, ["usage_gini"], incomplete=True)
    assert table["n"].tolist() == [3, 3], "the replicate without a reference is left out"
    assert len(loaded.model) == 2 * 11


def test_a_damaged_shard_is_named(make: Make) -> None:
    loaded = make(**PLAIN)
    path = Path(loaded.shards["model"][0])
    path.write_bytes(path.read_bytes()[:-4] + b"PAR2")
    with pytest.raises(InputError, match=rf"{path}: is not what was written"):
        load(loaded.folder)


def test_a_question_that_is_not_understood_is_answered_in_one_line(make: Make) -> None:
    with pytest.raises(InputError, match=r"query: Catalog Error: .*nowhere"):
        make(**PLAIN).query("SELECT * FROM nowhere")


def test_differences_are_paired_and_have_student_intervals(make: Make) -> None:
    loaded = make(**PLAIN, replicates=6)
    table = differences(loaded, ["usage_gini"]).set_index("policy")
    for name in ("balanced", "soft_first"):
        sample = ends(loaded, name) - ends(loaded, "status_quo")
        assert table.loc[name, ["difference", "lo95", "hi95"]].tolist() == pytest.approx(
            list(mean_interval(sample))
        )
    need = replicates_needed(loaded, "usage_gini", 0.01).set_index("policy")
    sample = ends(loaded, "balanced") - ends(loaded, "status_quo")
    assert need.loc["balanced", "needed"] == needed(sample, 0.01)
    assert need.loc["balanced", "half_width"] == pytest.approx(half_width(sample))
    with pytest.raises(InputError, match="unknown outcome of these runs 'debt'"):
        differences(loaded, ["debt"])


def test_with_draws_the_interval_is_that_of_one_more(make: Make) -> None:
    loaded = make(**PLAIN, random_numbers="by_point", design={"kind": "posterior", "n": 9})
    row = differences(loaded, ["usage_gini"]).set_index("policy").loc["balanced"]
    sample = ends(loaded, "balanced") - ends(loaded, "status_quo")
    found = row[["reference_median", "difference", "lo90", "hi90"]].tolist()
    assert found == pytest.approx([np.median(ends(loaded, "status_quo")), *predictive(sample)])
    assert (row["point"], row["n"]) == (-1, 9)


def test_a_sweep_over_draws_is_the_comparison_over_draws(tmp_path: Path) -> None:
    """The real model: a sweep and `divide run` make the same runs and the same differences."""
    settings = {"start": 2021, "until": 2022, "firms": 400}
    experiment = Experiment.from_mapping(
        {"policies": ["balanced"], "constants": settings,
         "design": {"kind": "predictive", "n": 2}, "outcomes": ["usage_gini", "spend"], "seed": 3}
    )  # fmt: skip
    sweep(experiment, tmp_path / "s", 1, threads=True)
    found = differences(load(tmp_path / "s")).set_index("outcome")
    policies = (Policy.load("status_quo"), Policy.load("balanced"))
    known = compare(policies, Scenario(seed=3, **settings), draws=2)
    known = known.differences().set_index("outcome").loc[["usage_gini", "spend"]]
    columns = ["reference_median", "policy_median", "difference", "lo90", "hi90"]
    pd.testing.assert_frame_equal(found[columns], known[columns], check_exact=True)


def test_stated_precision_ends_a_sweep(make: Make) -> None:
    asked = {"precision": 0.03, "outcome": "usage_gini", "at_least": 4, "at_most": 200}
    loaded = make(**PLAIN, replicates=asked)
    rounds = loaded.experiment.rounds
    assert loaded.replicates in rounds and loaded.replicates < 200
    table = differences(loaded, ["usage_gini"])
    assert ((table["hi95"] - table["lo95"]) / 2 <= 0.03).all()
    before = rounds[rounds.index(loaded.replicates) - 1]
    sample = (ends(loaded, "balanced") - ends(loaded, "status_quo"))[:before]
    assert half_width(sample) > 0.03, "the round before was not enough"
    assert (table["n"] == loaded.replicates).all()


def test_sobol_indices_of_a_known_sum(make: Make) -> None:
    design = {"kind": "sobol", "n": 256, "second_order": True}
    loaded = make(**ALONE, design=design)
    table = sobol(loaded, "usage_gini")
    assert table["factor"].tolist() == list(THREE)
    assert table["total"].tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.03)
    assert (abs(table["first"] - [0.9, 0.1, 0.0]) <= 2 * table["first_conf"] + 1e-9).all()
    assert abs(sobol_pairs(loaded, "usage_gini")["second"]).max() < 0.1
    answer = analyse(loaded, "usage_gini", pairs=True)
    pd.testing.assert_frame_equal(answer.table, sobol_pairs(loaded, "usage_gini"))
    save(answer, loaded.folder / "pairs.svg")
    assert "adoption.urban x adoption.neighbours" in (loaded.folder / "pairs.svg").read_text()
    with pytest.raises(InputError, match="trust is the same at every point: nothing moves it"):
        sobol(loaded, "trust")
    with pytest.raises(
        InputError, match="a sobol design repeat each other's values: ask for sobol"
    ):
        analyse(loaded, "usage_gini", method="information")
    with pytest.raises(InputError, match="needs a morris design; this is sobol"):
        morris(loaded, "usage_gini")


def test_a_missing_run_does_not_turn_indices_into_zeros(make: Make) -> None:
    loaded = make("broken", **ALONE, design={"kind": "sobol", "n": 16})
    with pytest.raises(InputError, match="1 of 80 runs failed and 0 are missing"):
        sobol(loaded, "usage_gini")


def test_morris_effects_of_a_known_sum(make: Make) -> None:
    loaded = make(**ALONE, design={"kind": "morris", "n": 6})
    answer = analyse(loaded, "usage_gini")
    assert answer.first.startswith("morris (the default of a morris design): usage_gini of status")
    save(answer, loaded.folder / "effects.svg")
    assert "adoption.own_cell" in (loaded.folder / "effects.svg").read_text()
    table = morris(loaded, "usage_gini")
    pd.testing.assert_frame_equal(answer.table, table)
    assert table["factor"].tolist() == list(THREE)
    assert table["mu"].tolist() == pytest.approx([3, 1, 0])
    assert table["mu_star"].tolist() == pytest.approx([3, 1, 0])
    assert table["sigma"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_box_is_found_where_it_was_hidden(make: Make) -> None:
    loaded = make(**ALONE, design={"kind": "latin_hypercube", "n": 400})
    luck = np.random.default_rng(1).normal()
    table = boxes(loaded, "usage_gini", above=luck + 3.0)
    row = table.set_index("factor").loc["adoption.urban"]
    low, high = parameters()["adoption.urban"].bounds
    assert row["low"] > low + 0.6 * (high - low) and row["high"] > 0.97 * high
    assert row["density"] >= 0.8 and row["coverage"] > 0.5
    assert "adoption.own_cell" not in set(table["factor"])
    with pytest.raises(InputError, match="of the 400 points none is of interest; usage_gini ends"):
        boxes(loaded, "usage_gini", above=99)


def test_regret_and_satisficing(make: Make) -> None:
    loaded = make(**PLAIN, random_numbers="by_point", design={"kind": "posterior", "n": 20})
    names = ("status_quo", "balanced", "soft_first")
    table = np.column_stack([ends(loaded, name) for name in names])
    loss = table - table.min(axis=1, keepdims=True)
    found = regret(loaded, "usage_gini").set_index("policy")
    for k, name in enumerate(names):
        assert found.loc[name, "worst"] == pytest.approx(loss[:, k].max())
        assert found.loc[name, "best_share"] == (loss[:, k] == 0).mean()
    assert found.index[0] == "balanced"
    answer = analyse(loaded, "usage_gini")
    pd.testing.assert_frame_equal(answer.table, regret(loaded, "usage_gini"))
    save(answer, loaded.folder / "regret.svg")
    assert "soft_first" in (loaded.folder / "regret.svg").read_text()
    target = float(np.median(table))
    shares = satisficing(loaded, {"usage_gini": target, "trust": 0.9}).set_index("policy")
    assert (shares["trust"] == 1).all()
    assert shares.loc["balanced", "all"] == (table[:, 1] <= target).mean()
    share = better_share(loaded, "usage_gini")
    assert share.loc["balanced", "soft_first"] == (table[:, 1] < table[:, 2]).mean()
