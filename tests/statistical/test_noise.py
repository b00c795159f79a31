"""What a package does is seen through the luck of the seeds (all of it: `benchmarks/noise.md`)."""

import numpy as np
import pytest

from benchmarks import noise
from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.levers import levers
from divide.model.outcomes.country import COUNTRY

SEEDS = (1, 2, 3, 4)


@pytest.mark.parametrize("package", ["security_first", "payments_first"])
def test_luck_is_less_than_a_tenth_of_what_a_package_does(package: str) -> None:
    """In 2030, of all headline outcomes; these two packages hang most on few agents."""
    base = Scenario(until=2030)
    pairs = [
        [noise.finished(name, base, seed) for name in (package, "status_quo")] for seed in SEEDS
    ]
    for label, read in noise.HEADLINE.items():
        found = np.array([read(with_it) - read(without) for with_it, without in pairs])
        assert noise.noise(found) < noise.BAR, (label, found)


def test_pairs_are_told_apart_from_near_ties() -> None:
    """A pair is a near tie where it differs by little beside what its two packages do."""
    luck = np.array([-1.0, 0.0, 1.0])
    found = {(p, o): 100 + luck for p in "abc" for o in noise.HEADLINE}
    first = next(iter(noise.HEADLINE))
    found["b", first] = 104 - luck  # near 100, and as much luck as half of what lies between
    found["c", first] = 120 - 6 * luck
    pairs = noise.of_pairs(found)
    assert len(pairs) == 3 * len(noise.HEADLINE)
    np.testing.assert_allclose(pairs["a", "b", first], -4 + 2 * luck)
    text = noise.pairs_table(found)
    assert f"| a | b | {first} | -4 | 0.500 | 0.038 | 0.019 | 3 of 3 | near tie |" in text
    assert f"| a | c | {first} | -20 | 0.350 | 0.167 | 0.058 | 3 of 3 | misses |" in text


def test_flows_of_the_countries_of_a_lever_are_summed_and_shares_averaged() -> None:
    m = DigitalDivideModel(Scenario(until=2023, firms=1_000))
    m.run_steps()
    there, record = m.bri > 0, m.state.record
    exports = record.column("exports")[-1][there].sum()
    assert noise.own(m, "exports", there) == pytest.approx(exports)
    people = m.state.countries.population[there]
    skilled = record.column("skills")[-1][there] @ people / people.sum()
    assert noise.own(m, "skills", there) == pytest.approx(skilled)
    units = {COUNTRY[lever.outcome].unit for lever in levers().values()}
    assert {unit for unit in units if "US$" in unit or "event" in unit} <= set(noise.ADDS_UP)


def test_platforms_are_as_appealing_whatever_the_seed_and_drawn_in_draws() -> None:
    def appeal(**settings: int) -> np.ndarray:
        return DigitalDivideModel(Scenario(firms=1_000, **settings)).state.platforms.appeal

    m = DigitalDivideModel(Scenario(firms=1_000))
    central, b = m.state.platforms.appeal, m.state.platforms
    np.testing.assert_array_equal(central, appeal(seed=7))
    for kind, home in {*zip(b.kind.tolist(), b.home.tolist(), strict=True)}:
        alike = central[(b.kind == kind) & (b.home == home)]
        assert alike.mean() == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(np.diff(alike), -1 / alike.size)
        assert np.abs(alike).max() < 0.5
    one, mirrored = appeal(draw=1), appeal(draw=2)
    np.testing.assert_array_equal(one, appeal(draw=1, seed=7))
    np.testing.assert_allclose(one, -mirrored, atol=1e-12)
    assert np.abs(one - appeal(draw=3)).max() > 0.3 and -0.5 <= one.min() < one.max() <= 0.5
