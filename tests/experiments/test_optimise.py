"""The search for policies: what is refused, aims, resuming, and that the front is what runs say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from divide.experiments.carry import engine
from divide.experiments.carry.threads import Threads
from divide.experiments.cli.main import main
from divide.experiments.optimise.aims import figures, hypervolume, losses, unbeaten
from divide.experiments.optimise.candidate import Dimension
from divide.experiments.optimise.question import Aim, read_question
from divide.experiments.optimise.search import begin
from divide.experiments.optimise.switch import best
from divide.experiments.optimise.trial import tried
from divide.model.declare.errors import InputError
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

FILE = """\
budget_usd_m_per_year: 2000
levers:
  five_g: [0, 4000]
  skills_training: {intensity: [0, 4.0e+6], target: [all, least_connected]}
aims:
- {outcome: years_offline}
- {outcome: years_offline, of: worst_decile}
- {outcome: hub_dependence, of: regret}
constants: {start: 2021, until: 2023, firms: 400, platforms: 20}
draws: 2
population: 8
generations: 2
beside: [balanced, soft_first]
adaptive: {at: [2023], members: 2}
"""


def test_the_command_searches_goes_on_and_shows_the_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("search.yaml").write_text(FILE)
    command = ["optimise", "search.yaml", "--out", "found", "--threads"]
    made: list[Threads] = []
    monkeypatch.setattr(engine, "Threads", lambda *given: made.append(Threads(*given)) or made[-1])
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert len(made) == 1, "workers are started once for the whole search"
    told = [line for line in done.stderr.splitlines() if line.startswith("generation")]
    assert len(told) == 2
    volumes = [float(line.split("hypervolume ")[1].split()[0]) for line in told]
    assert volumes == sorted(volumes)
    front = Path("found/front.csv").read_bytes()
    page = Path("found/front.html").read_text()
    assert "Balanced package" in page
    assert page.count("<svg") == 3
    assert "<script" not in page
    shards = sorted(Path("found").rglob("*.parquet"))
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 0, again.output
    assert len(made) == 1, "and not at all where nothing is left to do"
    assert (Path("found/front.csv").read_bytes(), Path("found/front.html").read_text()) == (
        front,
        page,
    )
    assert sorted(Path("found").rglob("*.parquet")) == shards, "nothing was run again"
    table = pd.read_csv("found/front.csv")
    assert table["spent_usd_m_per_year"].to_numpy() == pytest.approx(2000, rel=0.02)
    policy = Policy.load(f"found/policies/{table['policy'][0]}.yaml")
    question = read_question("search.yaml")
    outcomes = tried(question, [policy], Path("again"), threads=True)
    assert outcomes["years_offline"].mean() == table["years_offline"][0]
    Path("search.yaml").write_text(FILE.replace("draws: 2", "draws: 3"))
    other = CliRunner().invoke(main, command)
    assert other.exit_code == 2
    assert "holds another search" in other.stderr


def test_aims_are_means_worst_deciles_and_regrets() -> None:
    ends = {"x": np.array([[1.0, 2, 3, 10], [4, 4, 4, 4]])}
    beside = {"x": np.array([[2.0, 2, 2, 2], [5, 1, 5, 5]])}

    def aim(of: str, better: str) -> Aim:
        return Aim("x", of, better, "x", "")  # type: ignore[arg-type]

    lower = [aim(of, "lower") for of in ("mean", "worst_decile", "regret")]
    assert figures(lower, ends, beside).tolist() == [[4, 10, 8], [4, 4, 3]]
    higher = [aim(of, "higher") for of in ("mean", "worst_decile", "regret")]
    assert figures(higher, ends, beside).tolist() == [[4, 1, 4], [4, 4, 1]]
    assert losses(higher, np.array([[4.0, 1, 4]])).tolist() == [[-4, -1, 4]]


def test_the_front_is_what_nothing_beats() -> None:
    loss = np.array([[1.0, 3], [2, 2], [3, 1], [2, 3], [2, 2], [3, 3]])
    assert unbeaten(loss).tolist() == [0, 1, 2]
    box = np.zeros(2), np.full(2, 4.0)
    assert hypervolume(loss[:1], *box) == pytest.approx(3 / 16)
    assert hypervolume(loss, *box) == pytest.approx((1 + 2 + 3) / 16)


def test_a_point_is_a_strength_a_quarter_or_a_target() -> None:
    assert Dimension("five_g", "intensity", 10, 30).value(0.25) == 15
    assert Dimension("five_g", "start", 2023, 2025).value(0.4) == 2023.75
    where = Dimension("five_g", "target", 0, 1, ("all", "partners"))
    assert [where.value(u) for u in (0, 0.49, 0.5, 1)] == ["all", "all", "partners", "partners"]


def test_a_policy_can_change_on_what_is_seen() -> None:
    wide = Policy("wide", spend="planned", levers={"five_g": LeverUse(3000.0)})
    people = Policy("people", levers={"skills_training": LeverUse(3e6)})
    trunk = DigitalDivideModel(Scenario(policy=wide, start=2021, until=2023, firms=400))
    while trunk.year < 2023:
        trunk.step()
    same = trunk.switch(wide).run().outcomes
    other = trunk.switch(people).run().outcomes
    alone = trunk.fork(trunk.plan).run().outcomes
    assert all(np.array_equal(same[name], alone[name], equal_nan=True) for name in alone)
    assert other["skills_mean"][-1] > alone["skills_mean"][-1]
    assert np.array_equal(other["spend"][:5], alone["spend"][:5])


def test_a_rule_is_judged_on_worlds_it_was_not_chosen_on(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text(FILE)
    question = read_question(path)
    rng = np.random.default_rng(1)
    rows = []
    for world in range(12):
        sign = float(world % 2) + 0.01 * rng.random()
        for first in "ab":
            for then in "ab":
                good = then == ("a" if sign > 0.5 else "b")
                rows.append((world, first, then, sign, rng.random(), 0.0 if good else 10.0))
    columns = ["world", "policy", "then", "at_usage_mean", "at_people_offline", "years_offline"]
    rule = best(pd.DataFrame(rows, columns=columns), question, 2022, ["a", "b"])
    assert (rule.signpost, rule.above, rule.below) == ("usage_mean", "a", "b")
    assert 0.1 < rule.threshold < 1
    assert rule.value == 0
    assert rule.static >= 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("five_g:", "fiveg:", "line 3: levers: unknown lever 'fiveg'; did you mean 'five_g'"),
        ("[0, 4000]", "[3, 3]", "line 3: levers.five_g.intensity: [3, 3]: the first must be less"),
        ("[0, 4000]", "[0, 4.0e+9]", "line 3: levers.five_g.intensity[1]: 4e+09 is out of range"),
        ("[all, least_connected]", "[all]", "must list at least two"),
        ("[all, least_connected]", "[all, nobody]", "nobody"),
        ("{outcome: years_offline}", "{outcome: years_ofline}", "did you mean 'years_offline'"),
        ("of: regret", "of: median", "median"),
        ("of: worst_decile", "of: mean", "an aim stands twice"),
        ("at: [2023]", "at: [2022]", "2022 is out of range"),
        ("population: 8", "population: 2", "population: 2 is out of range"),
        ("draws: 2", "draw: 2", "unknown key 'draw'"),
        ("until: 2023", "untill: 2023", "did you mean 'until'"),
        ("beside: [balanced,", "beside: [balance,", "did you mean 'balanced'"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text(FILE.replace(old, new))
    with pytest.raises(InputError) as refused:
        read_question(path)
    assert str(path) in str(refused.value)
    assert says in str(refused.value)


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text(FILE)
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"holds 'thesis.txt' and no search"):
        begin(read_question(path), place)
    assert [each.name for each in place.iterdir()] == ["thesis.txt"]
