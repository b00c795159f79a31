"""Runs of several folders in one set of tables, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import divide
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.join import KINDS
from divide.model.declare.errors import InputError
from divide.model.policy.policy import LeverUse, Policy

WIRES = Policy("wires", levers={"five_g": LeverUse(50)})
ASKED = {
    "policies": [WIRES],
    "outcomes": ["usage_gini", "people_offline"],
    "constants": {"start": 2021, "until": 2022, "firms": 400},
    "uncertainties": {"adoption.neighbours": [0.05]},
    "design": {"kind": "factorial"},
}


def made(**changes: Any) -> Experiment:
    return Experiment.from_mapping({**ASKED, **changes})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep, the same with another seed, and one that differs in all that a file can say."""
    place = tmp_path_factory.mktemp("joined")
    strong = Policy("wires", levers={"five_g": LeverUse(90)})
    constants = {"start": 2020, "until": 2021, "firms": 500, "adoption.imitation": 0.5}
    levers = {"skills_training": [1, 2, 3]}
    other = {"policies": [strong], "outcomes": ["usage_gini"], "constants": constants}
    for name, experiment in {
        "first": made(),
        "later": made(seed=9),
        "same": replace(made(), title="Called otherwise"),
        "other": made(**other, levers=levers, uncertainties={}),
    }.items():
        divide.sweep(experiment, place / name, 1, threads=True)
    return place


def test_rows_are_keyed_by_their_source(runs: Path) -> None:
    both = divide.join([runs / "first", runs / "later"])
    assert both.differ == ()
    keys = ["source", "policy", "point", "replicate"]
    assert not both.ends().duplicated(keys).any()
    assert list(both.model)[:5] == ["source", "run", "policy", "point", "replicate"]
    for name in ("first", "later"):
        own = both.model.query("source == @name").drop(columns="source").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, divide.load(runs / name).model)
    ends = both.ends(["usage_gini"]).set_index(keys)["usage_gini"]
    assert ends["first"].tolist() != ends["later"].tolist()
    with pytest.raises(InputError, match=r"usage_mean.*allowed: usage_gini, people_offline"):
        both.ends(["usage_mean"])


def test_what_differs_is_refused_by_its_kind(runs: Path) -> None:
    pair = {"a": runs / "first", "b": runs / "other"}
    with pytest.raises(InputError) as refused:
        divide.join(pair)
    for said in (
        "period: a and b: start: 2021 against 2020", "settings: a and b: firms: 400 against 500",
        "outcomes that one of them lacks: people_offline", "wires is not the same policy",
        "parameter adoption.imitation: as declared against 0.5",
        'allow=["period", "settings", "outcomes", "policies", "design"]',
    ):  # fmt: skip
        assert said in str(refused.value)
    with pytest.raises(InputError, match=r"the folders differ; period: .*start"):
        divide.join(pair, allow=["settings", "outcomes", "policies", "design"])
    mixed = divide.join(pair, allow=["period", "settings", "outcomes", "policies", "design"])
    assert len(mixed.differ) == 7
    assert mixed.outcomes == ("usage_gini",)
    assert "people_offline" not in mixed.model
    assert mixed.inputs.query("source == 'a'")["skills_training"].isna().all()


def test_other_code_is_another_make(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from divide.experiments.keep.ledger import Ledger

    get = Ledger.get

    def moved(self: Ledger, key: str, *rest: Any) -> Any:
        found = get(self, key, *rest)
        later = key == "identity" and self.path.parent.name == "later"
        return {**found, "model/model.py": "0" * 64} if later else found

    monkeypatch.setattr(Ledger, "get", moved)
    with pytest.raises(InputError, match=r"make: first and later: model/model.py changed"):
        divide.join([runs / "first", runs / "later"])
    kept = divide.join([runs / "first", runs / "later"], allow=["make"])
    assert "model/model.py changed" in repr(kept)


def test_the_same_runs_do_not_count_twice(runs: Path) -> None:
    with pytest.raises(InputError, match="first and same hold the same runs"):
        divide.join([runs / "first", runs / "same"])
    with pytest.raises(InputError, match="name them"):
        divide.join([runs / "first", runs / "first"])
    with pytest.raises(InputError, match="fewer than two"):
        divide.join([runs / "first"])
    with pytest.raises(InputError, match=f"allowed: {', '.join(KINDS)}"):
        divide.join([runs / "first", runs / "later"], allow=["everything"])
