"""Experiment files: what they mean, and what is said about those that cannot be run."""

import json
from pathlib import Path

import pytest

from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.file import shipped
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy

WHOLE = """\
title: A test
uncertainties:
  adoption.imitation: [0.2, 0.5]
  adoption.neighbours: declared
levers:
  five_g: [0, 2000]
  skills_training: [0, 1e6, 2e6]
constants: {start: 2021, until: 2022, firms: 400, trade.border: 0.2}
outcomes: [usage_gini, years_offline]
countries: [internet_users]
policies: [balanced, own.yaml]
design: {kind: latin_hypercube, n: 6}
replicates: 2
seed: 5
every: quarter
limit_s: 20
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text("levers: {five_g: 10}\n", encoding="utf-8")
    return tmp_path


def read(folder: Path, text: str) -> Experiment:
    path = folder / "e.yaml"
    path.write_text(text, encoding="utf-8")
    return Experiment.from_file(path)


def test_a_file_means_what_it_says(folder: Path) -> None:
    e = read(folder, WHOLE)
    assert (e.name, e.title, e.source) == ("e", "A test", WHOLE)
    assert e.names == ("status_quo", "balanced", "own") and e.reference == "status_quo"
    assert (e.base.start, e.base.until, e.base.seed, e.base.firms) == (2021, 2022, 5, 400)
    assert e.base.parameters == {"trade.border": 0.2}
    assert (e.outcomes, e.countries) == (("usage_gini", "years_offline"), ("internet_users",))
    assert (e.every, e.limit_s, e.replicates) == ("quarter", 20, 2)
    assert list(e.inputs()) == [
        "point", "adoption.imitation", "adoption.neighbours", "five_g", "skills_training"
    ]  # fmt: skip
    assert e.inputs()["adoption.neighbours"].between(0, 0.2).all()
    assert set(e.inputs()["skills_training"]) == {0, 1e6, 2e6}
    assert len(e) == 2 * 6 * 3


def test_a_mapping_is_the_same_experiment(folder: Path) -> None:
    own = Policy.load(folder / "own.yaml")
    e = Experiment.from_mapping(
        {
            "uncertainties": {"adoption.imitation": [0.2, 0.5], "adoption.neighbours": "declared"},
            "levers": {"five_g": [0, 2000], "skills_training": [0, 1e6, 2e6]},
            "constants": {"start": 2021, "until": 2022, "firms": 400, "trade.border": 0.2},
            "outcomes": ["usage_gini", "years_offline"],
            "countries": ["internet_users"],
            "policies": ["balanced", own],
            "design": {"kind": "latin_hypercube", "n": 6},
            "replicates": 2,
            "seed": 5,
            "every": "quarter",
        }
    )
    assert e.digest == read(folder, WHOLE).digest


@pytest.mark.parametrize("change", ["# a comment\n", "", "limit_s"])
def test_comments_names_and_limits_do_not_make_another_experiment(
    folder: Path, change: str
) -> None:
    text = WHOLE.replace("limit_s: 20", "limit_s: 30") if change == "limit_s" else change + WHOLE
    other = folder / "other.yaml"
    other.write_text(text.replace("A test", "Another title"), encoding="utf-8")
    assert Experiment.from_file(other).digest == read(folder, WHOLE).digest


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("seed: 5", "seed: 6", "constants"),
        ("five_g: 10", "five_g: 11", "policy own"),
        ("[usage_gini, years_offline]", "[usage_gini]", "outcomes"),
        ("replicates: 2", "replicates: 3", "settings"),
        ("[0.2, 0.5]", "[0.2, 0.4]", "design points"),
    ],
)
def test_the_identity_says_what_differs(folder: Path, old: str, new: str, part: str) -> None:
    before = read(folder, WHOLE).identity
    for path in (folder / "e.yaml", folder / "own.yaml"):
        path.write_text(path.read_text().replace(old, new))
    after = Experiment.from_file(folder / "e.yaml").identity
    assert part in {name for name in before if before[name] != after.get(name)}
    assert "policy balanced" not in {name for name in before if before[name] != after[name]}


def test_plain_data_and_points_give_the_experiment_back(folder: Path) -> None:
    e = read(folder, WHOLE)
    back = Experiment.from_dict(json.loads(json.dumps(e.as_dict())), e.inputs())
    assert back.digest == e.digest
    assert [back.digest_of(i) for i in range(len(e))] == [e.digest_of(i) for i in range(len(e))]
    assert back.run(20).scenario == e.run(20).scenario


@pytest.mark.parametrize("name", ["pathways", "levers", "sobol"])
def test_shipped_experiments_can_be_run(name: str) -> None:
    e = Experiment.from_file(name)
    assert len(e.distinct()) == {"pathways": 520, "levers": 1000, "sobol": 2560}[name]
    e.run(len(e) - 1)


def test_every_shipped_experiment_is_tested() -> None:
    assert set(shipped()) == {"pathways", "levers", "sobol"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("title:", "titel:", "e.yaml, line 1: unknown key 'titel'; did you mean 'title'?"),
        ("adoption.imitation:", "adoption.imitatoin:",
         "e.yaml, line 3: uncertainties: unknown uncertainty 'adoption.imitatoin'; did you mean "
         "'adoption.imitation'?"),
        ("five_g:", "fiveg:",
         "e.yaml, line 6: levers: unknown lever 'fiveg'; did you mean 'five_g'?"),
        ("[0, 2000]", "[0, 2e9]",
         "e.yaml, line 6: levers.five_g[1]: 2e+09 is out of range; allowed: 0 to 20000 "
         "US$ million/year"),
        ("[0.2, 0.5]", "[0.5, 0.2]",
         "line 3: uncertainties.adoption.imitation: [0.5, 0.2]: the first must be less "
         "than the second"),
        ("[0.2, 0.5]", "prior",
         'line 3: uncertainties.adoption.imitation: \'prior\'; allowed: [low, high], '
         'a list of values, or "declared"'),
        ("until: 2022", "until: 2019", "line 8: constants.until: 2019 is not after start 2021"),
        ("trade.border: 0.2", "trade.border: 2", "line 8: constants.trade.border: 2 is out of"),
        ("trade.border: 0.2", "adoption.imitation: 0.3",
         "line 8: constants.adoption.imitation: is varied by the design and cannot be fixed"),
        ("firms: 400", "firm: 400",
         "line 8: constants: unknown constant 'firm'; did you mean 'firms'?"),
        ("firms: 400", "seed: 400", "line 8: constants.seed: stands outside constants"),
        ("[usage_gini,", "[usage_gin,",
         "line 9: outcomes[0]: unknown outcome 'usage_gin'; did you mean"),
        ("[usage_gini, years_offline]", "[usage_gini, usage_gini]", "usage_gini stands twice"),
        ("[internet_users]", "[internet_user]",
         "line 10: countries[0]: unknown country column 'internet_user'; did you mean "
         "'internet_users'"),
        ("[balanced, own.yaml]", "[balance]",
         "line 11: policies[0]: unknown policy 'balance'; did you mean"),
        ("[balanced, own.yaml]", "[gone.yaml]", "gone.yaml: cannot be read: No such file"),
        ("[balanced, own.yaml]", "[balanced, balanced]", "two policies are called 'balanced'"),
        ("latin_hypercube", "latin_hypercub",
         "line 12: design.kind: unknown kind of design 'latin_hypercub'; did you mean"),
        ("{kind: latin_hypercube, n: 6}", "{kind: sobol, n: 6}",
         "line 12: design.n: 6; allowed: powers of two, for example 8"),
        ("{kind: latin_hypercube, n: 6}", "{kind: morris, n: 6, levels: 3}",
         "line 12: design.levels: 3; allowed: even numbers from 2"),
        ("{kind: latin_hypercube, n: 6}", "{kind: morris, n: 6}",
         "morris steps through ranges; give skills_training as [low, high]"),
        ("{kind: latin_hypercube, n: 6}", "{kind: factorial}",
         "line 12: design: levels is missing"),
        ("{kind: latin_hypercube, n: 6}", "{kind: factorial, levels: 900}",
         "points of 4 factors; allowed: 12,500,000 points"),
        ("n: 6}", "n: 6, levels: 3}", "line 12: design: unknown key 'levels'"),
        ("n: 6}", "n: 6.5}", "line 12: design.n: 6.5 is not a whole number"),
        ("design: {kind: latin_hypercube, n: 6}\n", "", "design is missing; allowed kinds: fact"),
        ("replicates: 2", "replicates: 0", "line 13: replicates: 0 is out of range; allowed: 1"),
        ("replicates: 2", "replicates: {precision: 0.1, outcome: usage_gini}",
         "line 13: replicates: at_most is missing"),
        ("replicates: 2", "replicates: {precision: 0.1, outcome: trust, at_most: 9}",
         "unknown kept outcome 'trust'"),
        ("every: quarter", "every: month", "line 15: every: 'month'; allowed: year, quarter"),
        ("limit_s: 20", "limit_s: 0", "line 16: limit_s: 0 is out of range"),
        ("policies:", "policies: !!python/name:os.system\nx:", "line 11: tags are not allowed"),
        ("replicates: 2", "replicates: 100000\nreference: none\nlimit: 1", "unknown key 'limit'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(
    folder: Path, old: str, new: str, complaint: str
) -> None:
    assert old in WHOLE
    with pytest.raises(InputError) as caught:
        read(folder, WHOLE.replace(old, new, 1))
    assert complaint in str(caught.value)


def test_too_many_runs_are_refused(folder: Path) -> None:
    text = WHOLE.replace("n: 6", "n: 60").replace("replicates: 2", "replicates: 100000")
    with pytest.raises(InputError, match=r"18,000,000 runs; allowed: 10,000,000"):
        read(folder, text)


def test_nothing_to_run_is_refused() -> None:
    with pytest.raises(InputError, match="policies is missing, and reference is none"):
        Experiment.from_mapping({"reference": "none"})


@pytest.mark.parametrize("name", ["pathway", "file.txt"])
def test_an_unknown_experiment_is_told_from_those_that_ship(name: str) -> None:
    with pytest.raises(InputError, match=r"unknown experiment .*pathways"):
        Experiment.from_file(name)


@pytest.mark.parametrize("odd", ["[[1]]", "{a: 1}", ".nan", "true", "-1", "''", "1e400", "[]", "x"])
def test_any_other_kind_of_value_is_refused_in_one_line(folder: Path, odd: str) -> None:
    said = []
    for line in WHOLE.splitlines():
        for value in (line.partition(": ")[2], *line.replace("}", ",").split(": ")[2:]):
            value = value.partition(",")[0]
            if not value or line.startswith("title"):
                continue
            try:
                read(folder, WHOLE.replace(line, line.replace(value, odd, 1)))
            except InputError as error:
                said.append(str(error))
    assert len(said) >= 10
    assert all("e.yaml" in text and "\n" not in text for text in said), said
