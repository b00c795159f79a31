"""The story of a step is found out by watching: for the model's own processes and for a user's."""

import numpy as np
import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main
from divide.model import PROCESSES, DigitalDivideModel, Policy, Scenario
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.run import Run
from divide.model.story import Access, every_lever, story, watched

PLAN = Scenario(policy=every_lever(), firms=500, until=2025)


@pytest.fixture(scope="module")
def found() -> dict[str, Access]:
    accesses = watched(PLAN)
    return {
        process.__module__.rpartition(".")[2]: a
        for process, a in zip(PROCESSES, accesses, strict=True)
    }


def test_what_a_process_reads_and_writes(found: dict[str, Access]) -> None:
    assert found["skills"].levers == {"skills_training", "officials_training", "joint_labs"}
    assert found["skills"].writes == {
        f"countries.{n}" for n in ("skills", "officials", "labs", "schooling_years")
    }
    assert {"countries.online", "countries.schooling"} <= found["skills"].reads
    assert "skills.forgetting" in found["skills"].parameters
    assert "adoption.innovation" in found["adoption"].parameters
    assert "adoption.innovation" not in found["skills"].parameters


def test_what_is_written_in_place_is_seen(found: dict[str, Access]) -> None:
    assert {"firms.state", "firms.marketplace", "firms.rail"} <= found["firms"].writes
    assert {"serves", "platforms.fee", "share"} <= found["platforms"].writes
    assert "countries.debt" in found["budget"].writes
    assert "online_before" in found["growth"].writes
    assert "firms.skill" in found["firms"].reads
    assert "firms.skill" not in found["firms"].writes


def test_every_lever_is_read_by_a_process_that_does_not_only_pay(found: dict[str, Access]) -> None:
    assert set().union(*(a.levers for a in found.values())) == set(levers())
    assert found["budget"].levers == set()


def test_names_are_those_declared(found: dict[str, Access]) -> None:
    assert set().union(*(a.parameters for a in found.values())) <= set(parameters())


def test_watching_changes_no_bit() -> None:
    plain = DigitalDivideModel(PLAN)
    seen: list[bytes] = []

    def look(m: Run) -> None:
        seen.append(m.state.countries.online.tobytes())

    watched(PLAN, [*PROCESSES, look], steps=4)
    for _ in range(4):
        plain.step()
    assert seen[-1] == plain.state.countries.online.tobytes()


def mine(m: Run) -> None:
    """Libraries teach. They count their readers."""
    c, memory = m.state.countries, m.state.extra
    c.skills[:] = np.minimum(1.0, c.skills + 0.001 * m.in_force("libraries")[:, None])
    memory["readers"] = memory.get("visits", 0.0) + c.online.mean()


def test_the_story_of_a_process_of_ones_own() -> None:
    rows = story(PLAN, [*PROCESSES, mine]).set_index("process")
    row = rows.loc["test_story.mine"]
    assert row["does"] == "Libraries teach."
    assert row["levers"] == ("libraries",)
    assert row["reads"] == ("countries.online", "countries.skills", "extra.visits")
    assert "extra.readers" in row["writes"]
    assert len(rows) == len(PROCESSES) + 2
    assert rows["share"].sum() == pytest.approx(1)
    assert (rows["share"] >= 0).all()


def test_a_lever_that_no_policy_uses_is_seen_where_it_is_asked_for() -> None:
    plan = Scenario(policy=Policy(), firms=500, until=2024)
    (access,) = watched(plan, [mine], steps=1)
    assert access.levers == {"libraries"}
    assert "countries.skills" not in access.writes, "nothing was in force"


def test_the_command_prints_every_process_in_order() -> None:
    done = CliRunner().invoke(main, ["story"])
    assert done.exit_code == 0, done.output
    order = [f" {name}.step " for name in ("budget", "skills", "adoption", "firms", "growth")]
    places = [done.output.index(name) for name in order]
    assert places == sorted(places)
    assert "countries: arrears backbone data_centres debt" in done.output
    assert "People learn and forget; officials, teachers and laboratories come" in done.output
