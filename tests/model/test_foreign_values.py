"""Values of NumPy and pandas are taken for what they are; anything else is refused in one line."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from divide.model.declare.errors import InputError
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario


def aimed(target: object, **more: Any) -> Scenario:
    return Scenario(policy=Policy("p", levers={"five_g": LeverUse(1, target=target, **more)}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "seed", [np.int64(3), np.uint8(3), np.float64(3), np.array(3), pd.Series([3]).iloc[0]]
)
def test_numbers_of_numpy_and_pandas_are_numbers(seed: Any) -> None:
    plan = Scenario(seed=seed)
    assert (plan, plan.digest) == (Scenario(seed=3), Scenario(seed=3).digest)
    assert type(plan.seed) is int


@pytest.mark.parametrize(
    "target",
    [
        ["KEN", "LAO"],
        np.array(["KEN", "LAO"]),
        pd.Series(["KEN", "LAO"]),
        pd.Index(["KEN", "LAO"]),
        (np.str_("KEN"), "LAO"),
    ],
)
def test_any_list_of_codes_is_a_list_of_codes(target: object) -> None:
    plan = aimed(target)
    assert plan.digest == aimed(("KEN", "LAO")).digest
    assert plan.to_yaml() == aimed(("KEN", "LAO")).to_yaml()


def test_texts_of_numpy_are_texts() -> None:
    text = np.str_("all")
    plan = aimed(text, toward=np.str_("eu"))
    assert plan.to_yaml() == aimed("all", toward="eu").to_yaml()
    one, other = (Policy(kind("a"), title=kind("b"), spend=kind("all")) for kind in (np.str_, str))  # type: ignore[arg-type]
    assert Scenario(policy=one).to_yaml() == Scenario(policy=other).to_yaml()


REFUSED: Mapping[str, tuple[Callable[[], object], str]] = {
    "a truth value": (lambda: Scenario(seed=np.bool_(True)), "seed: .*not a number"),
    "an array": (lambda: Scenario(seed=np.arange(2)), "seed: .*not a number"),  # type: ignore[arg-type]
    "nothing of pandas": (lambda: Scenario(seed=pd.NA), "seed: .*not a number"),
    "a column": (lambda: Scenario(parameters=pd.Series([1.0])), "parameters: must map"),  # type: ignore[arg-type]
    "a set": (lambda: aimed({"KEN"}), "target: .*a rule or a list"),
    "no code": (lambda: aimed(np.array([], dtype=str)), "target: .*a rule or a list"),
    "a number as a lever": (lambda: Policy("p", levers={3: LeverUse(1)}), "unknown lever 3"),  # type: ignore[dict-item]
    "a number as a name": (lambda: Scenario(parameters={3: 1}), "unknown parameter 3"),  # type: ignore[dict-item]
    "a number as a title": (lambda: Policy("p", title=3), "title: must be text"),  # type: ignore[arg-type]
    "no name": (lambda: Policy(None), "name: must be text, not nothing"),  # type: ignore[arg-type]
    "no policy": (lambda: Scenario(policy=None), "policy: None; allowed"),  # type: ignore[arg-type]
    "a dict": (lambda: Scenario(policy={}), "policy: {}; allowed"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_none_of_these_is_refused_in_one_line(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_scenario_shares_nothing_with_what_it_was_made_of() -> None:
    given, levers = {"adoption.imitation": 0.25}, {"five_g": LeverUse(1)}
    plan = Scenario(policy=Policy("p", levers=levers), parameters=given)
    digest = plan.digest
    given["adoption.imitation"], levers["five_g"] = 0.5, LeverUse(2)
    assert plan.parameters == {"adoption.imitation": 0.25}
    assert plan.policy.levers["five_g"].intensity == 1
    assert Scenario(policy=plan.policy, parameters=plan.parameters).digest == digest
