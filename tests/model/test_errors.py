"""Errors say where what is wrong stands, however many hands they went through."""

import pickle

import numpy as np
import pandas as pd
import pytest

from divide.model.declare.checks import (
    check_choice,
    check_mapping,
    check_number,
    check_text,
    check_whole,
    refuse_unknown,
)
from divide.model.declare.errors import (
    InputError,
    UnknownKeyError,
    dotted,
    inside,
    line_of,
    located,
)
from divide.model.declare.yamlfile import parse_yaml

TEXT = """\
policy:
  levers:
    five_g:
      intensity: 1
      target:
        - KEN
        - LAO
seed: 1
"""


def test_callers_put_their_keys_before_the_path() -> None:
    with pytest.raises(InputError) as caught, inside("policy"), inside("levers", "five_g"):
        check_number(1900, (2000, 2060), "(calendar year)", "start")
    error = caught.value
    assert error.path == ("policy", "levers", "five_g", "start")
    assert error.reason == "1900 is out of range; allowed: 2000 to 2060 (calendar year)"
    assert str(error) == f"policy.levers.five_g.start: {error.reason}"
    assert error.place == ""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("policy",), 1),
        (("policy", "levers", "five_g", "intensity"), 4),
        (("policy", "levers", "five_g", "target", 1), 7),
        (("policy", "levers", "five_g", "start"), 3),
        (("policy", "levers", "five_g", "target", 5), 5),
        (("policy", "levers", "five_g", "target", 1, "x"), 7),
        (("seed",), 8),
        (("firms",), None),
        ((), None),
    ],
)
def test_a_path_stands_on_the_line_of_the_nearest_key_around_it(path: tuple, line: int) -> None:
    document = parse_yaml(TEXT, "mine.yaml")
    assert line_of(document, path) == line
    with pytest.raises(InputError) as caught, located("mine.yaml", document):
        raise InputError("is wrong", path)
    assert caught.value.place == ("mine.yaml" if line is None else f"mine.yaml, line {line}")
    assert caught.value.path == path


def test_a_file_that_another_names_is_quoted_with_its_own_line() -> None:
    with (
        pytest.raises(InputError) as caught,
        located("outer.yaml", parse_yaml("seed: 1\npolicies:\n- inner.yaml\n", "outer.yaml")),
        inside("policies", 0),
        located("inner.yaml", parse_yaml("budget: -1\n", "inner.yaml")),
    ):
        check_number(-1, (0, 1), "US$", "budget")
    assert str(caught.value) == (
        "outer.yaml, line 3: policies[0]: inner.yaml, line 1: budget: "
        "-1 is out of range; allowed: 0 to 1 US$"
    )
    assert caught.value.path == ("policies", 0)


def test_an_unknown_key_is_named_once_and_keeps_its_class() -> None:
    with pytest.raises(UnknownKeyError) as caught, located("--set a=1"), inside("levers"):
        refuse_unknown({"fiveg": 1}, {"five_g", "four_g"})
    assert caught.value.path == ("levers", "fiveg")
    assert str(caught.value) == (
        "--set a=1: levers: unknown key 'fiveg'; did you mean 'five_g'? (allowed: five_g, four_g)"
    )


@pytest.mark.parametrize("kind", [InputError, UnknownKeyError])
def test_an_error_crosses_to_another_process_whole(kind: type[InputError]) -> None:
    error = kind("is wrong", ("levers", "five_g", 0), "mine.yaml, line 3")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.reason, back.path, back.place) == (error.reason, error.path, error.place)
    assert str(back) == str(error)


def test_paths_as_people_read_them() -> None:
    assert dotted(("policies", 0, "levers", "five_g")) == "policies[0].levers.five_g"
    assert dotted(("parameters", "adoption.imitation")) == "parameters.adoption.imitation"
    assert dotted(()) == ""


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int64(3), np.uint8(3), np.float32(3), np.float64(3), pd.Series([3])[0]]
)
def test_numbers_of_other_libraries_are_numbers(value: object) -> None:
    number, whole = check_number(value, (0, 5), ""), check_whole(value, (0, 5), "")
    assert (number, type(number), whole, type(whole)) == (3.0, float, 3, int)


def test_large_whole_numbers_keep_every_digit() -> None:
    assert check_whole(np.int64(2**63 - 1), (0, 2**63 - 1), "") == 2**63 - 1
    with pytest.raises(InputError, match="out of range"):
        check_whole(2**63, (0, 2**63 - 1), "")


@pytest.mark.parametrize("value", [True, np.True_, "3", None, [3], np.ones(1), 3j, np.nan, pd.NA])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(InputError) as caught:
        check_number(value, (0, 5), "years", "ramp_years")
    assert caught.value.path == ("ramp_years",)
    assert "allowed: 0 to 5 years" in str(caught.value)


def test_the_other_checks_say_what_is_allowed() -> None:
    assert check_choice("all", ("planned", "all"), "spend") == "all"
    with pytest.raises(InputError, match=r"^spend: 'some'; allowed: planned, all$"):
        check_choice("some", ("planned", "all"), "spend")
    assert check_text("x", "title") == "x"
    with pytest.raises(InputError, match=r"^title: must be text, not 5$"):
        check_text(5, "title")
    assert check_mapping({"a": 1}, "names to numbers", "x") == {"a": 1}
    with pytest.raises(InputError, match=r"^x: must map names to numbers, not \[1\]$"):
        check_mapping([1], "names to numbers", "x")
    with pytest.raises(InputError) as caught:
        check_text(["long"] * 1000, "title")
    assert len(str(caught.value)) < 150
