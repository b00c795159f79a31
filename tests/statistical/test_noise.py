"""What a package does is seen through the luck of the seeds (all of it: `benchmarks/noise.md`)."""

import numpy as np
import pytest

from benchmarks import noise
from divide.model import DigitalDivideModel, Scenario

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
