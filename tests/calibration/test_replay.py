"""Replays of natural experiments: figures that agree with their study keep agreeing."""

import numpy as np
import pytest

from divide.calibration.replay import borders, gravity, judge, money, page, studies
from divide.calibration.replay.case import Case, lever, users
from divide.calibration.replay.catalogue import REPLAYS
from divide.model.declare.parameters import parameters
from divide.model.processes import trade

EXPERIMENTS = studies.experiments()

#: Judged measures that miss their study, as the page says; all others agree.
MISSES = {
    ("cables", "internet_use"),
    ("nigeria_coverage", "income"),
    ("tanzania_coverage", "income"),
    ("india_handsets", "use"),
    ("free_smartphones", "kept"),
    ("services", "elasticity"),
    ("debit_cards", "other_cards"),
    ("demonetisation", "without_complements"),
    ("free_sign_up", "adopt"),
    ("free_sign_up", "keep"),
    ("interoperability", "inclusion"),
    ("recognition", "north_america"),
    ("parcels", "elasticity"),
    ("inspections", "imports"),
    ("data_rules", "marketplaces"),
}


def judged() -> set[tuple[str, str]]:
    return {
        (name, key)
        for name, one in EXPERIMENTS.items()
        for key, measure in one.measures.items()
        if measure.interval is not None
    }


def test_every_study_is_replayed_and_half_only_test() -> None:
    assert set(EXPERIMENTS) == set(REPLAYS)
    assert len(EXPERIMENTS) >= 16
    tests = sum(one.use == "test" for one in EXPERIMENTS.values())
    assert 2 * tests >= len(EXPERIMENTS)


def test_most_judged_measures_agree() -> None:
    assert judged() >= MISSES
    assert len(judged()) >= 24
    assert len(judged() - MISSES) >= 20


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


def test_fitted_parameters_lie_where_their_study_agrees() -> None:
    """The declared value of a fit parameter lies within its prior's 98 %."""
    for name, key in studies.fit_measures():
        declared = parameters()[EXPERIMENTS[name].measures[key].parameter]
        low, high = declared.prior.ppf(np.array([0.01, 0.99]))
        assert low <= declared.value <= high, declared.name


def test_sign_needs_an_effect() -> None:
    """A sign test does not take rounding for an effect, and an open end is not an infinity."""
    down = studies.Measure("x", "y", "now", interval=(-np.inf, 0.0), least=0.1)
    assert down.passes(-0.2)
    assert not down.passes(-1e-9)
    assert not down.passes(0.2)
    assert studies.Measure("x", "y", "now").passes(1.0) is None


@pytest.mark.parametrize("name", list(REPLAYS))
def test_replay(name: str) -> None:
    """Every declared measure is computed, and no other; those that agreed still do."""
    figures = REPLAYS[name](Case())
    measures = EXPERIMENTS[name].measures
    assert set(figures) == set(measures)
    assert np.isfinite(list(figures.values())).all()
    for key, measure in measures.items():
        if (name, key) not in MISSES:
            assert measure.passes(figures[key]) is not False, f"{key}: {figures[key]:g} misses"


@pytest.mark.parametrize("name", ["price_rise", "recognition", "parcels", "breach"])
def test_replay_twice(name: str) -> None:
    """The same figures to the last bit; another seed or draw may give others."""
    assert REPLAYS[name](Case()) == REPLAYS[name](Case())


def test_a_larger_tax_loses_more_users() -> None:
    """Users leave in the quarter of a tax, the more the stronger they react; a few come back."""
    left = []
    for reaction in (0.0, 0.5, 1.0):
        case = Case({"affordability.exit": reaction})
        tax = lever("price_subsidy", -0.4, 2018.25, ["UGA"])
        left.append(users(case.run(2017, 0.75, policy=tax), "UGA"))
        assert users(case.run(2017, 0.5, policy=tax), "UGA") == users(case.run(2017, 0.5), "UGA")
    assert left == sorted(left, reverse=True)
    assert 1 / 1.4 < left[2] / left[0] < 1 / 1.4**0.8


def test_debit_cards_order_of_doses() -> None:
    """More cards, more terminals; no effect of accounts on shops, no terminals."""
    figures = money.debit_cards(Case(), firm_count=50_000)
    assert (
        figures["terminals"]
        > figures["terminals_half_dose"]
        > figures["terminals_one_million"]
        >= 0
    )
    none = money.debit_cards(Case({"firms.account_slope": 0.0}), firm_count=50_000)
    # Nothing but what dearer or cheaper payment does elsewhere: ten thousand times less.
    assert abs(none["terminals"]) < 1e-4
    assert abs(none["terminals_one_million"]) < 1e-4


def test_zones_act_by_the_relief_of_entry_alone() -> None:
    """Without relief nothing moves, to the last bit; the more relief, the more exports."""
    found = [borders.pilot_zones(Case({"firms.entry_relief": each})) for each in (0.0, 0.1, 0.6)]
    assert found[0] == {"exports": 0.0, "return": 0.0}
    for key in found[0]:
        assert 0 < found[1][key] < found[2][key]


def test_promotion_costs_what_its_events_cost() -> None:
    """The cost over which zones are counted is, for events, that of the declared price."""
    policy = lever("matchmaking", borders.EVENTS, 2023, borders.PROMOTED)
    _, cost = borders.costed(Case(), 2022, policy, 3_200)
    assert cost == pytest.approx(borders.EVENTS * borders.EVENT_COST)


def test_recognition_nowhere_brings_north_america_to_the_study() -> None:
    """Rules of the three are close: even full recognition adds far less than the study found."""
    found = judge.scan("recognition", "north_america", count=3, seeds=(1,))
    assert found.meets is None
    assert max(found.values) < EXPERIMENTS["recognition"].measures["north_america"].estimate


def test_draws_are_of_the_declared_priors() -> None:
    """Every uncertain parameter is drawn within its bounds, and no fitted one."""
    drawn = judge.draws(4)
    assert drawn == judge.draws(4)
    assert len({case.draw for case in drawn}) == len({case.seed for case in drawn}) == 4
    for name, declared in parameters().items():
        values = [case.settings[name] for case in drawn if name in case.settings]
        assert bool(values) == (declared.role == "uncertainty" or declared.cut)
        assert all(declared.bounds[0] <= value <= declared.bounds[1] for value in values)
        assert len(values) in (0, 4)


def test_summary_over_seeds_and_draws() -> None:
    """Mean and standard error are of the seeds, the range is of the draws."""
    found = judge.summary([{"x": 1.0}, {"x": 3.0}], [{"x": float(k)} for k in range(101)])["x"]
    assert (found.value, found.error) == pytest.approx((2.0, 1.0))
    assert (found.low, found.high) == pytest.approx((5.0, 95.0))
    assert np.isnan(judge.summary([{"x": 1.0}])["x"].low)


def test_a_draw_moves_a_study() -> None:
    """Under a draw prices react otherwise than under the declared values."""
    drawn, central = judge.drawn("cable_price", 0)["price"], judge.central("cable_price", 1)
    assert np.isfinite(drawn)
    assert drawn != pytest.approx(central["price"], abs=0.01)


@pytest.mark.parametrize("bits", [-2, 2])
def test_pairs_do_not_hang_on_the_last_bit(bits: int) -> None:
    """Use of the internet that differs by rounding gives the same pairs."""
    m = Case().run(2022, 0)
    pairs = gravity.disjoint_pairs(m, 24, 1)
    m.state.countries.online *= 1 + bits * np.finfo(float).eps
    np.testing.assert_array_equal(gravity.disjoint_pairs(m, 24, 1), pairs)


def test_flows_add_up_to_what_the_model_trades() -> None:
    """Rows of the reconstructed matrix are the model's exports, columns its imports."""
    m = Case().run(2022, 1)
    trade.divide(m)  # growth has moved income since
    flows, c = trade.bilateral(m), m.state.countries
    np.testing.assert_allclose(flows.sum(axis=1), c.exports, rtol=1e-9)
    np.testing.assert_allclose(flows.sum(axis=0), c.imports, rtol=1e-9)


def test_ppml_finds_known_coefficients() -> None:
    """Exact on flows without noise, whatever the size of countries and the diagonal."""
    rng = np.random.default_rng(1)
    size = 12
    x = [rng.normal(size=(size, size)) for _ in range(2)]
    effects = rng.normal(0, 2, size)[:, None] + rng.normal(0, 2, size)[None, :]
    flows = np.exp(effects - 0.4 * x[0] + 0.7 * x[1])
    np.fill_diagonal(flows, 1e9)
    np.testing.assert_allclose(gravity.ppml(flows, x), [-0.4, 0.7], atol=1e-6)


def test_scan_meets_the_study_inside_the_prior() -> None:
    """The distance elasticity at which the model gives 65 % lies inside its prior."""
    found = judge.scan("ebay_distance", "reduction", count=3, seeds=(1,))
    low, high = parameters()["trade.distance"].bounds
    assert found.meets is not None
    assert low < found.meets < high
    again = REPLAYS["ebay_distance"](Case({"trade.distance": found.meets}))
    assert again["reduction"] == pytest.approx(65, abs=0.5)
    with pytest.raises(ValueError, match="nothing to scan"):
        judge.scan("rural_obligation", "use")


@pytest.mark.parametrize(
    ("study", "measure"),
    [("price_rise", "path"), ("west_africa", "slope"), ("india_data", "use")],
)
def test_parameters_were_set_where_the_studies_agree(study: str, measure: str) -> None:
    found = judge.scan(study, measure, seeds=(1,))
    assert found.agrees is not None
    low, high = found.agrees
    assert low <= parameters()[found.parameter].value <= high


def test_scan_of_a_sign_needs_an_effect() -> None:
    """Where broadband brings no one more online than 2G, the study's sign is not met."""
    found = judge.scan("nigeria_coverage", "use", count=3, seeds=(1,))
    assert found.meets is None
    assert found.agrees is not None
    assert found.agrees[1] < found.points[-1] == 1.0


def test_page_shows_every_measure() -> None:
    """Every study, its source and every measure are on the page, in ten columns."""
    found = {
        name: {key: judge.Figure(1.0, 0.1, 0.5, 1.5) for key in one.measures}
        for name, one in EXPERIMENTS.items()
    }
    written = page.page(found, [judge.scan("cable_price", "price", count=2, seeds=(1,))])
    for one in EXPERIMENTS.values():
        assert one.study in written
        assert all(measure.label in written for measure in one.measures.values())
    lines = page.figures_table(found).splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == sum(len(one.measures) for one in EXPERIMENTS.values())
    assert {line.count(" | ") for line in lines} == {9}
    assert "0.5 to 1.5" in rows[0]
    assert "affordability.route_elasticity" in written
