"""Designs: which points they visit, and which runs follow from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import qmc

from divide.experiments.plan.design import Design, Factor, hypercube
from divide.experiments.plan.draws import draws_text, read_draws
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.declare.priors import read_prior
from divide.model.policy.policy import Policy

RANGE = Factor("adoption.imitation", "uncertainty", 0.2, 0.6)
LIST = Factor("five_g", "lever", 0, 30, (0.0, 10.0, 30.0))


def test_a_factorial_visits_every_combination() -> None:
    points = Design("factorial", levels=2).points((RANGE, LIST))
    assert points.tolist() == [
        [0.2, 0], [0.2, 10], [0.2, 30], [0.6, 0], [0.6, 10], [0.6, 30]
    ]  # fmt: skip


def test_a_latin_hypercube_visits_every_slice_once() -> None:
    points = Design("latin_hypercube", n=30, seed=3).points((RANGE, LIST))
    slices = np.floor((points[:, 0] - 0.2) / 0.4 * 30).astype(int)
    assert sorted(slices) == list(range(30))
    assert {value: int((points[:, 1] == value).sum()) for value in LIST.values} == {
        0: 10, 10: 10, 30: 10
    }  # fmt: skip


@pytest.mark.parametrize(("n", "factors"), [(2, 1), (7, 3), (1000, 9)])
def test_a_latin_hypercube_is_that_of_scipy(n: int, factors: int) -> None:
    theirs = qmc.LatinHypercube(factors, rng=np.random.default_rng(5)).random(n)
    assert np.array_equal(hypercube(n, factors, 5), theirs)


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "morris"])
def test_a_design_is_a_function_of_its_seed(kind: str) -> None:
    def points(seed: int) -> np.ndarray:
        return Design(kind, n=8, levels=4, seed=seed).points((RANGE, RANGE))

    assert (points(1) == points(1)).all()
    assert (points(1) != points(2)).any()


PRIOR = {"lognormal": {"median": 0.25, "low": 0.08, "high": 0.6}}
BELIEVED = Factor("adoption.imitation", "uncertainty", 0.0, 1.5, prior=PRIOR)


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "morris", "factorial"])
def test_every_design_draws_a_declared_prior_by_its_quantiles(kind: str) -> None:
    """The same places of the unit cube, at the quantiles of the prior."""
    even = Factor("adoption.imitation", "uncertainty", 0.0, 1.0)
    believed, unit = (
        Design(kind, n=16, levels=4, seed=2).points((factor, LIST if kind != "morris" else RANGE))
        for factor in (BELIEVED, even)
    )
    assert (believed[:, 0] == BELIEVED.distribution.ppf(unit[:, 0])).all()
    assert (believed[:, 1] == unit[:, 1]).all()
    assert believed[:, 0].max() <= 1.5


def test_a_declared_factor_has_the_prior_of_its_parameter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = parameters()["adoption.imitation"]
    believed = replace(declared, prior=read_prior(PRIOR, (0.0, 1.5)))
    monkeypatch.setitem(parameters(), declared.name, believed)
    design = {"kind": "latin_hypercube", "n": 200}
    asked = {"policies": ["balanced"], "design": design}
    e = Experiment.from_mapping({**asked, "uncertainties": {declared.name: "declared"}})
    assert e.factors == (BELIEVED,)
    assert np.quantile(e.points, [0.05, 0.5, 0.95]) == pytest.approx([0.08, 0.25, 0.6], rel=0.05)
    back = Experiment.from_dict(e.as_dict(), e.inputs())
    assert back.factors == e.factors and back.digest == e.digest
    own = Experiment.from_mapping({**asked, "uncertainties": {declared.name: [0.1, 0.5]}})
    assert own.factors == (Factor(declared.name, "uncertainty", 0.1, 0.5),), "a range is a range"


def test_morris_cannot_step_where_half_of_a_prior_is_zero() -> None:
    mostly = {"spike": {"zero": 0.5, "else": PRIOR}}
    factor = Factor("adoption.imitation", "uncertainty", 0.0, 1.5, prior=mostly)
    with pytest.raises(InputError, match=r"half of adoption\.imitation is 0"):
        Design("morris", n=4, levels=4).points((factor,))


@pytest.mark.parametrize(("second_order", "rows"), [(False, 8 * 4), (True, 8 * 6)])
def test_a_sobol_design_has_the_rows_that_its_indices_need(second_order: bool, rows: int) -> None:
    points = Design("sobol", n=8, second_order=second_order).points((RANGE, LIST))
    assert points.shape == (rows, 2)
    assert points[:, 0].min() >= 0.2 and points[:, 0].max() <= 0.6


def test_a_morris_design_moves_one_factor_at_a_time() -> None:
    other = Factor("five_g", "lever", 0, 30)
    points = Design("morris", n=5, levels=4).points((RANGE, other)).reshape(5, 3, 2)
    moved = (np.diff(points, axis=1) != 0).sum(axis=2)
    assert (moved == 1).all()


def test_a_table_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "five_g,adoption.imitation\n-0,0.3\n50,0.4\n0,0.3\n", encoding="utf-8-sig"
    )
    file = tmp_path / "e.yaml"
    file.write_text("design: {kind: table, file: t.csv}\npolicies: [balanced]\n", encoding="utf-8")
    e = Experiment.from_file(file)
    assert e.points.tolist() == [[0, 0.3], [50, 0.4], [0, 0.3]]
    assert [f.role for f in e.factors] == ["lever", "uncertainty"]
    assert e.distinct().tolist() == [0, 1, 2, 3], "the third point is the first, minus zero is zero"
    assert [e.stored(i) for i in range(6)] == [0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("five_g,five_g\n1,2\n", "t.csv: five_g stands twice in the first line"),
        ("fiveg\n1\n", "t.csv: unknown parameter or lever 'fiveg'; did you mean 'five_g'?"),
        (
            "five_g\nmuch\n",
            "t.csv, line 2, point 1: five_g: 'much' is not a number; allowed: 0 to 20000",
        ),
        (
            "five_g\n1\n-1\n",
            "t.csv, line 3, point 2: five_g: -1 is out of range; allowed: 0 to 20000",
        ),
        ("five_g\n1,2\n", "t.csv, line 2, point 1: has 2 values for 1 names"),
        ("five_g\n", "t.csv: holds no point; the first line names each parameter or lever"),
        ("", "t.csv: holds no point"),
        ("\x00\n\x00\n", "t.csv: "),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    file = tmp_path / "e.yaml"
    file.write_text("design: {kind: table, file: t.csv}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Experiment.from_file(file)
    assert f"e.yaml, line 1: design.file: {complaint}" in str(caught.value)


def test_posterior_draws_are_points_and_other_factors_join_them(tmp_path: Path) -> None:
    draws = read_draws("shipped")[:4]
    (tmp_path / "d.csv").write_text(draws_text(draws), encoding="utf-8")
    file = tmp_path / "e.yaml"
    file.write_text(
        "design: {kind: posterior, file: d.csv, n: 3}\nlevers: {five_g: [0, 30]}\n",
        encoding="utf-8",
    )
    e = Experiment.from_file(file)
    table = e.inputs()
    assert len(table) == 3 and e.names == ("status_quo", "custom")
    assert [e.run(2 * p).scenario.parameters for p in range(3)] == list(draws[:3])
    thirds = sorted(np.floor(table["five_g"] / 10).astype(int))
    assert thirds == [0, 1, 2]
    file.write_text("design: {kind: posterior, file: d.csv, n: 5}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: design.n: 5 draws asked for; d.csv holds 4"):
        Experiment.from_file(file)


LEVERS = {
    "levers": {"five_g": [0, 30], "smart_customs": "declared"},
    "uncertainties": {"adoption.imitation": [0.2, 0.4]},
    "policies": ["balanced", "soft_first"],
    "design": {"kind": "factorial", "levels": 2},
    "replicates": 2,
}


def test_levers_leave_the_reference_alone_and_uncertainties_do_not() -> None:
    e = Experiment.from_mapping(LEVERS)
    for index in range(len(e)):
        run = e.run(index)
        row = e.inputs().loc[run.point]
        assert run.scenario.parameters == {"adoption.imitation": row["adoption.imitation"]}
        uses = run.scenario.policy.levers
        if run.policy == "status_quo":
            assert run.scenario.policy == Policy.load("status_quo")
        else:
            assert uses["five_g"].intensity == row["five_g"]
            assert uses["skills_training"] == Policy.load(run.policy).levers["skills_training"]


def test_all_meet_the_same_luck_unless_asked_otherwise() -> None:
    e = Experiment.from_mapping({**LEVERS, "seed": 7})
    assert [e.run(i).scenario.seed for i in range(len(e))] == [7] * 24 + [8] * 24
    e = Experiment.from_mapping({**LEVERS, "seed": 7, "random_numbers": "by_point"})
    assert [e.run(i).scenario.seed for i in range(len(e))] == [7 + i // 3 for i in range(48)]
    assert len(e.distinct()) == 48, "a seed of its own makes every run another"


def drawn(**settings: object) -> list[int]:
    e = Experiment.from_mapping({**LEVERS, "policies": ["balanced"], **settings})
    return [e.run(i).scenario.draw for i in range(len(e))]


def test_runs_are_central_unless_draws_are_asked_for() -> None:
    assert set(drawn()) == {0}
    assert set(drawn(constants={"draw": 5})) == {5}
    assert drawn(draws="by_replicate") == [1] * 16 + [2] * 16
    assert drawn(draws="by_point", replicates=1) == [1 + i // 2 for i in range(16)]
    later = drawn(draws="by_replicate", constants={"draw": 7})
    assert later == [7] * 16 + [8] * 16
    with pytest.raises(InputError, match=r"draws: 'some'; allowed: common, by_point, by_rep"):
        drawn(draws="some")


def test_row_k_of_a_posterior_goes_with_draw_k_in_every_replicate() -> None:
    design = {"kind": "posterior", "n": 3}
    kept = {"policies": ["balanced"], "replicates": 2, "design": design}
    e = Experiment.from_mapping(kept)
    runs = [e.run(i) for i in range(len(e))]
    assert [run.scenario.draw for run in runs] == [1, 1, 2, 2, 3, 3] * 2
    rows = read_draws("shipped")
    assert all(run.scenario.parameters == rows[run.scenario.draw - 1] for run in runs)
    central = Experiment.from_mapping({**kept, "draws": "common"})
    assert {central.run(i).scenario.draw for i in range(len(central))} == {0}
    back = Experiment.from_dict(e.as_dict(), e.inputs())
    assert [back.run(i).digest for i in range(len(back))] == [run.digest for run in runs]


def test_a_draw_of_its_own_makes_a_run_another() -> None:
    e = Experiment.from_mapping({**LEVERS, "draws": "by_point"})
    assert len(e.distinct()) == len(e) == len({e.digest_of(i) for i in range(len(e))})
    by_replicate = Experiment.from_mapping({**LEVERS, "draws": "by_replicate"})
    assert by_replicate.digest_of(0) != Experiment.from_mapping(LEVERS).digest_of(0)
    assert len(by_replicate.distinct()) == len(Experiment.from_mapping(LEVERS).distinct())


def test_equal_digests_are_equal_runs_and_one_is_run_for_all() -> None:
    e = Experiment.from_mapping(LEVERS)
    runs = [e.run(index) for index in range(len(e))]
    first: dict[str, int] = {}
    for run in runs:
        first.setdefault(run.digest, run.index)
    assert [e.stored(run.index) for run in runs] == [first[run.digest] for run in runs]
    assert e.distinct().tolist() == sorted(first.values())
    assert len(first) == 2 * (2 + 8 + 8)
    by_scenario = {run.scenario.digest: run.digest for run in runs}
    assert all(by_scenario[run.scenario.digest] == run.digest for run in runs)
    assert len(by_scenario) == len(first)


def test_what_is_kept_is_part_of_the_digest() -> None:
    some = Experiment.from_mapping({**LEVERS, "outcomes": ["trust"]})
    assert some.digest_of(5) != Experiment.from_mapping(LEVERS).digest_of(5)


def test_equal_policies_under_two_names_are_run_once() -> None:
    twin = Policy("twin", levers=Policy.load("balanced").levers, spend="all")
    e = Experiment.from_mapping({"policies": ["balanced", twin]})
    assert e.distinct().tolist() == [0, 1]
    assert e.stored(2) == 1 and e.digest_of(2) == e.digest_of(1)


def test_more_replicates_only_add_runs() -> None:
    few, many = (Experiment.from_mapping({**LEVERS, "replicates": n}) for n in (2, 5))
    assert [few.digest_of(i) for i in range(len(few))] == [
        many.digest_of(i) for i in range(len(few))
    ]


def test_a_run_beyond_the_last_does_not_exist() -> None:
    e = Experiment.from_mapping(LEVERS)
    with pytest.raises(IndexError, match="run 48 of 48"):
        e.run(48)
    with pytest.raises(IndexError, match="run -1 of 48"):
        e.digest_of(-1)
