"""Effects hang on changes of price, skills and services, not on their imputed level."""

import numpy as np
import pandas as pd
import pytest

from divide.experiments.carry.calls import Workers
from divide.experiments.read.findings import small
from divide.experiments.read.invariance import (
    LEVELS,
    REACHING,
    changes,
    effects,
    outcome,
    policies,
    section,
)
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import Scenario

BASE = Scenario(until=2026, firms=400, platforms=40)


#: Networks take years from the money to the people.
LONG = Scenario(firms=400, platforms=40)


def added(level: str, factor: float, policy: str, base: Scenario = BASE) -> tuple[float, float]:
    """Person-years online and within reach that a policy adds."""
    one, none = outcome(level, factor, policy, base), outcome(level, factor, REFERENCE, base)
    return one[0] - none[0], one[1] - none[1]


@pytest.mark.parametrize("factor", [4.0, 0.25])
@pytest.mark.parametrize(
    ("level", "policy"), [("price", "price_subsidy"), ("skills", "skills_training"),
                          ("services", "price_subsidy"), ("handset", "handset_help")],
)  # fmt: skip
def test_what_enters_the_log_odds_acts_by_its_change_alone(
    level: str, policy: str, factor: float
) -> None:
    as_is, now = added(level, 1.0, policy)[0], added(level, factor, policy)[0]
    assert as_is > 0 and abs(now / as_is - 1) < 0.1


@pytest.mark.parametrize("level", ["coverage", "electricity"])
def test_each_person_newly_reached_is_worth_the_same(level: str) -> None:
    for policy in REACHING:
        online, reach = added(level, 1.0, policy, LONG)
        for factor in (4.0, 0.25):
            more, reached = added(level, factor, policy, LONG)
            assert more > 0 and reached > 0
            assert abs(more / reached / (online / reach) - 1) < 0.2


def table(turned: bool = False) -> pd.DataFrame:
    """Effects of two policies that no level changes, or one of which turns."""
    asked = [("price", 1.0), *((level.name, f) for level in LEVELS for f in (4.0, 0.25))]
    keys = [(*each, policy) for each in asked for policy in ("balanced", "electricity", "tiny")]
    index = pd.MultiIndex.from_tuples(keys, names=["level", "factor", "policy"])
    made = pd.DataFrame({"online": 10.0, "reach": 5.0}, index=index).sort_index()
    made.loc[(slice(None), slice(None), "tiny"), "online"] = 1e-3
    if turned:
        made.loc[("skills", 4.0, "balanced"), "online"] = -10.0
    return made


def test_changes_are_those_of_effects_that_are_large_enough_to_tell() -> None:
    found = changes(table())
    assert set(found["policy"]) == {"balanced", "electricity"}
    assert (found["change"] == 0).all() and not found["turned"].any()
    reached = found["per_reached"].notna()
    assert set(found.loc[reached, "level"]) == {"coverage", "electricity"}
    assert set(found.loc[reached, "policy"]) == {"electricity"}


def test_a_sign_that_turns_misses_the_bar() -> None:
    assert "missed" not in section(table(), 2040)
    text = section(table(turned=True), 2040)
    [row] = [line for line in text.splitlines() if "**missed**" in line]
    assert row.startswith("| Skills (odds) x 4 | 1 of 2")


def test_effects_are_told_for_every_level_factor_and_policy(monkeypatch) -> None:
    monkeypatch.setattr(
        "divide.experiments.read.invariance.outcome", lambda *given: (float(len(given[2])), 1.0)
    )
    found = effects(small(), Workers(1))
    assert len(found) == (1 + 2 * len(LEVELS)) * (len(policies()) - 1)
    assert np.allclose(found.loc[("price", 1.0, "balanced"), "online"], -2.0)
