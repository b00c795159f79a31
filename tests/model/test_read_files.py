"""Numbers, words and files as strangers write them: read as what stands there, or refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from divide.model.declare.checks import plain_number
from divide.model.declare.countries import country_names
from divide.model.declare.errors import InputError
from divide.model.declare.files import read_text
from divide.model.declare.yamlfile import dump_yaml, parse_yaml, read_yaml
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

TEXTS = [
    "0500", "00", "-07", "10:30", "1:30:00", "1_000", "0x1F", "0o17", "0b1", "1 000", "0,5", ".",
    "1.5.2", "1e", "yes", "No", "NO", "on", "off", "y", "2024-01-01", "2024-01-01 10:00:00", "=",
    "<<", "inf", "nan", "\N{ARABIC-INDIC DIGIT THREE}", "9" * 5_000, "0x" + "f" * 5_000,
]  # fmt: skip
NUMBERS = {
    "0": 0, "-3": -3, "+5": 5, "2e6": 2e6, ".5e3": 500.0, "1.": 1.0, "0.25": 0.25, "-.5": -0.5,
    "1E-3": 0.001, ".inf": np.inf, "-.INF": -np.inf,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_what_only_yaml_1_1_takes_for_a_number_or_truth_is_text(text: str) -> None:
    assert parse_yaml(f"a: {text}", "f") == {"a": text}
    assert parse_yaml(f"a: [{text}]", "f") == {"a": [text]} or "," in text


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_those_of_yaml_1_2(text: str) -> None:
    found = parse_yaml(f"a: {text}", "f")["a"]
    assert (found, type(found)) == (NUMBERS[text], type(NUMBERS[text]))


@pytest.mark.parametrize("text", [*TEXTS, *NUMBERS, "true", "~", "null", "", "plain", "# no"])
def test_text_that_looks_like_something_else_is_written_so_that_it_comes_back(text: str) -> None:
    assert parse_yaml(dump_yaml({"a": text}), "f") == {"a": text}


@pytest.mark.parametrize("tag", ["!!int 0500", "!!python/name:os.system", "!mine 5", "!!set {a}"])
def test_tags_are_refused_with_their_line(tag: str) -> None:
    with pytest.raises(InputError, match="f, line 2: tags are not allowed: "):
        parse_yaml(f"b: 1\na: {tag}", "f")


@pytest.mark.parametrize(
    "line", ["five_g: 0500", "five_g: 10:30", "five_g: 1_000", "five_g: yes", "five_g: 0x1F"]
)
def test_a_value_that_would_change_in_silence_is_refused_at_key_and_line(
    line: str, tmp_path: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"title: P\nlevers:\n  {line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.yaml, line 3: levers\.five_g\.intensity: '.*not a n"):
        Policy.load(path)


def test_norway_is_no_truth_value(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("levers:\n  five_g: {intensity: 1, target: [NO]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="'NO' is not an ISO 3166-1 alpha-3 code"):
        Policy.load(path)


@pytest.mark.parametrize("name", ["p.yaml", "p.YAML", "p.Yml", "p\udcff.yaml"])
def test_byte_order_marks_and_endings_in_capitals_change_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbftitle: P\r\nlevers: {five_g: 1}\r\n")
    assert Policy.load(path).levers["five_g"].intensity == 1


def test_pipes_devices_and_folders_are_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    link = tmp_path / "link.yaml"
    link.symlink_to("/dev/zero")
    for path in (pipe, link, Path("/dev/null")):
        with pytest.raises(InputError, match="not a regular file"):
            read_yaml(path)
    with pytest.raises(InputError, match="Is a directory"):
        read_yaml(tmp_path)
    with pytest.raises(InputError, match="larger than 3 bytes"):
        read_text(Path(__file__), 3)


@pytest.mark.parametrize("key", ["parameters", "extensions", "seed", "policy"])
def test_a_key_with_nothing_behind_it_is_named(key: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"until: 2030\n{key}:\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"s\.yaml, line 2: {key}: .*nothing"):
        Scenario.from_file(path)


@pytest.mark.parametrize(
    "seed", [2**63, 10**30, 10**5_000, -(10**5_000)], ids=["next", "30", "5000", "-5000"]
)
def test_a_seed_of_any_length_is_refused_in_one_line(seed: int) -> None:
    with pytest.raises(InputError, match=r"^seed: .{1,60} is out of range; allowed: 0 to "):
        Scenario(seed=seed)


@pytest.mark.parametrize("text", ["seed: " + "9" * 5_000, "seed: 0x" + "f" * 5_000])
def test_a_seed_of_any_length_is_refused_in_a_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"s\.yaml, line 1: seed: '.{1,100} is not a number"):
        Scenario.from_file(path)


@pytest.mark.parametrize("firms", [1, 100, 187])
def test_a_scenario_that_exists_has_a_firm_for_each_country(firms: int, tmp_path: Path) -> None:
    message = rf"firms: {firms} is out of range; allowed: 188 to 1e\+07 firms"
    with pytest.raises(InputError, match=message):
        Scenario(firms=firms)
    path = tmp_path / "s.yaml"
    path.write_text(f"seed: 1\nfirms: {firms}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"s\.yaml, line 2: {message}"):
        Scenario.from_file(path)


def test_the_fewest_firms_allowed_can_be_run() -> None:
    plan = Scenario(firms=len(country_names()), until=2023)
    assert len(DigitalDivideModel(plan).firms) == 188


def test_plain_number_leaves_text_alone() -> None:
    assert plain_number("many") == "many"
    assert plain_number("9007199254740993") == 9007199254740993
