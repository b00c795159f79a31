"""Results travel without the model, say what they are, and hold what a run was told to record."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.outcomes import COUNTRY, OUTCOMES, OutcomeSet, column, outcome
from divide.model.outcomes.paths import Array, Paths
from divide.model.outcomes.record import Record, check_finite, observe
from divide.model.outcomes.results import HEADLINE, Results
from divide.model.outcomes.snapshot import Snapshot

TABLES = ("model", "country", "group", "platform", "spend")
PLAN = Scenario(
    policy=Policy(
        name="training", title="Training & more", levers={"skills_training": LeverUse(1e7)}
    ),
    firms=1_000,
    until=2024,
)


@pytest.fixture(scope="module")
def model() -> DigitalDivideModel:
    m = DigitalDivideModel(PLAN)
    m.run()
    return m


@pytest.fixture(scope="module")
def results(model: DigitalDivideModel) -> Results:
    return model.results()


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "copy"])
def test_a_round_trip_gives_equal_tables(way: str, results: Results) -> None:
    ways = {
        "pickle": lambda r: pickle.loads(pickle.dumps(r)),
        "deepcopy": copy.deepcopy,
        "copy": copy.copy,
    }
    other = ways[way](results)
    assert other is not results
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(other, name), getattr(results, name))
    assert other.scenario == results.scenario
    assert len(results.spend) > 0
    for name, values in results.outcomes.items():
        assert other.outcomes[name].tobytes() == values.tobytes(), name
    assert repr(other) == repr(results)


def test_results_are_small_and_hold_no_model(results: Results) -> None:
    """Little more than the numbers of the tables: no model, no firms, no state."""
    _ = [getattr(results, name) for name in TABLES]  # tables that were made do not travel
    numbers = 8 * (
        results.country.drop(columns=["iso3", "year", "quarter"]).size
        + results.platform.drop(columns=["platform", "year", "quarter"]).size
        + results.model.size
    )
    packed = pickle.dumps(results)
    assert len(packed) < 1.2 * numbers
    for name in (b"DigitalDivideModel", b"FirmPopulation", b"State", b"World"):
        assert name not in packed


def test_results_do_not_change_when_the_model_goes_on() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2023))
    for _ in range(2):
        m.step()
    early = m.results()
    before = pickle.loads(pickle.dumps(early))
    longer = m.fork(Scenario(firms=500, until=2024))
    m.run()
    longer.run()  # its record has grown
    assert len(early.model) == 3
    assert (len(m.results().model), len(longer.results().model)) == (5, 9)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(early, name), getattr(before, name))


def test_repr_is_a_few_lines(results: Results) -> None:
    lines = repr(results).splitlines()
    assert lines[0] == "Results: Training & more, 2022 to 2024, seed 1"
    assert len(lines) == 2 + len(HEADLINE)
    assert "end of 2022" in lines[1]
    assert "end of 2024" in lines[1]
    for line, name in zip(lines[2:], HEADLINE, strict=True):
        assert line.startswith(OUTCOMES[name].label)
        assert line.split()[-1] == f"{results.outcomes[name][-1]:,.4g}"


def test_repr_of_an_unfinished_year_names_the_quarter() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2024))
    m.step()
    assert "2022 to 2023 Q1" in repr(m.results())


def test_a_notebook_shows_a_table(results: Results) -> None:
    html = results._repr_html_()
    assert "<p>Results: Training &amp; more, 2022 to 2024, seed 1</p>" in html
    assert html.count("<tr") == 1 + len(HEADLINE)
    assert all(OUTCOMES[name].label in html for name in HEADLINE)


# Outcomes and columns of one's own ---------------------------------------------------------------


@outcome("Urban less rural internet use", "share", "lower", "inclusion", "own")
def rural_gap(paths: Paths) -> Array:
    """Mean over people."""
    return paths.mean("online_urban") - paths.mean("online_rural")


@outcome("Members of the payment bridge", "count", "neither", "trade", each_step=True)
def bridge_members(now: Snapshot) -> int:
    """Countries whose membership is in force."""
    return int((now.countries.bridge > 0.05).sum())


@column("Trained officials", "persons/million", "higher")
def officials(now: Snapshot) -> Array:
    """Still serving."""
    return now.countries.officials


def test_a_run_records_what_is_added_beside_what_ships(model: DigitalDivideModel) -> None:
    plan = Scenario(
        policy=Policy(
            levers={"officials_training": LeverUse(5e4), "skills_training": LeverUse(1e7)}
        ),
        firms=1_000,
        until=2024,
    )
    m = DigitalDivideModel(plan)
    m.state.record = Record(m, OutcomeSet([rural_gap, bridge_members, officials]))
    observe(m)
    results = m.run()
    assert list(results.outcomes) == [*OUTCOMES, "rural_gap", "bridge_members"]
    assert list(results.country.columns) == ["iso3", "year", "quarter", *COUNTRY, "officials"]
    assert list(results.model.columns[-2:]) == ["rural_gap", "bridge_members"]
    last = results.country.query("year == 2024 and quarter == 4")
    gap = np.average(last["online_urban"] - last["online_rural"], weights=last["population"])
    assert results.outcomes["rural_gap"][-1] == pytest.approx(gap, rel=1e-12)
    assert results.outcomes["bridge_members"][-1] == (m.state.countries.bridge > 0.05).sum() > 0
    np.testing.assert_array_equal(last["officials"], m.state.countries.officials)
    assert last["officials"].max() > 0
    again = pickle.loads(pickle.dumps(results))
    pd.testing.assert_frame_equal(again.model, results.model)
    straight = DigitalDivideModel(plan).run()
    for name, values in straight.outcomes.items():
        assert results.outcomes[name].tobytes() == values.tobytes(), name
    fork = m.fork(Scenario(policy=plan.policy, firms=1_000, until=2025))
    assert list(fork.run().outcomes) == list(results.outcomes)


def test_declarations_carry_what_people_read() -> None:
    assert rural_gap.name == "rural_gap"
    assert (rural_gap.label, rural_gap.unit) == ("Urban less rural internet use", "share")
    assert (rural_gap.better, rural_gap.group, rural_gap.source) == ("lower", "inclusion", "own")
    assert not rural_gap.each_step
    assert bridge_members.each_step
    assert officials.each_step
    assert officials.group == "country"


def test_two_outcomes_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="officials: declared twice"):
        OutcomeSet([officials, officials])

    @outcome("Again", "share", "lower", "inclusion")
    def people_offline(paths: Paths) -> Array:
        return paths.people

    with pytest.raises(InputError, match="people_offline: declared twice"):
        OutcomeSet([people_offline])


def test_a_record_can_be_copied_and_pickled(model: DigitalDivideModel) -> None:
    record = model.state.record
    everything = record.arrays()
    assert {name.partition(".")[2] for name in everything} > {*COUNTRY, "usage", "fee"}
    for other in (record.copy(), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert other.done == record.done == 9
        assert list(other.declared.outcomes) == list(OUTCOMES)
        for name, path in other.arrays().items():
            assert path.tobytes() == everything[name].tobytes(), name
            assert not np.shares_memory(path, everything[name]), name


def test_a_number_that_is_not_finite_is_named_with_country_and_step() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2024))
    m.step()
    m.state.countries.trust[m.row_of["KEN"]] = np.nan
    observe(m)
    with pytest.raises(FloatingPointError, match="trust of KEN is not finite after step 2"):
        check_finite(m.state.record, m.iso3)


def test_a_column_that_is_worked_out_later_is_checked_then() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2024))
    m.state.countries.population[m.row_of["KEN"]] = 0.0
    observe(m)
    check_finite(m.state.record, m.iso3)
    with pytest.raises(FloatingPointError, match="trade_per_head of KEN is not finite after ste"):
        _ = m.results().country


def test_a_snapshot_says_what_the_record_does(model: DigitalDivideModel) -> None:
    """Extensions read from the one what shipped columns are worked out from in the other."""
    now, column = Snapshot(model), model.state.record.column
    said = {
        "internet_users": now.users.everyone, "online_women_per_man": now.users.women_per_man,
        "accounts_poorest40": now.holders.poorest, "online_buyers": now.buyers,
        "incident_rate": now.incident_rate, "vendor_hhi": now.dependence[0],
        "hub_dependence": now.dependence[1], "acceptance": now.firms[1],
    }  # fmt: skip
    for name, values in said.items():
        np.testing.assert_array_equal(values, column(name)[-1], err_msg=name)
