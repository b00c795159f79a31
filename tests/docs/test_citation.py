"""The citation file is what its format allows, and cites the version that there is."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
#: The schema of the Citation File Format 1.2.0 (CC BY 4.0), without its descriptions.
SCHEMA = json.loads(Path(__file__).with_name("cff-1.2.0.json").read_text("utf-8"))


def cited() -> dict[str, object]:
    """Dates as they are written: the schema knows text only."""
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    loaded: dict[str, object] = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


def test_the_citation_file_is_valid() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(cited())
    wrong = cited() | {"license": "none that there is"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(wrong)


def test_it_cites_this_version_under_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert cited()["version"] == project["version"]
    assert cited()["license"] == project["license"] == "MIT"
