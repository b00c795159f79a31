"""Claims of files: what is refused, how they are judged, and that those of the page still hold."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main
from divide.experiments.read.claims import Claim, Found, read_claims, stands
from divide.experiments.read.findings import MEASURES, VARIANTS, experiment
from divide.model.declare.errors import InputError

OWN = """\
title: Money helps
experiment:
  policies: [balanced]
  constants: {start: 2021, until: 2023, firms: 400, platforms: 20}
  outcomes: [people_offline, spend]
variants:
  as_is: {}
  no_peers: {firms.peers: 0}
claims:
- {better: balanced, worse: status_quo, by: people_offline, verdict: holds}
"""


def test_claims_of_the_page_are_not_refuted_by_a_sample(tmp_path: Path) -> None:
    asked = ["--draws", "4", "--variant", "as_is", "--threads", "--out", str(tmp_path / "runs")]
    done = CliRunner().invoke(main, ["claims", *asked])
    assert done.exit_code == 0, done.output
    *_, last = done.stdout.splitlines()
    assert " 0 no longer" in last
    assert not last.startswith("0 not refuted")


def test_the_file_of_the_page_asks_for_the_runs_of_the_page() -> None:
    claims = read_claims("findings", draws=2)
    assert list(claims.experiments) == [variant.name for variant in VARIANTS]
    for variant in VARIANTS[:2]:
        assert claims.experiments[variant.name].digest == experiment(variant, 2).digest


def test_a_claim_of_ones_own_and_its_opposite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(OWN)
    Path("wrong.yaml").write_text(
        OWN.replace("better: balanced, worse: status_quo", "better: status_quo, worse: balanced")
    )
    for name, status, word in (("mine", 0, "stands"), ("wrong", 1, "NO LONGER")):
        done = CliRunner().invoke(main, ["claims", f"{name}.yaml", "--threads", "--out", "runs"])
        assert done.exit_code == status, done.output
        assert done.stdout.splitlines()[1].startswith(word)


def found(verdict: str | None, least: float, chance: float) -> Found:
    claim = Claim("a", "b", MEASURES[1], 0.9, verdict)
    return Found(claim, 1.0, least, "as_is", least >= 0.9, chance)


def test_fewer_draws_refute_only_what_chance_would_not_do() -> None:
    cases = [
        (found("holds", 0.95, 1), True, True),
        (found("holds", 0.8, 0.3), False, True),
        (found("holds", 0.2, 1e-4), False, False),
        (found("open", 0.8, 0.3), True, None),
        (found("open", 1.0, 1), False, None),
        (found(None, 1.0, 1), None, None),
    ]
    for each, whole, sampled in cases:
        assert stands(each, whole=True) is whole
        assert stands(each, whole=False) is sampled


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("by: people_offline", "by: people_ofline", "did you mean 'people_offline'"),
        ("worse: status_quo", "worse: balanced", "compared with itself"),
        ("worse: status_quo", "worse: nobody", "nobody"),
        ("verdict: holds", "verdict: true", "verdict"),
        ("verdict: holds", "share: 2", "share: 2 is out of range"),
        (", by: people_offline", "", "by is missing"),
        ("firms.peers: 0", "firms.peer: 0", "did you mean 'firms.peers'"),
        ("policies: [balanced]", "policies: [balance]", "did you mean 'balanced'"),
        ("title: Money helps", "titel: x", "unknown key 'titel'"),
    ],
)
def test_a_bad_file_is_refused_before_any_run(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(InputError) as refused:
        read_claims(path)
    assert str(path) in str(refused.value)
    assert says in str(refused.value)
