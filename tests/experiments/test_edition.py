"""The edition: two programs whose numbers may differ do not call themselves the same."""

from pathlib import Path

import pytest

from divide.experiments.keep import identity
from divide.experiments.keep.identity import edition
from divide.experiments.keep.provenance import version


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Editions are worked out each time they are asked for."""
    monkeypatch.setattr(identity, "edition", edition.__wrapped__)
    return monkeypatch


def test_it_begins_with_the_version_and_stays_the_same(anew: pytest.MonkeyPatch) -> None:
    found, dash, word = identity.edition().rpartition("-")
    assert (found, dash, len(word)) == (version(), "-", 7)
    assert identity.edition() == edition()


@pytest.mark.parametrize("part", ["code_digest", "data_digest"])
def test_other_code_and_other_figures_are_another_edition(
    anew: pytest.MonkeyPatch, part: str
) -> None:
    before = identity.edition()
    anew.setattr(identity, part, lambda: "f" * 64)
    assert identity.edition() != before


def test_another_posterior_is_another_edition(anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = identity.edition()
    other = tmp_path / "posterior.csv"
    other.write_bytes(identity.POSTERIOR.read_bytes() + b" ")
    anew.setattr(identity, "POSTERIOR", other)
    assert identity.edition() != before
