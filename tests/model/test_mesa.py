"""What Mesa's own tools ask of a model, asked by them."""

import json
import subprocess
import sys

import mesa
import numpy as np
import pytest

from divide.model import DigitalDivideModel, Policy, Scenario
from divide.model.agents.country import Country

PLAN = Scenario(firms=500, until=2024)
BATCH = """
import json
import mesa
from divide.model import DigitalDivideModel

if __name__ == "__main__":
    rows = mesa.batch_run(
        DigitalDivideModel,
        parameters={"policy": ["status_quo", "balanced"], "until": 2024, "firms": 500},
        rng=[1, 2],
        number_processes=%d,
        display_progress=False,
        data_collection_period=%d,
    )
    keep = ("RunId", "seed", "policy", "Step", "usage_mean", "spend")
    print(json.dumps([{key: row[key] for key in keep} for row in rows]))
"""


def test_run_model_ends_with_the_scenario() -> None:
    m = DigitalDivideModel(PLAN)
    assert m.running
    m.run_model()
    assert not m.running
    assert (m.state.step, m.steps) == (8, 8)
    assert m.results().model.equals(DigitalDivideModel(PLAN).run().model)


def test_a_step_past_the_end_does_nothing() -> None:
    m = DigitalDivideModel(PLAN)
    m.run()
    before = m.state.countries.online.copy()
    m.step()
    np.testing.assert_array_equal(m.state.countries.online, before)
    assert m.state.step == 8
    assert m.state.record.done == 9


def test_keywords_stand_for_the_fields_of_a_scenario() -> None:
    m = DigitalDivideModel(policy="balanced", until=2024, firms=500, seed=3, start=2020)
    assert m.plan == Scenario(
        policy=Policy.load("balanced"), until=2024, firms=500, seed=3, start=2020
    )
    assert DigitalDivideModel(PLAN, seed=9).plan.firms == 500
    assert DigitalDivideModel(PLAN, seed=9).plan.seed == 9
    assert DigitalDivideModel(PLAN, parameters={"adoption.imitation": 0.2}).plan.parameters
    with pytest.raises(TypeError, match="frims"):
        DigitalDivideModel(frims=3)


@pytest.mark.parametrize(("processes", "period"), [(1, -1), (2, 1)])
def test_a_batch_run_of_mesa(processes: int, period: int, tmp_path) -> None:
    file = tmp_path / "batch.py"  # with more than one process it must be a file
    file.write_text(BATCH % (processes, period))
    done = subprocess.run(
        [sys.executable, "-W", "error", file],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == 4 * (1 if period == -1 else 9)
    ends = {(row["policy"], row["seed"]): row for row in rows if row["Step"] == 8}
    assert len(ends) == 4
    for (policy, seed), row in ends.items():
        own = DigitalDivideModel(policy=policy, seed=seed, until=2024, firms=500).run().model
        assert row["usage_mean"] == own["usage_mean"].iloc[-1]
        assert row["spend"] == own["spend"].iloc[-1]


class Collecting(DigitalDivideModel):
    """A model with a collector of its own."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.datacollector = mesa.DataCollector(
            model_reporters={"online": lambda m: m.national(m.state.countries.online).mean()},
            agenttype_reporters={Country: {"iso3": "iso3", "online": "internet_users"}},
        )
        self.datacollector.collect(self)

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def test_a_collector_of_ones_own() -> None:
    m = Collecting(until=2023, firms=500)
    m.run_model()
    frame = m.datacollector.get_model_vars_dataframe()
    record = m.results().country
    means = record.groupby(["year", "quarter"])["internet_users"].mean()
    np.testing.assert_allclose(frame["online"], means)
    agents = m.datacollector.get_agenttype_vars_dataframe(Country)
    assert len(agents) == 5 * m.n
    last = agents.xs(4, level="Step").set_index("iso3")["online"]
    assert last["KEN"] == pytest.approx(
        record.query("iso3 == 'KEN' and year == 2023 and quarter == 4")["internet_users"].iloc[0]
    )


def test_a_collector_beside_the_model() -> None:
    m = DigitalDivideModel(PLAN)
    collector = mesa.DataCollector(
        model_reporters={"year": "year"}, agent_reporters={"name": "name", "row": lambda a: a.row}
    )
    for _ in range(2):
        m.step()
        collector.collect(m)
    assert collector.get_model_vars_dataframe()["year"].tolist() == [2023.25, 2023.5]
    assert len(collector.get_agent_vars_dataframe()) == 2 * len(m.agents)


def test_the_model_is_its_own_collector() -> None:
    m = DigitalDivideModel(PLAN)
    m.step()
    frame = m.datacollector.get_model_vars_dataframe()
    assert frame["usage_gini"].tolist() == m.results().model["usage_gini"].tolist()


def test_countries_are_grouped_by_what_they_are() -> None:
    m = DigitalDivideModel(PLAN)
    table = m.world.table
    for by, column in (("region",) * 2, ("income_group",) * 2, ("bri_member",) * 2):
        counts = m.countries.groupby(by).count()
        assert counts == table[column].value_counts().to_dict()
    mobile = m.countries.groupby("region").agg("mobile", np.mean)
    rows = (table["region"] == "Sub-Saharan Africa").to_numpy()
    assert mobile["Sub-Saharan Africa"] == pytest.approx(m.state.countries.mobile[rows].mean())
    members = m.countries.select(lambda country: country.bri_member)
    assert len(members) == m.bri.sum()


def test_a_model_shows_itself_in_a_few_lines() -> None:
    m = DigitalDivideModel(PLAN, policy="balanced", seed=4)
    m.step()
    text = repr(m)
    assert len(text.splitlines()) <= 8
    assert max(map(len, text.splitlines())) < 80
    for part in (
        "Balanced package",
        "2022 to 2024",
        "1 of 8, at 2023.25",
        "4",
        "500",
        "% of people",
    ):
        assert part in text
    html = m._repr_html_()
    assert html.count("<tr>") == 6
    assert "Balanced package" in html
    odd = DigitalDivideModel(PLAN, policy=Policy(title="<script>"))
    assert "<script>" not in odd._repr_html_()
    for part in (
        m.plan,
        m.plan.policy,
        m.state,
        m.world,
        m.firms,
        m.state.countries,
        m.state.platforms,
    ):
        assert len(repr(part)) < 100
