"""The gravity regression on pairs of goods trade."""

import numpy as np
import pandas as pd
import pytest

from divide.calibration.replay.goods import TERMS, gravity_of
from divide.calibration.replay.gravity import ppml_with_errors
from divide.model.world import load_world

TRUE = np.array([-0.8, 0.3, 0.5, 0.4, 0.2])


def test_known_coefficients_are_found_and_unlisted_pairs_left_out() -> None:
    world, luck = load_world(2006), np.random.default_rng(2)
    some = luck.permutation(len(world.iso3))[:40]
    rows = []
    sizes = luck.normal(0, 1, len(world.iso3))
    for i in some:
        for j in some:
            if i == j or luck.random() < 0.2:
                continue
            agreed, money = luck.random() < 0.3, luck.random() < 0.2
            gaps = [
                np.log(max(world.distance_km[i, j], 50.0)), world.common_language[i, j],
                world.contiguous[i, j], agreed, money,
            ]  # fmt: skip
            flow = np.exp(sizes[i] - sizes[j] + np.dot(TRUE, gaps))
            rows.append([world.iso3[i], world.iso3[j], flow, float(agreed), float(money)])
    rows.append(["XXX", world.iso3[some[0]], 1e9, 0.0, 0.0])  # no country of the model
    pairs = pd.DataFrame(rows, columns=["iso_o", "iso_d", "flow_usd_m_2006", "rta", "comcur"])
    found, errors = gravity_of(pairs, world)
    assert len(found) == len(TERMS)
    np.testing.assert_allclose(found, TRUE, atol=1e-6)
    assert np.all(errors < 1e-6)


def test_errors_are_those_of_repeated_samples() -> None:
    luck, size = np.random.default_rng(5), 15
    gap = luck.normal(size=(size, size))
    mean = 20 * np.exp(luck.normal(0, 0.5, size)[:, None] + 0.5 * gap)
    samples = [ppml_with_errors(luck.poisson(mean).astype(float), [gap]) for _ in range(60)]
    values, errors = (np.concatenate(each) for each in zip(*samples, strict=True))
    assert values.mean() == pytest.approx(0.5, abs=0.005)
    assert errors.mean() == pytest.approx(values.std(), rel=0.3)
