"""Replays of natural experiments: figures that agree with their study keep agreeing."""

import numpy as np
import pytest

from divide.calibration import replay
from divide.model.declare.parameters import parameters
from divide.model.processes import trade

EXPERIMENTS = replay.experiments()


def test_every_experiment_is_replayed_and_half_only_test() -> None:
    """Eight studies, four a side; every declared measure is computed, and no other."""
    assert set(EXPERIMENTS) == set(replay.REPLAYS)
    assert sorted(one.use for one in EXPERIMENTS.values()) == ["fit"] * 4 + ["test"] * 4


def test_intervals_say_where_they_are_from() -> None:
    """An interval comes from the study or is called assumed; numbers lie inside their own."""
    for one in EXPERIMENTS.values():
        for measure in one.measures.values():
            if measure.interval is None:
                assert not measure.interval_from
                continue
            assert measure.interval_from.startswith(("study", "assumed"))
            low, high = measure.interval
            assert low < high
            if isinstance(measure.estimate, float | int):
                assert low <= measure.estimate <= high


def test_test_studies_move_no_calibrated_parameter() -> None:
    """What only tests may share no parameter with what fits."""
    fits, tests = (
        {m.parameter for one in EXPERIMENTS.values() if one.use == use
         for m in one.measures.values() if m.parameter}
        for use in ("fit", "test")
    )  # fmt: skip
    assert not fits & tests


def test_sign_needs_an_effect() -> None:
    """A sign test does not take rounding for an effect, and an open end is not an infinity."""
    down = replay.Measure("x", "y", interval=(-np.inf, 0.0), least=0.1)
    assert down.passes(-0.2)
    assert not down.passes(-1e-9)
    assert not down.passes(0.2)
    assert replay.Measure("x", "y").passes(1.0) is None


#: Measures that agreed when this was written; the interval of experiments.yaml is the tolerance.
AGREE = {
    "ebay_distance": ["reduction"],
    "interoperability": ["fees", "rural_coverage", "fees_subsidised", "rural_coverage_subsidised"],
}


@pytest.mark.parametrize("name", [name for name in replay.REPLAYS if name != "debit_cards"])
def test_replay(name: str) -> None:
    """The same figures twice, to the last bit; those that agreed with their study still do."""
    figures = replay.REPLAYS[name]({}, 1)
    assert figures == replay.REPLAYS[name]({}, 1)
    measures = EXPERIMENTS[name].measures
    assert set(figures) == set(measures)
    for key in AGREE.get(name, []):
        assert measures[key].passes(figures[key]), f"{key}: {figures[key]:g} no longer agrees"


def test_debit_cards_order_of_doses() -> None:
    """Twice the same; more cards, more terminals; no effect of accounts on shops, no terminals."""
    figures = replay.debit_cards({}, 1, firm_count=50_000)
    assert figures == replay.debit_cards({}, 1, firm_count=50_000)
    assert set(figures) == set(EXPERIMENTS["debit_cards"].measures)
    assert (
        figures["terminals"]
        > figures["terminals_half_dose"]
        > figures["terminals_one_million"]
        >= 0
    )
    none = replay.debit_cards({"firms.account_slope": 0.0}, 1, firm_count=50_000)
    assert none["terminals"] == none["terminals_one_million"] == 0


def test_flows_add_up_to_what_the_model_trades() -> None:
    """Rows of the reconstructed matrix are the model's exports, columns its imports."""
    m = replay.run(2022, 1, {})
    s = m.state
    flows = replay.bilateral(m)
    exports, imports, *_ = trade.flows(
        trade.supply(m), trade.foreign_spending(m), s.friction, s.friction_cost, s.friction_days
    )
    np.testing.assert_allclose(flows.sum(axis=1), exports, rtol=1e-9)
    np.testing.assert_allclose(flows.sum(axis=0), imports, rtol=1e-9)


def test_ppml_finds_known_coefficients() -> None:
    """Exact on flows without noise, whatever the size of countries and the diagonal."""
    rng = np.random.default_rng(1)
    size = 12
    x = [rng.normal(size=(size, size)) for _ in range(2)]
    effects = rng.normal(0, 2, size)[:, None] + rng.normal(0, 2, size)[None, :]
    flows = np.exp(effects - 0.4 * x[0] + 0.7 * x[1])
    np.fill_diagonal(flows, 1e9)
    np.testing.assert_allclose(replay.ppml(flows, x), [-0.4, 0.7], atol=1e-6)


def test_scan_meets_the_study_inside_the_prior() -> None:
    """The distance elasticity at which the model gives 65 % lies inside its prior."""
    found = replay.scan("ebay_distance", "reduction", count=3, seeds=(1,))
    low, high = parameters()["trade.distance"].bounds
    assert found.meets is not None
    assert low < found.meets < high
    again = replay.replay("ebay_distance", {"trade.distance": found.meets}, seeds=(1,))
    assert again["reduction"].value == pytest.approx(65, abs=0.5)
    with pytest.raises(ValueError, match="nothing to scan"):
        replay.scan("rural_obligation", "use")


def test_page_shows_every_measure() -> None:
    """Every study, its source and every measure are on the page, in eight columns."""
    found = {
        name: {key: replay.Figure(1.0, 0.1) for key in one.measures}
        for name, one in EXPERIMENTS.items()
    }
    page = replay.page(found, [])
    for one in EXPERIMENTS.values():
        assert one.study in page
        assert all(measure.label in page for measure in one.measures.values())
    rows = [line for line in replay.figures_table(found).splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(one.measures) for one in EXPERIMENTS.values())
    assert {row.count(" | ") for row in rows} == {7}
