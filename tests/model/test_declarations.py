"""What is declared is used, complete and honest about what is not known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from divide.calibration.replay.studies import experiments
from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.declare.levers import FREE_OF_UNITS, NO_REPLAY, levers, read_levers
from divide.model.declare.parameters import Section, parameters
from divide.model.declare.values import Values
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.policy import budget

#: For each speculative lever, the parameters through which it acts, at the value of no effect.
NO_EFFECT = {
    "satellite_navigation": {"trade.navigation_relief": 0.0},
    "technology_transfer": {"firms.tools_transfer": 0.0},
    "smart_city": {"adoption.smart_city_relevance": 0.0},
    "traceability": {"trade.traceability_relief": 0.0},
    "security_alliance": {"security.alliance_effect": 0.0},
    "data_space": {"corridors.localisation_compliance": 0.0},
    # The bridge costs and lasts no less than correspondent banks, so it is dominated.
    "cbdc_corridor": {
        "corridors.bridge_fee": 0.045,
        "corridors.bridge_days": 1.0,
        "corridors.correspondent_fee": 0.03,
        "corridors.card_fee": 0.03,
        "corridors.card_days": 1.0,
    },
}


def with_every_lever() -> Policy:
    """A policy that uses every lever at a tenth of its upper bound."""
    uses = {name: LeverUse(0.1 * it.bounds[1], ramp_years=0) for name, it in levers().items()}
    return Policy("everything", budget=1e6, levers=uses)


@pytest.fixture(scope="module")
def read() -> tuple[set[str], set[str]]:
    """Names of the parameters, and of the levers in force, that a run with every lever reads."""
    parameters_read: set[str] = set()
    levers_read: set[str] = set()

    def watched(self: Section, name: str) -> Any:
        """Values that note who is asked for."""
        if not (name.startswith("_") or hasattr(Section, name)):
            parameters_read.add(f"{self._name}.{name}")
        return object.__getattribute__(self, name)

    class Delivered(dict[str, Any]):
        """What is in force, noting which lever is looked up (not merely whether it is there)."""

        def __getitem__(self, name: str) -> Any:
            levers_read.add(name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            levers_read.add(name)
            return super().get(name, default)

    def spend(m: DigitalDivideModel) -> None:
        budget.step(m)
        m.state.policy.delivered = Delivered(m.state.policy.delivered)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Section, "__getattribute__", watched)
        processes = [spend if step is budget.step else step for step in PROCESSES]
        # A predictive draw, through the years of the pandemic and on.
        plan = Scenario(policy=with_every_lever(), start=2019, until=2024, firms=500, draw=1)
        m = DigitalDivideModel(plan, processes)
        dict(m.run().outcomes)
        dict(m.state.record.columns())  # worked out when they are asked for
    return parameters_read, levers_read


def test_every_parameter_is_read(read: tuple[set[str], set[str]]) -> None:
    assert set(parameters()) - read[0] == set(), "declared and never used"
    assert read[0] <= set(parameters())


def test_every_lever_is_read_by_a_process(read: tuple[set[str], set[str]]) -> None:
    assert set(levers()) - read[1] == set(), "a lever that can be paid for and does nothing"


@pytest.mark.parametrize("name", sorted(parameters()))
def test_parameter_is_complete(name: str) -> None:
    p = parameters()[name]
    low, high = p.bounds
    assert low <= p.value <= high
    assert (low == high) <= (p.role == "constant"), "nothing to vary"
    assert p.role in ("uncertainty", "calibrated", "constant")
    assert p.unit.strip()
    assert p.source.strip()


@pytest.mark.parametrize("name", sorted(levers()))
def test_lever_is_complete(name: str) -> None:
    lever = levers()[name]
    low, high = lever.bounds
    assert low <= 0 < high, "zero, the default, is allowed"
    assert lever.outcome in COUNTRY
    assert lever.direction in ("up", "down")
    assert lever.kind in ("amount", "degree")
    assert lever.group in ("hard", "soft", "payments", "security")
    assert lever.evidence in ("measured", "derived", "contested", "assumed", "speculative")
    assert lever.evidence in ("assumed", "speculative") or lever.source != "assumed"
    assert 0 <= lever.loan_share <= 1
    assert lever.lag_years > 0
    assert (lever.usd_per_unit is None) == (lever.per in FREE_OF_UNITS)
    assert lever.usd_per_unit is None or lever.usd_per_unit > 0
    assert (lever.usd_per_head > 0) == (lever.kind == "degree" and lever.per == "country")
    for text in (lever.label, lever.unit, lever.source, lever.help, lever.acts_on, lever.replay):
        assert text.strip()


def test_levers_are_replayed_by_experiments_that_exist() -> None:
    named = {lever.replay for lever in levers().values()} - {NO_REPLAY}
    assert named
    assert named <= set(experiments())


def test_speculative_levers_are_those_without_outcome_data() -> None:
    assert {name for name, lever in levers().items() if lever.speculative} == set(NO_EFFECT)


@pytest.mark.parametrize("name", sorted(NO_EFFECT))
def test_speculative_lever_has_no_effect_somewhere_in_its_prior(
    name: str, run: Callable, column: Callable
) -> None:
    values = NO_EFFECT[name]
    for parameter, value in values.items():
        low, high = parameters()[parameter].bounds
        assert low <= value <= high, f"{parameter} cannot be {value}"
    policy = Policy(levers={name: LeverUse(levers()[name].bounds[1] / 2, ramp_years=0)})
    moved, without = (run(policy=p, parameters=values, until=2027) for p in (policy, Policy()))
    outcome = levers()[name].outcome
    gain = column(moved, outcome)[-1].sum() / column(without, outcome)[-1].sum() - 1
    gain *= 1 if levers()[name].direction == "up" else -1
    # A dear bridge may do harm; with smart cities and navigation, debt crowds out upkeep.
    assert gain < 1e-4
    if name != "cbdc_corridor":
        assert gain == pytest.approx(0, abs=2e-4)


@pytest.mark.parametrize("name", sorted(n for n, p in parameters().items() if p.speculative))
def test_speculative_parameter_allows_no_effect(name: str) -> None:
    settings = {key: value for values in NO_EFFECT.values() for key, value in values.items()}
    low, high = parameters()[name].bounds
    assert low <= settings.get(name, 0.0) <= high


def test_outcomes_are_complete() -> None:
    for outcome in [*OUTCOMES.values(), *COUNTRY.values()]:
        assert outcome.label.strip()
        assert outcome.unit.strip()
        assert outcome.source.strip()
        assert outcome.better in ("lower", "higher", "neither")


def test_lever_outcome_improves_in_its_direction() -> None:
    for lever in levers().values():
        better = COUNTRY[lever.outcome].better
        if better == "neither" or lever.name == "data_localisation":  # this one has a price
            continue
        if lever.per == "nothing":  # a stress test makes things worse
            assert (better == "higher") == (lever.direction == "down"), lever.name
            continue
        assert (better == "higher") == (lever.direction == "up"), lever.name


def test_unknown_parameters_and_processes_are_errors() -> None:
    values = Values({})
    with pytest.raises(AttributeError, match=r"adoption\.imitaton"):
        _ = values.adoption.imitaton
    with pytest.raises(AttributeError, match="'adoptoin'"):
        _ = values.adoptoin


def test_overrides_reach_the_processes(run: Callable, column: Callable) -> None:
    quick = run(parameters={"skills.learning_by_use": 0.1})
    assert quick.values.skills.learning_by_use == 0.1
    assert np.all(column(quick, "skills")[-1] > column(run(), "skills")[-1])


def test_a_lever_file_with_a_missing_or_unknown_field_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "levers.yaml"
    path.write_text("mine: {bounds: [0, 1], cost: {usd_per_unit: 1}}\n")
    with pytest.raises(InputError, match=r"levers\.yaml, line 1: mine: .*'label'"):
        read_levers(path)
    path.write_text("mine: {bounds: [0, 1]}\n")
    with pytest.raises(InputError, match=r"levers\.yaml, line 1: mine: 'cost' is missing"):
        read_levers(path)
