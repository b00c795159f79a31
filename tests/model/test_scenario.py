"""Scenarios read back as they were written, have stable digests, and refuse what cannot be run."""

import copy
import pickle
import re
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divide.model import LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.yamlfile import MAX_BYTES, parse_yaml
from divide.model.policy.policy import STANDARDS, TARGETS, packages

FULL = """\
policy:
  title: "Wires & wallets: a test"
  purpose: To test the whole way through
  source: assumed
  budget_usd_m_per_year: 500
  spend: all
  levers:
    five_g: {intensity: 2e3, target: least_connected, start: 2024, end: 2030}
    regulatory_alignment:
      intensity: 0.5
      toward: eu
      target: [KEN, LAO]
      ramp_years: 0
    cbdc_corridor: 0.25
start: 2020
until: 2030
seed: 7
firms: 1000
platforms: 80
steps_per_year: 8
parameters:
  adoption.imitation: 0.25
"""


def write(folder: Path, text: str, name: str = "scenario.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# Forms -------------------------------------------------------------------------------------------


def test_a_file_says_everything(tmp_path: Path) -> None:
    plan = Scenario.from_file(write(tmp_path, FULL))
    assert plan.policy.levers["five_g"] == LeverUse(
        2_000, start=2024, end=2030, target="least_connected"
    )
    aligned = LeverUse(0.5, ramp_years=0, target=("KEN", "LAO"), toward="eu")
    assert plan.policy.levers["regulatory_alignment"] == aligned
    assert plan.policy.levers["cbdc_corridor"] == LeverUse(0.25)
    assert (plan.policy.budget, plan.policy.spend) == (500, "all")
    assert plan.policy.title == "Wires & wallets: a test"
    assert (plan.start, plan.until, plan.seed, plan.firms) == (2020, 2030, 7, 1000)
    assert (plan.platforms, plan.steps_per_year, plan.steps) == (80, 8, 80)
    assert plan.parameters == {"adoption.imitation": 0.25}


@pytest.mark.parametrize("name", sorted(packages()))
def test_packages_read_back_as_written(name: str, tmp_path: Path) -> None:
    plan = Scenario(policy=name, seed=5)
    back = Scenario.from_file(write(tmp_path, plan.to_yaml()))
    assert back.digest == plan.digest
    assert back.policy.levers == plan.policy.levers
    assert (back.policy.title, back.policy.source) == (plan.policy.title, plan.policy.source)
    text = plan.policy
    assert text.title.strip()
    assert text.purpose.strip()
    assert text.source.strip()


@pytest.mark.parametrize("name", sorted(packages()))
def test_a_package_file_is_a_scenario(name: str) -> None:
    assert Scenario.from_file(packages()[name]).digest == Scenario(policy=name).digest


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any scenario that is allowed."""
    uses = {}
    for name in draw(st.lists(st.sampled_from(sorted(levers())), max_size=4, unique=True)):
        start = draw(st.none() | st.floats(2000, 2050))
        uses[name] = LeverUse(
            draw(st.floats(*levers()[name].bounds)),
            start=start,
            end=draw(st.none() | st.floats(2051, 2060)),
            ramp_years=draw(st.floats(0, 40)),
            target=draw(st.sampled_from([*TARGETS, ("KEN",), ("LAO", "NOR")])),
            toward=draw(st.sampled_from(STANDARDS)),
        )
    policy = Policy(
        title=draw(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20)),
        budget=draw(st.floats(0, 1e6)),
        spend=draw(st.sampled_from(["planned", "all"])),
        levers=uses,
    )
    names = draw(st.lists(st.sampled_from(sorted(parameters())), max_size=3, unique=True))
    return Scenario(
        policy,
        start=draw(st.integers(2000, 2022)),
        until=draw(st.integers(2023, 2060)),
        seed=draw(st.integers(0, 2**63 - 1)),
        firms=draw(st.integers(188, 10_000_000)),
        platforms=draw(st.integers(20, 2_000)),
        steps_per_year=draw(st.sampled_from([4, 8])),
        draw=draw(st.integers(0, 400)),
        parameters={name: draw(st.floats(*parameters()[name].bounds)) for name in names},
    )


@settings(deadline=None, max_examples=100, database=None)
@given(scenarios())
def test_any_scenario_reads_back_as_written(plan: Scenario) -> None:
    back = Scenario.from_mapping(parse_yaml(plan.to_yaml(), "here"), "here")
    assert back.digest == plan.digest
    assert replace(back, policy=replace(back.policy, name=plan.policy.name)) == plan


def test_a_scenario_is_frozen_and_can_be_sent_to_another_process() -> None:
    plan = Scenario(policy="balanced")
    with pytest.raises(FrozenInstanceError):
        plan.seed = 2  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_what_was_checked_cannot_be_changed_afterwards() -> None:
    values, uses = {"adoption.imitation": 0.3}, {"five_g": LeverUse(1.0)}
    plan = Scenario(Policy(levers=uses), parameters=values)
    digest = plan.digest
    values["adoption.imitation"], uses["five_g"] = 7.0, LeverUse(-1.0)
    assert plan.parameters == {"adoption.imitation": 0.3}
    assert plan.policy.levers == {"five_g": LeverUse(1.0)}
    for mapping, key in ((plan.parameters, "adoption.imitation"), (plan.policy.levers, "five_g")):
        for change in (
            lambda m, k: m.__setitem__(k, 1),
            lambda m, k: m.__delitem__(k),
            lambda m, k: m.update({k: 1}),
            lambda m, k: m.__ior__({k: 1}),
            lambda m, k: m.setdefault("other", 1),
            lambda m, k: m.pop(k),
            lambda m, k: m.popitem(),
            lambda m, k: m.clear(),
        ):
            with pytest.raises(TypeError, match="cannot be changed"):
                change(mapping, key)
    for twin in (copy.copy(plan), copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))):
        assert twin == plan
        assert twin.digest == digest
        with pytest.raises(TypeError, match="cannot be changed"):
            twin.parameters["adoption.imitation"] = 1.0  # type: ignore[index]
    assert replace(plan, seed=2).parameters == plan.parameters


def test_numbers_of_other_libraries_make_the_same_scenario() -> None:
    one, half, year = pd.Series([1])[0], np.float32(0.5), np.int64(2025)
    plan = Scenario(
        Policy(budget=np.float64(5), levers={"five_g": LeverUse(one, start=year, target=["KEN"])}),
        seed=np.int64(3),
        until=np.uint16(2030),
        parameters={"adoption.imitation": half},
    )
    policy = Policy(budget=5.0, levers={"five_g": LeverUse(1, start=2025, target=("KEN",))})
    same = Scenario(policy, seed=3, until=2030, parameters={"adoption.imitation": 0.5})
    assert plan == same
    assert (plan.digest, plan.to_yaml()) == (same.digest, same.to_yaml())
    assert type(plan.seed) is int and type(plan.policy.levers["five_g"].start) is int


def test_a_policy_is_given_made_by_name_or_by_path(tmp_path: Path) -> None:
    path = write(tmp_path, "levers: {five_g: 10}\n", "own.yaml")
    assert Scenario(policy=path).policy == Policy.load(path)
    assert Scenario(policy=str(path)).policy.levers == {"five_g": LeverUse(10)}
    for wrong in (None, {"levers": {}}, 5, ["balanced"]):
        with pytest.raises(InputError, match="allowed: a Policy, the name of a package") as caught:
            Scenario(policy=wrong)  # type: ignore[arg-type]
        assert caught.value.path == ("policy",)


def test_a_policy_file_is_looked_for_beside_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, strength in ((here, 1), (there, 2)):
        folder.mkdir()
        write(folder, f"levers: {{five_g: {strength}}}\n", "mine.yaml")
    plan = write(there, "policy: mine.yaml\n")
    monkeypatch.chdir(here)
    assert Scenario.from_file(plan).policy.levers == {"five_g": LeverUse(2)}
    (there / "mine.yaml").unlink()
    with pytest.raises(InputError, match=r"line 1: policy: .*there/mine\.yaml: cannot be read"):
        Scenario.from_file(plan)
    with pytest.raises(InputError, match="be written out in the file"):
        Scenario.from_mapping(parse_yaml("policy: mine.yaml\n", "here"), "here")


def test_a_wrong_policy_file_is_named_with_its_line_in_both_files(tmp_path: Path) -> None:
    write(tmp_path, "title: x\nlevers:\n  five_g: {intensity: 1, start: 1900}\n", "mine.yaml")
    with pytest.raises(InputError) as caught:
        Scenario.from_file(write(tmp_path, "seed: 1\npolicy: mine.yaml\n"))
    assert caught.value.path == ("policy",)
    assert re.fullmatch(
        r".*/scenario\.yaml, line 2: policy: .*/mine\.yaml, line 3: levers\.five_g\.start: "
        r"1900 is out of range; allowed: 2000 to 2060 \(calendar year\)",
        str(caught.value),
    )


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"budget": -1}, ("budget",)),
        ({"spend": "some"}, ("spend",)),
        ({"levers": ["five_g"]}, ("levers",)),
        ({"levers": {"fiveg": LeverUse(1)}}, ("levers", "fiveg")),
        ({"levers": {"five_g": 100}}, ("levers", "five_g")),
        ({"levers": {"five_g": LeverUse(-1)}}, ("levers", "five_g", "intensity")),
        ({"levers": {"five_g": LeverUse(1, start=2030, end=2030)}}, ("levers", "five_g", "end")),
        ({"levers": {"five_g": LeverUse(1, target="x")}}, ("levers", "five_g", "target")),
        (
            {"levers": {"five_g": LeverUse(1, target=("KEN", "KEN"))}},
            ("levers", "five_g", "target", 1),
        ),
    ],
)
def test_errors_of_python_policies_carry_their_path(policy: dict, path: tuple) -> None:
    with pytest.raises(InputError) as caught:
        Policy(**policy)
    assert caught.value.path == path


def test_scenarios_and_policies_are_shown_on_one_line() -> None:
    policy = Policy("mine", budget=500, levers={"five_g": LeverUse(20.0)})
    assert repr(policy) == "Policy('mine', five_g=20, budget=500)"
    assert repr(Policy()) == "Policy('status_quo', no levers, budget=8000)"
    everything = Policy(levers={name: LeverUse(0.0) for name in levers()})
    assert repr(everything) == f"Policy('status_quo', {len(levers())} levers, budget=8000)"
    plan = Scenario(policy, parameters={"adoption.imitation": 0.3})
    assert repr(plan) == (
        "Scenario(Policy('mine', five_g=20, budget=500), 2022-2040, seed=1, firms=60000, "
        "platforms=200, {'adoption.imitation': 0.3})"
    )
    assert "2022-2040, steps_per_year=8, seed=1" in repr(replace(plan, steps_per_year=8))
    assert "platforms=200, draw=3, {'adoption.imitation'" in repr(replace(plan, draw=3))


# Digests -----------------------------------------------------------------------------------------


def test_the_digest_ignores_what_bears_on_no_outcome(tmp_path: Path) -> None:
    plan = Scenario.from_file(write(tmp_path, FULL))
    renamed = replace(plan.policy, name="other", title="Other", purpose="Other", source="other")
    assert replace(plan, policy=renamed).digest == plan.digest
    backwards = dict(reversed(plan.policy.levers.items()))
    assert replace(plan, policy=replace(plan.policy, levers=backwards)).digest == plan.digest


def test_equal_scenarios_have_equal_digests() -> None:
    whole = Policy(budget=8000, levers={"five_g": LeverUse(1, start=2024, ramp_years=1)})
    broken = Policy(budget=8000.0, levers={"five_g": LeverUse(1.0, start=2024.0, ramp_years=1.0)})
    assert Scenario(whole) == Scenario(broken)
    assert {Scenario(whole): "kept"}[Scenario(broken)] == "kept"
    assert Scenario(whole).digest == Scenario(broken).digest
    one, other = ({"firms.size_slope": value} for value in (1, 1.0))
    assert Scenario(parameters=one).digest == Scenario(parameters=other).digest
    assert Scenario(start=2022.0, seed=3.0).digest == Scenario(start=2022, seed=3).digest


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"seed": 2**63 - 1},
        {"start": 2021},
        {"until": 2041},
        {"firms": 20_001},
        {"platforms": 201},
        {"steps_per_year": 8},
        {"draw": 1},
        {"parameters": {"adoption.imitation": 0.31}},
        {"policy": Policy(budget=1.0)},
        {"policy": Policy(spend="all")},
        {"policy": Policy(levers={"five_g": LeverUse(1.0)})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, target="all")})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, target=("KEN",))})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, start=2025)})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, end=2025)})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, ramp_years=2)})},
        {"policy": Policy(levers={"five_g": LeverUse(1.0, toward="us")})},
    ],
)
def test_the_digest_sees_what_bears_on_the_outcome(change: dict[str, Any]) -> None:
    assert Scenario(**change).digest != Scenario().digest
    assert Scenario(seed=2**63 - 1).digest != Scenario(seed=2**63 - 2).digest


def test_the_digest_is_the_same_on_every_machine() -> None:
    """If this changes, stored runs no longer match their scenarios: say so in CHANGELOG."""
    policy = Policy(levers={"five_g": LeverUse(100.0, start=2025.0, target=("KEN", "LAO"))})
    plan = Scenario(policy, start=2020, until=2030, seed=7, firms=20_000,
                    parameters={"adoption.leaving": 0.97})  # fmt: skip
    assert plan.draw == 0, "the central run is written as it was before there were draws"
    assert plan.digest == "b7f88cb60510a46078b5a11943b3c4b9cf9edd6960fca62c3815dca5d94796b4"


# Hostile and mistaken files ----------------------------------------------------------------------

#: Text of a file, and what the complaint must say besides the name of the file.
BAD = {
    "unknown key": ("sead: 3\n", ["line 1", "'sead'", "did you mean 'seed'", "allowed"]),
    "unknown key of a policy": (
        "policy:\n  levrs: {}\n",
        ["line 2", "'levrs'", "did you mean 'levers'"],
    ),
    "unknown key of a package": ("levers: {}\nbudget: 5\n", ["line 2", "'budget'", "allowed"]),
    "unknown lever": (
        "seed: 1\npolicy:\n  levers:\n    fiveg: 1\n",
        ["line 4", "'fiveg'", "did you mean 'five_g'"],
    ),
    "unknown setting of a lever": (
        "levers:\n  five_g:\n    intensity: 1\n    strat: 2024\n",
        ["line 4", "'strat'", "did you mean 'start'"],
    ),
    "no intensity": ("levers:\n  five_g: {start: 2024}\n", ["line 2", "five_g", "intensity"]),
    "intensity too large": (
        "levers:\n  five_g: 1e9\n",
        ["line 2", "five_g", "1e+09", "0 to 20000 US$ million/year"],
    ),
    "intensity below zero": ("levers:\n  five_g: -1\n", ["line 2", "five_g", "-1", "0 to 20000"]),
    "intensity is text": ("levers:\n  five_g: lots\n", ["line 2", "five_g", "'lots'", "number"]),
    "intensity is true": ("levers:\n  five_g: yes\n", ["line 2", "five_g", "'yes'", "number"]),
    "intensity is not a number": ("levers:\n  five_g: .nan\n", ["line 2", "five_g", "nan"]),
    "intensity is infinite": ("levers:\n  five_g: .inf\n", ["line 2", "five_g", "inf"]),
    "intensity is a list": ("levers:\n  five_g: [1, 2]\n", ["line 2", "five_g", "[1, 2]"]),
    "intensity is nothing": ("levers:\n  five_g:\n", ["line 2", "five_g", "nothing"]),
    "start is a date": (
        "levers:\n  five_g: {intensity: 1, start: 2024-01-01}\n",
        ["line 2", "five_g", "start", "2000 to 2060"],
    ),
    "start too early": (
        "levers:\n  five_g: {intensity: 1, start: 1900}\n",
        ["line 2", "five_g", "start", "1900", "2000 to 2060"],
    ),
    "end before start": (
        "levers:\n  five_g: {intensity: 1, start: 2030, end: 2025}\n",
        ["line 2", "five_g", "2025", "2030"],
    ),
    "ramp is text": (
        "levers:\n  five_g: {intensity: 1, ramp_years: slow}\n",
        ["line 2", "five_g", "ramp_years", "'slow'", "0 to 40"],
    ),
    "ramp below zero": (
        "levers:\n  five_g: {intensity: 1, ramp_years: -1}\n",
        ["line 2", "five_g", "ramp_years", "-1", "0 to 40"],
    ),
    "unknown target": (
        "levers:\n  five_g: {intensity: 1, target: leastconnected}\n",
        ["line 2", "five_g", "'leastconnected'", "did you mean 'least_connected'"],
    ),
    "target is a number": (
        "levers:\n  five_g: {intensity: 1, target: 5}\n",
        ["line 2", "five_g", "target"],
    ),
    "target is empty": (
        "levers:\n  five_g: {intensity: 1, target: []}\n",
        ["line 2", "five_g", "target"],
    ),
    "target is no code": (
        "levers:\n  five_g: {intensity: 1, target: [ken]}\n",
        ["line 2", "five_g", "'ken'", "ISO 3166"],
    ),
    "target twice": (
        "levers:\n  five_g: {intensity: 1, target: [KEN, KEN]}\n",
        ["line 2", "five_g", "KEN", "twice"],
    ),
    "Norway is false": (
        "levers:\n  five_g: {intensity: 1, target: [KEN, no]}\n",
        ["line 2", "five_g", "'no'"],
    ),
    "unknown standard": (
        "levers:\n  regulatory_alignment: {intensity: 1, toward: un}\n",
        ["line 2", "regulatory_alignment", "'un'", "hub, eu, us"],
    ),
    "levers are a list": ("spend: all\nlevers: [five_g]\n", ["line 2", "levers"]),
    "levers are text": ("spend: all\nlevers: five_g\n", ["line 2", "levers"]),
    "title is a number": ("title: 5\nlevers: {}\n", ["line 1", "title", "text"]),
    "title is nothing": ("title:\nlevers: {}\n", ["line 1", "title", "text"]),
    "unknown spend": ("levers: {}\nspend: some\n", ["line 2", "'some'", "planned, all"]),
    "spend is a list": ("levers: {}\nspend: [all]\n", ["line 2", "spend", "planned, all"]),
    "budget below zero": (
        "levers: {}\nbudget_usd_m_per_year: -5\n",
        ["line 2", "budget_usd_m_per_year", "-5", "0 to 1e+06"],
    ),
    "budget is text": (
        "levers: {}\nbudget_usd_m_per_year: much\n",
        ["line 2", "budget_usd_m_per_year", "'much'", "0 to 1e+06"],
    ),
    "unknown policy": ("policy: hardfirst\n", ["line 1", "'hardfirst'", "'hard_first'"]),
    "policy is nothing": ("policy:\n", ["line 1", "policy"]),
    "policy is a list": ("policy: [hard_first]\n", ["line 1", "policy"]),
    "policy file is missing": ("policy: nowhere.yaml\n", ["line 1", "nowhere.yaml"]),
    "policy file is out of reach": ("policy: ../../etc/passwd\n", ["line 1", "passwd"]),
    "start out of range": ("seed: 1\nstart: 1999\n", ["line 2", "start", "1999", "2000 to 2022"]),
    "start is text": ("start: soon\n", ["line 1", "start", "'soon'", "2000 to 2022"]),
    "start between years": ("start: 2020.5\n", ["line 1", "start", "2020.5", "whole"]),
    "end before the start": ("start: 2020\nuntil: 2010\n", ["line 2", "until", "2010", "2020"]),
    "end too late": ("until: 2100\n", ["line 1", "until", "2100", "2001 to 2060"]),
    "no firms": ("firms: 0\n", ["line 1", "firms", "0", "188 to 1e+07"]),
    "half a firm": ("firms: 2.5\n", ["line 1", "firms", "2.5", "whole"]),
    "too many firms": ("firms: 1e12\n", ["line 1", "firms", "1e+12"]),
    "few platforms": ("platforms: 3\n", ["line 1", "platforms", "3", "20 to 2000"]),
    "seed below zero": ("seed: -1\n", ["line 1", "seed", "-1"]),
    "seed is a list": ("seed: [1]\n", ["line 1", "seed", "[1]"]),
    "monthly steps": ("steps_per_year: 12\n", ["line 1", "steps_per_year", "12"]),
    "six steps": ("steps_per_year: 6\n", ["line 1", "steps_per_year", "6", "4 or 8"]),
    "parameters are a list": ("parameters: [1]\n", ["line 1", "parameters"]),
    "parameters are nothing": ("seed: 1\nparameters:\n", ["line 2", "parameters"]),
    "unknown parameter": (
        "parameters:\n  adoption.imitaton: 0.3\n",
        ["line 2", "'adoption.imitaton'", "did you mean 'adoption.imitation'"],
    ),
    "parameter out of range": (
        "seed: 1\nparameters:\n  adoption.imitation: 7\n",
        ["line 3", "adoption.imitation", "7", "0.1 to 1.5 1/year"],
    ),
    "parameter is text": (
        "parameters:\n  adoption.imitation: high\n",
        ["line 2", "adoption.imitation", "'high'", "0.1 to 1.5"],
    ),
    "a constant is changed": (
        "parameters:\n  growth.lag: 3\n",
        ["line 2", "growth.lag", "3", "2 to 2"],
    ),
    "key twice": ("seed: 1\nseed: 2\n", ["line 2", "'seed'", "twice"]),
    "key is a number": ("1: 2\n", ["line 1", "1", "text"]),
    "alias": ("a: &x [1]\nb: *x\n", ["line 2", "aliases"]),
    "billion laughs": (
        "a: &a [lol, lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        ["line 2", "aliases"],
    ),
    "merge key": ("x: &x {seed: 1}\n<<: *x\n", ["line 2"]),
    "python object": ("seed: !!python/object/apply:os.system [ls]\n", ["line 1", "python"]),
    "unknown tag": ("seed: !secret 1\n", ["line 1", "secret"]),
    "two documents": ("seed: 1\n---\nseed: 2\n", ["line 2"]),
    "tabs": ("policy:\n\tlevers: {}\n", ["line 2"]),
    "open bracket": ("policy: [\n", ["line 2"]),
    "empty": ("", ["key: value"]),
    "a list": ("- 1\n", ["key: value", "list"]),
    "text": ("hello\n", ["key: value"]),
    "deep": ("a: " + "[" * 5_000 + "]" * 5_000 + "\n", []),
    "control character": ("seed: \x07\n", []),
    "long number": ("seed: " + "9" * 5_000 + "\n", []),
}


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_file_is_refused_with_file_line_key_and_what_is_allowed(
    case: str, tmp_path: Path
) -> None:
    text, said = BAD[case]
    path = write(tmp_path, text, "mine.yaml")
    with pytest.raises(InputError) as caught:
        Scenario.from_file(path)
    message = str(caught.value)
    for fragment in ["mine.yaml", *said]:
        assert fragment in message, message
    assert len(message) < 6_000


def test_files_that_are_no_text_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: cannot be read: No such file"):
        Scenario.from_file(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        Scenario.from_file(tmp_path)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"seed: \xff\xfe\n")
    with pytest.raises(InputError, match=r"binary\.yaml: not UTF-8 text \(byte 6\)"):
        Scenario.from_file(binary)
    with pytest.raises(InputError, match=r"larger than 1,000,000 bytes"):
        Scenario.from_file(write(tmp_path, "a: 1 #" + " " * MAX_BYTES))


def test_a_country_that_is_not_in_the_world_is_refused_before_the_run() -> None:
    from divide.model import DigitalDivideModel

    policy = Policy(levers={"five_g": LeverUse(1.0, target=("KEN", "XYZ"))})
    with pytest.raises(InputError, match=r"policy\.levers\.five_g\.target\[1\]: 'XYZ'"):
        DigitalDivideModel(Scenario(policy, firms=400, until=2023))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"policy": "nothing"}, "unknown policy 'nothing'"),
        ({"seed": True}, "seed: True is not a number"),
        ({"firms": float("nan")}, "firms: nan"),
        ({"firms": "many"}, "firms: 'many'"),
        ({"parameters": {"growth": 1.0}}, "unknown parameter 'growth'"),
        ({"start": None}, "start: nothing is not a number"),
    ],
)
def test_python_scenarios_are_checked_too(settings: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Scenario(**settings)
    with pytest.raises(TypeError, match="sede"):
        Scenario(sede=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("uses", "message"),
    [
        ({"five_g": LeverUse("1")}, r"five_g\.intensity: '1' is not a number"),  # type: ignore[arg-type]
        ({"five_g": LeverUse(1.0, target="KEN")}, "unknown target 'KEN'"),
        ({"five_g": LeverUse(1.0, target=("Kenya",))}, "'Kenya' is not an ISO"),
        ({"nothing": LeverUse(1.0)}, "unknown lever 'nothing'"),
    ],
)
def test_python_policies_are_checked_too(uses: dict[str, LeverUse], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Policy(levers=uses)


def test_changing_strengths_keeps_the_other_settings() -> None:
    policy = Policy.load("balanced").with_levers({"five_g": 0.0, "traceability": 0.5})
    assert policy.levers["five_g"].intensity == 0.0
    assert policy.levers["five_g"].target == "bri_members"
    assert policy.levers["traceability"] == LeverUse(0.5)
    with pytest.raises(InputError, match="five_g"):
        policy.with_levers({"five_g": -1.0})


def test_starting_later_keeps_starts_of_ones_own() -> None:
    policy = Policy.load("hard_first").starting(2025)
    assert policy.levers["five_g"].start == 2025
    assert policy.levers["skills_training"].start == 2031
