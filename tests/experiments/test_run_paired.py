"""Paired comparisons: seeds, differences, intervals, and what a plan refuses."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from divide.experiments import load
from divide.experiments.carry.progress import Progress
from divide.experiments.plan.comparison import chosen_policies, parse_changes
from divide.experiments.plan.comparison import comparison as asked
from divide.experiments.plan.intervals import mean_interval
from divide.experiments.plan.kept import TABLES, YEARLY
from divide.experiments.read.compare import RunFailedError, compare
from divide.experiments.read.comparison import KEYS, Comparison
from divide.model.declare.errors import InputError
from divide.model.model import DigitalDivideModel
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

ABROAD = LeverUse(1, target=("XXX",))
SHORT = Scenario(start=2021, until=2022, firms=400)


def test_tables_start_with_the_keys_and_share_seeds(comparison: Comparison) -> None:
    for name in TABLES:
        assert list(comparison.tables[name].columns[:3]) == KEYS
    seeds = comparison.tables["model"].groupby("policy")["seed"].unique().map(list)
    assert seeds["status_quo"] == seeds["wires"] == [1, 2]


def test_a_policy_without_levers_differs_by_exactly_nothing() -> None:
    twin = Policy("twin", "Twin", levers={"five_g": LeverUse(0.0)})
    found = compare([Policy.load("status_quo"), twin], SHORT, replicates=1)
    before, after = (
        found.tables["model"].query("policy == @name").drop(columns="policy")
        for name in ("status_quo", "twin")
    )
    pd.testing.assert_frame_equal(
        before.reset_index(drop=True), after.reset_index(drop=True), check_exact=True
    )


def test_differences_are_the_paired_t_of_the_last_quarter(comparison: Comparison) -> None:
    table = comparison.differences()
    assert list(table.columns) == [
        "outcome", "unit", "policy", "reference_mean", "policy_mean", "difference", "lo95",
        "hi95", "replicates",
    ]  # fmt: skip
    assert set(table["policy"]) == {"wires"}
    assert set(table["outcome"]) <= set(OUTCOMES)
    model = comparison.tables["model"]
    last = model[(model["year"] == 2022) & (model["quarter"] == 4)].set_index("policy")
    for outcome, *found in table[["outcome", "difference", "lo95", "hi95"]].to_numpy().tolist():
        paired = last.loc["wires", outcome].to_numpy() - last.loc["status_quo", outcome].to_numpy()
        assert found[0] == pytest.approx(paired.mean(), abs=1e-12, rel=1e-9)
        if paired.std() > 0:
            low, high = stats.t.interval(0.95, 1, paired.mean(), stats.sem(paired))
            assert found[1:] == pytest.approx([low, high], rel=1e-6)
        else:
            assert found[1:] == [found[0], found[0]]


def test_interval_covers_its_nominal_share() -> None:
    """Bounds: 4.5 standard errors of a proportion about 95 %, 4,000 draws."""
    draws = np.random.default_rng(7).normal(3.0, 2.0, (4_000, 5))
    covered = np.mean([low <= 3.0 <= high for _, low, high in map(mean_interval, draws)])
    assert abs(covered - 0.95) < 4.5 * math.sqrt(0.95 * 0.05 / 4_000)


def test_one_replicate_has_no_interval() -> None:
    middle, low, high = mean_interval(np.array([1.5]))
    assert middle == 1.5
    assert math.isnan(low)
    assert math.isnan(high)


def test_missing_outcome_is_not_dropped_silently() -> None:
    assert all(math.isnan(value) for value in mean_interval(np.array([1.0, np.nan])))


def test_cost_is_the_mean_of_the_spending(comparison: Comparison) -> None:
    spend = comparison.tables["spend"]
    assert comparison.cost("wires") == pytest.approx(spend["usd"].sum() / 2)
    assert comparison.cost("status_quo") == 0


def test_progress_counts_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("divide.experiments.carry.session.SHOWN_EVERY", -1.0)
    seen: list[tuple[int, int]] = []

    def listen(progress: Progress) -> None:
        seen.append((progress.done, progress.total))

    compare([Policy.load("status_quo")], SHORT, 2, workers=1, progress=listen)
    assert list(dict.fromkeys(seen))[-2:] == [(1, 2), (2, 2)]


def test_a_failed_run_says_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    step = DigitalDivideModel.step

    def broken(self: DigitalDivideModel) -> None:
        if self.plan.firms == SHORT.firms:  # not the run that warms up
            raise FloatingPointError("income of KEN is not finite after step 1")
        step(self)

    monkeypatch.setattr(DigitalDivideModel, "step", broken)
    with pytest.raises(RunFailedError, match="status_quo with seed 1: not finite: income of KEN"):
        compare([Policy.load("status_quo")], SHORT, 1)


def test_figures_are_those_of_single_runs(comparison: Comparison) -> None:
    scenario = replace(comparison.scenarios["wires"], seed=2)
    alone = DigitalDivideModel(scenario).run()
    for name in TABLES:
        table = comparison.tables[name].query("policy == 'wires' and replicate == 1")
        own = getattr(alone, name)
        if name in YEARLY:
            own = own.drop_duplicates([YEARLY[name], "year"], keep="last")
        if name == "spend":  # summed over each year
            keys = ["lever", "iso3", "year"]
            own = own.astype({"lever": str, "iso3": str}).groupby(keys)["usd"].sum().reset_index()
            table = table.sort_values(keys)
        pd.testing.assert_frame_equal(
            table.drop(columns=KEYS).reset_index(drop=True),
            own.reset_index(drop=True),
            rtol=0 if name != "spend" else 1e-14,
            atol=0,
        )


UNDEFINED = """
from divide import Extension
from divide.model.outcomes.measures import gini

late = Extension("late", "Late")


@late.outcome("Inequality of 5G", "0-1", "lower", each_step=True)
def five_g_gini(now):
    return gini(now.countries.five_g)
"""


def test_measures_that_do_not_exist_are_kept_as_such(tmp_path: Path) -> None:
    """Nobody has 5G in 2000, and the inequality of nothing is undefined."""
    path = tmp_path / "late.py"
    path.write_text(UNDEFINED)
    few = Scenario(start=2000, until=2001, firms=200, platforms=20, extensions=[path])
    found = compare([Policy.load("status_quo"), Policy.load("balanced")], few, 1)
    assert found.tables["model"]["five_g_gini"].isna().any()
    assert found.tables["model"]["usage_gini"].notna().all()


def test_a_comparison_shows_itself_in_a_few_lines(comparison: Comparison) -> None:
    text = repr(comparison)
    assert text.startswith("Comparison of status_quo, wires, 2021 to 2022, replicates: 2\n")
    assert "Internet use: mean: " in text
    assert len(text.splitlines()) < 10
    table = comparison._repr_html_()
    assert table.count("<tr>") == 6
    assert "Wires &amp; &lt;b&gt;wallets&lt;/b&gt; for $10" in table


def test_a_folder_shows_itself_in_a_few_lines(folder: Path) -> None:
    text = repr(load(folder))
    assert "4 done, 0 failed, 0 missing" in text
    assert "policies: status_quo, wires" in text
    assert len(text.splitlines()) < 10
    assert "<td>2</td>" in load(folder)._repr_html_()


@pytest.mark.parametrize(
    ("policies", "replicates", "message"),
    [
        ([], 1, "at least one policy"),
        ([Policy("a"), Policy("a")], 1, "two policies are called 'a'"),
        ([Policy("=cmd()")], 1, "policy name '=cmd\\(\\)'"),
        ([Policy("../a")], 1, "policy name"),
        ([Policy("a" * 81)], 1, "at most 80"),
        ([Policy("a")], 0, "replicates: 0 is out of range"),
        ([Policy("a")], 1.5, "replicates: 1.5 is not a whole number"),
        ([Policy("a")], float("nan"), "replicates: nan"),
        ([Policy("a", levers={"five_g": ABROAD})], 1, "'XXX' is not a country"),
    ],
)  # fmt: skip
def test_plan_refuses(policies: list[Policy], replicates: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        asked(policies, SHORT, replicates)


def test_plan_refuses_seeds_beyond_the_last() -> None:
    with pytest.raises(InputError, match="seed"):
        asked([Policy("a")], Scenario(seed=2**63 - 1), 2)


def test_plan_digest_ignores_titles_and_sees_levers() -> None:
    def digest(title: str, intensity: float, replicates: int = 2) -> str:
        policy = Policy("a", title, levers={"five_g": LeverUse(intensity)})
        return asked([policy], SHORT, replicates).digest

    assert digest("x", 1) == digest("y", 1)
    assert digest("x", 1) != digest("x", 2)
    assert digest("x", 1) != digest("x", 1, 3)


def test_titles_that_coincide_are_told_apart() -> None:
    policies = [Policy("a", "Same"), Policy("b", "Same"), Policy("c", "\x1b[2J")]
    found = compare(policies, SHORT, 1)
    assert found.titles == {"a": "Same (a)", "b": "Same (b)", "c": "[2J"}


def test_changes_apply_to_every_policy_but_the_reference() -> None:
    first, second = chosen_policies(("balanced",), {"five_g": 123.0})
    assert first.name == "status_quo"
    assert not first.levers
    assert second.levers["five_g"].intensity == 123.0
    assert second.title.endswith("(changed)")


def test_changes_to_the_status_quo_make_a_custom_policy() -> None:
    policies = chosen_policies(("status_quo",), {"five_g": 5.0})
    assert [policy.name for policy in policies] == ["status_quo", "custom"]


def test_status_quo_alone_and_first() -> None:
    assert [policy.name for policy in chosen_policies(("status_quo",), {})] == ["status_quo"]
    names = [policy.name for policy in chosen_policies(("balanced", "status_quo"), {})]
    assert names == ["status_quo", "balanced"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("five_g", "write LEVER=VALUE"),
        ("five_gg=1", "did you mean 'five_g'"),
        ("five_g=much", "'much' is not a number; allowed: 0 to 20000"),
        ("five_g=", "'' is not a number"),
        ("five_g=nan", "nan is out of range"),
        ("five_g=-1", "-1 is out of range"),
        ("five_g=inf", "inf is out of range"),
        ("adoption.imitatoin=1", "unknown parameter .* did you mean 'adoption.imitation'"),
        ("adoption.imitation=9", "9 is out of range; allowed: 0.1 to 1.5"),
    ],
)
def test_bad_changes_are_named(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_changes([setting])


def test_a_dot_tells_parameters_from_levers() -> None:
    changes = parse_changes(["five_g=5", "adoption.imitation = 0.4"])
    assert changes == ({"five_g": 5.0}, {"adoption.imitation": 0.4})
    with pytest.raises(InputError, match=r"adoption\.imitation is set twice"):
        parse_changes(["adoption.imitation=0.4", "adoption.imitation=0.5"])


def test_a_lever_is_set_once() -> None:
    with pytest.raises(InputError, match="five_g is set twice"):
        parse_changes(["five_g=1", "five_g=2"])
