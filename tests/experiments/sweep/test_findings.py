"""When a ranking of two packages is called a finding."""

import numpy as np
import pandas as pd
import pytest

from divide.experiments.plan.draws import read_draws
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.findings import (
    COMPARED,
    MEASURES,
    PRICE,
    TREND,
    VARIANTS,
    Variant,
    experiment,
    run,
    shares,
    values,
    verdicts,
)
from divide.model.declare.parameters import parameters
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import REFERENCE

NAMES = ["a", "b"]


def table(wins: int, of: int = 20) -> pd.DataFrame:
    """Draws in which "a" has less than "b" in `wins` of them."""
    return pd.DataFrame({"a": np.zeros(of), "b": [1.0] * wins + [-1.0] * (of - wins)})


@pytest.mark.parametrize(
    ("as_is", "variant", "finding"),
    [(20, 20, True), (18, 18, True), (17, 20, False), (20, 17, False), (20, 0, False)],
)
def test_a_finding_holds_in_nine_of_ten_draws_and_in_every_variant(
    as_is: int, variant: int, finding: bool
) -> None:
    by_variant = {
        "as_is": shares(table(as_is), "lower"),
        "other": shares(table(variant), "lower"),
        "third": shares(table(20), "lower"),
    }
    [row] = verdicts(by_variant).to_dict("records")
    assert (row["better"], row["worse"], row["finding"]) == ("a", "b", finding)
    assert row["share"] == as_is / 20 and row["least"] == min(as_is, variant) / 20
    if variant < as_is:
        assert row["where"] == "other"


def test_higher_can_be_better_and_ties_win_nothing() -> None:
    assert shares(table(15), "higher").loc["b", "a"] == 0.75
    tie = pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, 1.0]})
    assert (shares(tie, "lower").loc["a", "b"], shares(tie, "lower").loc["b", "a"]) == (0, 0)
    assert verdicts({"as_is": shares(tie, "lower")}).empty


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_can_be_run_and_change_what_they_say(variant) -> None:
    e = experiment(variant, 2)
    assert len(e.points) == 1 + 2 and e.names == (REFERENCE, *COMPARED)
    scenario = e.run(len(e) - 1).scenario
    drawn = experiment(VARIANTS[0], 2).inputs()
    for name, value in variant.parameters.items():
        assert scenario.parameters[name] == value and name not in e.inputs()
        if variant in (*TREND, *PRICE):  # some fix the central value of what is drawn otherwise
            assert (drawn[name].iloc[1:] != value).all()
        else:
            assert value != parameters()[name].value
    for name, value in variant.settings.items():
        assert getattr(scenario, name) == value


def test_all_variants_draw_the_same_parameters() -> None:
    first, lasting = (experiment(v, 2) for v in VARIANTS if v.name in ("as_is", "lasting"))
    assert set(first.inputs()) - set(lasting.inputs()) == {"adoption.fading"}
    names = list(lasting.inputs())
    pd.testing.assert_frame_equal(first.inputs()[names], lasting.inputs())


def test_measures_are_ranked_in_their_better_direction() -> None:
    for measure in MEASURES:
        if measure.name in OUTCOMES:
            assert OUTCOMES[measure.name].better == measure.better


def test_the_lens_is_person_years_gained_for_the_money(tmp_path) -> None:
    """By hand from the runs: gain over the status quo of the same draw, by what was spent."""
    small = Variant("small", "a short run", {"until": 2024, "firms": 400})
    loaded = run(experiment(small, 2), tmp_path, 1)
    [lens] = [measure for measure in MEASURES if measure.name == "years_gained"]
    found = values(loaded, lens)
    ends = loaded.ends(["years_offline", "spend"]).set_index(["point", "policy"])
    for point in (1, 2):
        reference = ends.loc[(point, "status_quo")]
        assert found.loc[point, "status_quo"] == 0
        for policy in loaded.experiment.others:
            one = ends.loc[(point, policy)]
            gained = (reference["years_offline"] - one["years_offline"]) / one["spend"]
            assert found.loc[point, policy] == pytest.approx(1_000 * gained)


def test_more_draws_than_rows_of_the_posterior_meet_other_draws_of_the_rest() -> None:
    rows = read_draws("shipped")
    e = experiment(VARIANTS[0], len(rows) + 3)
    drawn = e.inputs().set_index("point")
    for k in (1, 2, 3):
        first, second = drawn.loc[k], drawn.loc[len(rows) + k]
        same = set(drawn.columns[first == second])
        assert set(rows[0]) <= same and "adoption.neighbours" not in same
    assert e.run(len(e) - 1).scenario.draw == len(rows) + 3
    again = Experiment.from_dict(e.as_dict(), e.inputs())
    assert again.digest == e.digest and again.predictive
