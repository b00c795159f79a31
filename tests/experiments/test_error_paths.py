"""A wrong value anywhere in a file is refused with its path and its line."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from divide.experiments.plan import factors, file
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

ROOT = Path(__file__).parents[2]
POLICY = {
    "title": "A test",
    "purpose": "To test",
    "source": "assumed",
    "budget_usd_m_per_year": 500,
    "spend": "all",
    "levers": {
        "skills_training": 1e6,
        "regulatory_alignment": {
            "intensity": 0.5,
            "start": 2024,
            "end": 2030,
            "ramp_years": 2,
            "target": ["KEN", "LAO"],
            "toward": "eu",
        },
        "five_g": {"intensity": 10, "target": "least_connected"},
    },
}
SCENARIO = {
    "policy": POLICY,
    "start": 2020,
    "until": 2030,
    "seed": 7,
    "firms": 1000,
    "platforms": 80,
    "steps_per_year": 8,
    "parameters": {"adoption.imitation": 0.25, "trade.border": 0.2},
    "extensions": ["extra.py"],
    "draw": 3,
}
NAMED = {"firms": 1000, "policy": "balanced"}
HYPERCUBE = {
    "title": "A test",
    "extensions": ["extra.py"],
    "uncertainties": {"adoption.imitation": [0.2, 0.5], "adoption.neighbours": "declared"},
    "levers": {"five_g": [0, 2000], "skills_training": [0, 1e6, 2e6]},
    "constants": {
        "start": 2021,
        "until": 2022,
        "firms": 400,
        "platforms": 30,
        "draw": 2,
        "trade.border": 0.2,
    },
    "outcomes": ["usage_gini", "years_offline"],
    "countries": ["internet_users"],
    "policies": ["balanced", "own.yaml"],
    "reference": "soft_first",
    "design": {"kind": "latin_hypercube", "n": 6},
    "replicates": {"precision": 0.1, "outcome": "usage_gini", "at_least": 3, "at_most": 9},
    "random_numbers": "by_point",
    "draws": "by_replicate",
    "seed": 5,
    "every": "quarter",
    "limit_s": 20,
}
SOBOL = {
    "constants": {"steps_per_year": 8},
    "levers": {"five_g": "declared"},
    "design": {"kind": "sobol", "n": 8, "second_order": True},
    "replicates": 2,
}
MORRIS = {"levers": {"five_g": [0, 9]}, "design": {"kind": "morris", "n": 8, "levels": 4}}
TABLE = {"design": {"kind": "table", "file": "t.csv"}, "policies": ["balanced"]}
POSTERIOR = {"design": {"kind": "posterior", "n": 2, "file": "d.csv"}}
PREDICTIVE = {"design": {"kind": "predictive", "n": 2, "again": True, "file": "d.csv"}}

Read = Callable[[Path], object]
FILES: dict[str, tuple[dict[str, Any], Read]] = {
    "scenario": (SCENARIO, Scenario.from_file),
    "scenario with a package": (NAMED, Scenario.from_file),
    "package as a scenario": (POLICY, Scenario.from_file),
    "package": (POLICY, Policy.load),
    "hypercube": (HYPERCUBE, Experiment.from_file),
    "sobol": (SOBOL, Experiment.from_file),
    "morris": (MORRIS, Experiment.from_file),
    "table": (TABLE, Experiment.from_file),
    "posterior": (POSTERIOR, Experiment.from_file),
    "predictive": (PREDICTIVE, Experiment.from_file),
}
PACKAGES = ("package", "package as a scenario")
#: One of these is wrong wherever it stands; each can be found in the text of a file.
WRONG = ("wrong_value", -98765432109)


def places(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key and every item of plain data, from the outside in."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)  # type: ignore[arg-type]
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def got(data: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at `path`."""
    for key in path:
        data = data[key]
    return data


def put(data: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """The data with another value at `path`."""
    changed = deepcopy(data)
    got(changed, path[:-1])[path[-1]] = value
    return changed


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    (tmp_path / "own.yaml").write_text("levers: {five_g: 10}\n", encoding="utf-8")
    (tmp_path / "t.csv").write_text("five_g\n1\n2\n", encoding="utf-8")
    (tmp_path / "d.csv").write_text("adoption.imitation\n0.3\n0.4\n", encoding="utf-8")
    extra = "from divide import Extension\n\nextra = Extension('extra', 'Nothing more')\n"
    (tmp_path / "extra.py").write_text(extra, encoding="utf-8")

    def made(data: dict[str, Any]) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return path

    return made


def refused(read: Read, path: Path, mark: object) -> InputError | None:
    """What is said about a file, after checking that it names the line that `mark` stands on."""
    try:
        read(path)
    except InputError as caught:
        error = caught
    else:
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(k for k, text in enumerate(lines, start=1) if str(mark) in text)
    assert error.place == f"{path}, line {line}", error
    assert str(error).startswith(f"{path}, line {line}: ")
    return error


CASES = [(name, path) for name, (data, _) in FILES.items() for path in places(data)]


@pytest.mark.parametrize(("name", "path"), CASES, ids=[f"{n}: {p}" for n, p in CASES])
def test_a_wrong_value_is_refused_with_its_path_and_line(
    name: str, path: tuple[str | int, ...], write: Callable
) -> None:
    data, read = FILES[name]
    errors = [refused(read, write(put(data, path, wrong)), wrong) for wrong in WRONG]
    said = [error for error in errors if error is not None]
    assert said, "no wrong value was refused"
    for error in said:
        lever = path[-2:-1] == ("levers",) and name in ("scenario", *PACKAGES)
        # What stands for all settings of a lever is its intensity.
        assert error.path == ((*path, "intensity") if lever else path), error


MAPPINGS = [
    (name, path)
    for name, (data, _) in FILES.items()
    for path in [(), *places(data)]
    if isinstance(got(data, path), dict)
]


@pytest.mark.parametrize(("name", "path"), MAPPINGS, ids=[f"{n}: {p}" for n, p in MAPPINGS])
def test_an_unknown_key_is_refused_with_its_path_and_line(
    name: str, path: tuple[str | int, ...], write: Callable
) -> None:
    data, read = FILES[name]
    error = refused(read, write(put(data, (*path, "wrong_key"), 1)), "wrong_key")
    assert error is not None and error.path == (*path, "wrong_key")
    assert str(error).count("wrong_key") == 1, "the key is named once"


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_right_as_they_stand(name: str, write: Callable) -> None:
    data, read = FILES[name]
    read(write(data))


def test_every_key_is_tried() -> None:
    fields = Scenario.__dataclass_fields__
    assert set(SCENARIO) == set(fields)
    policy = {key.removesuffix("_usd_m_per_year") for key in POLICY}
    assert policy == set(Policy.__dataclass_fields__) - {"name"}
    assert set(POLICY["levers"]["regulatory_alignment"]) == set(LeverUse.__dataclass_fields__)
    experiments = [HYPERCUBE, SOBOL, MORRIS, TABLE, POSTERIOR, PREDICTIVE]
    assert set().union(*experiments) == file.KEYS
    constants = set().union(*(data.get("constants", {}) for data in experiments))
    assert constants >= set(file.CONSTANTS)
    designs = {key for data in experiments for key in data["design"]}
    assert designs == {"kind"}.union(*factors.SETTINGS.values())


def test_no_code_reads_the_text_of_an_error() -> None:
    cuts = re.compile(r"str\((?:error|exc|e)\)\.(?:r?split|r?partition|remove|starts|ends|find)")
    rooms = (ROOT / room for room in ("model", "experiments", "calibration", "app"))
    files = [path for room in rooms for path in room.rglob("*.py")]
    assert len(files) > 100
    assert [path for path in files if cuts.search(path.read_text(encoding="utf-8"))] == []
