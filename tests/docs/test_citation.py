"""The citation file names what its format requires."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_citation_file_is_complete() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert cited["authors"]
    assert cited["license"] == "MIT"
