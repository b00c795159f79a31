"""Sensitivity from any points: methods whose answers are known, and what they refuse."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from divide.experiments import load, sweep
from divide.experiments.cli.analyse import analyse as command
from divide.experiments.cli.errors import Commands
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read import mutual, ranking
from divide.experiments.read.analysis import analyse
from divide.experiments.read.discovery import interest, peel
from divide.experiments.read.load import Sweep
from divide.experiments.read.response import Response, respond
from divide.experiments.read.tree import cart
from divide.model.declare.errors import InputError

GROUP = Commands("divide", commands=[command])
THREE = {
    "adoption.urban": "declared",
    "adoption.neighbours": "declared",
    "adoption.own_cell": "declared",
}


def response(y: np.ndarray, x: np.ndarray) -> Response:
    names = ["a", "b", "c", "d", "e"][: x.shape[1]]
    return Response("usage_gini", "index", "policy", pd.DataFrame(x, columns=names), y, ())


def cube(n: int, k: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((n, k))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A Latin hypercube of three parameters and a lever that does nothing, with made-up runs.

    Both policies have 3 and 1 times the first two factors, and the package 2 times the third.
    """
    folder = tmp_path_factory.mktemp("sweeps") / "hypercube"
    experiment = Experiment.from_mapping(
        {"uncertainties": THREE, "levers": {"five_g": [0, 5]}, "policies": ["balanced"],
         "outcomes": ["usage_gini", "trust"], "design": {"kind": "latin_hypercube", "n": 60}}
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent)
        sweep(experiment, folder, 1, threads=True, simulate="made_up:mixed")
    return load(folder)


def test_linear_weights_come_back_with_their_intervals() -> None:
    x = cube(400, 3)
    y = 3 * x[:, 0] - x[:, 1] + np.random.default_rng(2).normal(0, 0.3, 400)
    table, notes = ranking.regression(response(y, x))
    assert table["factor"].tolist() == ["a", "b", "c"]
    spread = np.sqrt(10 / 12 + 0.09)  # of y: the factors have variance 1/12 each
    expected = [3 / np.sqrt(12) / spread, -1 / np.sqrt(12) / spread, 0]
    assert table["coefficient"].tolist() == pytest.approx(expected, abs=0.05)
    assert (table["lo95"] <= table["coefficient"]).all()
    assert (table["coefficient"] <= table["hi95"]).all()
    assert table["lo95"][2] < 0 < table["hi95"][2], "what does nothing may be nothing"
    assert table["hi95"][1] < 0 < table["lo95"][0]
    said = re.fullmatch(r"the ranks of the factors explain (\d+)% of the variance .*", notes[0])
    assert said and int(said[1]) == pytest.approx(100 * (10 / 12) / (10 / 12 + 0.09), abs=2)
    own, _ = ranking.partial(response(y, x))  # b alone against luck: 1/12 against 0.09
    assert own["correlation"][1] == pytest.approx(-np.sqrt((1 / 12) / (1 / 12 + 0.09)), abs=0.07)
    alone, _ = ranking.correlation(response(y, x))
    spearman = response(y, x).factors.corrwith(pd.Series(y), method="spearman")
    assert alone.set_index("factor")["correlation"].sort_index().tolist() == pytest.approx(
        spearman.tolist()
    )


def test_a_forest_sees_what_turns_and_calls_noise_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ishigami and Homma's function, whose second factor no rank regression can see.

    Its total indices are .56, .44, .24 and, for the one that it has not, 0.
    """
    monkeypatch.setattr(ranking, "FORESTS", 40)
    x = cube(200, 4)
    a, b, c, _ = np.pi * (2 * x.T - 1)
    y = np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)
    table, notes = ranking.forest(response(y, x))
    known = table.set_index("factor")
    assert table["factor"].tolist() == ["a", "b", "c", "d"]
    assert (known.loc[["a", "b"], "lo95"] > 0.2).all()
    assert known.loc["d", "lo95"] < 0 < known.loc["d", "hi95"]
    assert notes[0].startswith("forests explain ")
    linear = ranking.regression(response(y, x))[0].set_index("factor")
    assert linear.loc["b", "lo95"] < 0 < linear.loc["b", "hi95"]


def test_information_sees_what_turns_and_says_what_chance_brings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two normal variables it is -log(1 - r^2) / 2; the parabola has no correlation at all."""
    monkeypatch.setattr(mutual, "HALVES", 40)
    x = np.random.default_rng(3).normal(size=(400, 3))
    luck = np.random.default_rng(2).normal(size=400)
    known, notes = mutual.information(response(0.8 * x[:, 0] + 0.6 * luck, x))
    assert known["factor"][0] == "a"
    assert known["information"][0] == pytest.approx(-np.log(1 - 0.64) / 2, abs=0.1)
    assert known["correlation"][0] == pytest.approx(0.8, abs=0.06)
    assert known["lo95"][0] < -np.log(1 - 0.64) / 2 < known["hi95"][0]
    said = re.match(r"chance alone brings the largest of 3 to (0\.\d\d) in one of 20", notes[0])
    assert said and (known["information"][1:] < float(said[1])).all() and float(said[1]) < 0.2
    steps = np.round(x[:, 1])  # few values, as in a factorial design
    bent = np.column_stack([x[:, 0], steps, x[:, 2]])
    turns, _ = mutual.information(response(steps**2 + 0.3 * luck, bent))
    assert turns["factor"][0] == "b" and turns["lo95"][0] > 0.3
    assert turns["lo95"][1] == 0


def test_chance_among_many_factors_is_said() -> None:
    x, noise = np.random.default_rng(4).random((30, 100)), np.random.default_rng(5).random(30)
    names = [f"f{k}" for k in range(100)]
    found = Response("usage_gini", "index", "p", pd.DataFrame(x, columns=names), noise, ())
    table, notes = ranking.correlation(found)
    beyond = ((table["lo95"] > 0) | (table["hi95"] < 0)).sum()
    assert beyond >= 1, "intervals alone call some of the noise an effect"
    bound = float(notes[0].split("to ")[1].split(" in one")[0])
    assert table["correlation"].abs().max() < bound < 0.75


def test_two_factors_that_are_one_are_not_told_apart() -> None:
    x = cube(100, 2)
    x = np.column_stack([x, 2 * x[:, 0] + 1])
    with pytest.raises(InputError, match=r"cannot tell the factors apart: a and c move together"):
        ranking.regression(response(x[:, 0], x))
    assert "a and c move together" in ranking.correlation(response(x[:, 0], x))[1][-1]


def test_prim_peels_to_a_known_box() -> None:
    x = cube(600, 3)
    inside = (x[:, 0] > 0.6) & (x[:, 1] < 0.4)
    found = response(inside.astype(float), x)
    peeling = peel(found, interest(found, None, 0.5))
    box, path = peeling.box().set_index("factor"), peeling.path
    assert set(box.index) == {"a", "b"} and (box["p"] < 0.01).all()
    assert box.loc["a", "low"] == pytest.approx(0.6, abs=0.06)
    assert box.loc["b", "high"] == pytest.approx(0.4, abs=0.06)
    held = ((x[:, 0] >= box.loc["a", "low"]) & (x[:, 1] <= box.loc["b", "high"])).sum()
    assert box["points"].iloc[0] == held, "the box holds what it says"
    assert path["mass"].is_monotonic_decreasing and path["mass"][0] == path["coverage"][0] == 1
    assert path["density"].tolist() == pytest.approx(
        (path["coverage"] * inside.mean() / path["mass"]).tolist()
    )
    assert peeling.box(0).empty
    with pytest.raises(InputError, match="step: 99; allowed: 0 to"):
        peeling.box(99)


def test_a_tree_splits_where_the_step_is_and_not_in_noise() -> None:
    x = cube(300, 3)
    noise = np.random.default_rng(3).normal(0, 0.1, 300)
    found = response((x[:, 1] > 0.7) + noise, x)
    tree = cart(found)
    assert tree.names[tree.model.tree_.feature[0]] == "b"
    assert tree.model.tree_.threshold[0] == pytest.approx(0.7, abs=0.01)
    assert tree.rules["rule"][0].startswith("b > 0.7") or "b > 0.69" in tree.rules["rule"][0]
    assert tree.rules["points"].sum() == 300 and tree.skill > 0.9
    asked = cart(found, found.y > 0.5)
    assert asked.rules["coverage"][0] == pytest.approx(1, abs=0.02)
    assert asked.rules["value"][0] == pytest.approx(1, abs=0.02)
    empty = cart(response(noise, x))
    assert empty.rules["rule"].tolist() == ["everywhere"] and empty.skill < 0.1


def test_levers_count_only_for_who_had_them(loaded: Sweep) -> None:
    whole, reference = (respond(loaded, "usage_gini", name) for name in ("balanced", "status_quo"))
    assert list(whole.factors) == [*THREE, "five_g"]
    assert list(reference.factors) == list(THREE) and reference.left_out == ("five_g",)
    found = analyse(loaded, "usage_gini", policy="status_quo")
    assert found.table["factor"].tolist()[:2] == ["adoption.urban", "adoption.neighbours"]
    assert found.notes[-1].endswith("never bear on status_quo: five_g")
    given = loaded.inputs.merge(loaded.runs, on="run")
    assert given.loc[given["policy"] == "status_quo", "five_g"].isna().all()
    assert given.loc[given["policy"] == "balanced", "five_g"].notna().all()


def test_every_method_takes_a_difference(loaded: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the difference of the two only the third factor is left."""
    monkeypatch.setattr(ranking, "FORESTS", 5)
    monkeypatch.setattr(mutual, "HALVES", 5)
    whose = "balanced - status_quo"
    middle = float(np.median(respond(loaded, "usage_gini", whose).y))
    for method in ("regression", "partial", "correlation", "information", "forest", "prim", "cart"):
        below = middle if method == "prim" else None
        found = analyse(loaded, "usage_gini", method=method, policy=whose, below=below)
        assert f"usage_gini of {whose}" in found.first
        first = found.table.iloc[0, 0]
        assert first.startswith("adoption.own_cell"), method
        with pytest.raises(InputError, match="unknown policy of this sweep 'status'"):
            analyse(loaded, "usage_gini", method=method, policy="balanced - status", below=below)


def call(loaded: Sweep, *arguments: object) -> Result:
    words = ["analyse", loaded.folder, "--outcome", "usage_gini", *arguments]
    return CliRunner().invoke(GROUP, list(map(str, words)))


REFUSED = {
    "regret of one": (["--method", "regret", "--policy", "balanced"],
                      "--policy: regret compares all policies; leave it out, or name another"),
    "a limit": (["--method", "forest", "--below", "1"], "below and above go with prim and cart"),
    "no limit": (["--method", "prim"], "prim needs below or above: what is of interest"),
    "a path": (["--path"], "--path goes with prim, not with regression"),
    "a step": (["--step", "1"], "a step goes with prim, not with regression"),
    "sobol": (["--method", "sobol"], "this analysis needs a sobol design; this is latin_hypercube"),
    "a picture": (["--plot", "x.gif"], "--plot: x.gif; allowed: names that end in .svg or .png"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_ignored(loaded: Sweep, name: str) -> None:
    given, said = REFUSED[name]
    answer = call(loaded, *given)
    assert answer.exit_code == 2 and answer.stderr.count("\n") == 1
    assert answer.stderr.startswith(f"divide: {said}")


def test_the_command_says_its_method_first_and_draws(loaded: Sweep, tmp_path: Path) -> None:
    answer = call(loaded, "--plot", tmp_path / "bars.svg")
    first = (
        "regression (the default of a latin_hypercube design): usage_gini of balanced, 60 points"
    )
    assert answer.stdout.startswith(first) and "adoption.urban" in answer.stdout
    drawn = (tmp_path / "bars.svg").read_text(encoding="utf-8")
    assert "adoption.urban" in drawn and "standardised rank regression coefficient" in drawn
    again = call(loaded, "--plot", tmp_path / "bars.svg")
    assert again.exit_code == 2 and "exists; name a new file" in again.stderr
    limit = float(respond(loaded, "usage_gini").y.mean())
    boxed = call(loaded, "--above", limit, "--plot", tmp_path / "path.png")
    assert "step  coverage  density" in boxed.stdout.replace("   ", "  ")
    assert (tmp_path / "path.png").read_bytes().startswith(b"\x89PNG")
    ruled = call(loaded, "--above", limit, "--method", "cart", "--plot", tmp_path / "tree.svg")
    assert "adoption.urban > " in ruled.stdout
    assert "adoption.urban" in (tmp_path / "tree.svg").read_text(encoding="utf-8")
    table = call(loaded, "--above", limit, "--path", "--csv").stdout
    assert table.splitlines()[0] == "step,coverage,density,mass,points,restricted,taken"


def test_a_folder_of_run_answers_and_says_what_is_too_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up runs of a comparison: the central run is no draw, and few draws are not enough."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    experiment = Experiment.from_mapping(
        {"policies": ["balanced"], "design": {"kind": "predictive", "n": 12},
         "outcomes": ["usage_gini", "trust"]}
    )  # fmt: skip
    sweep(experiment, tmp_path / "run", 1, threads=True, simulate="made_up:known")
    found = load(tmp_path / "run")
    answer = analyse(found, "usage_gini", policy="balanced - status_quo")
    count = len(answer.table)
    assert answer.first.startswith("correlation (the default of a predictive design with few ")
    assert f" of balanced - status_quo, 12 points, {count} factors" in answer.first
    need = rf"regression needs at least {3 * (count + 1)} points for {count} factors; .* has 12"
    with pytest.raises(InputError, match=need):
        analyse(found, "usage_gini", method="regression")
    with pytest.raises(InputError, match="trust is the same at every point: nothing moves it"):
        analyse(found, "trust")
