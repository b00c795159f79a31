"""Women and men go online by the same equation, apart by a country's gap in log odds."""

import numpy as np
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, Scenario
from divide.model.cells import MEN, SEX, WOMEN
from divide.model.processes import adoption

Array = NDArray[np.float64]
LUCK = np.random.default_rng(5)


def online_after(gap: float) -> tuple[DigitalDivideModel, Array, Array]:
    """A run of two years in which women's log odds of wanting to be online lie `gap` off men's."""

    def hold(m: DigitalDivideModel) -> None:
        m.state.countries.sex_gap[:] = gap

    m = DigitalDivideModel(Scenario(firms=500, until=2024), [hold, *PROCESSES])
    m.run()
    online = m.state.countries.online
    return m, online[:, SEX == WOMEN], online[:, SEX == MEN]


def test_women_and_men_go_online_alike_unless_told_otherwise() -> None:
    _, women, men = online_after(0.0)
    np.testing.assert_array_equal(women, men)


def test_fewer_women_go_online_and_learn_where_fewer_want_to() -> None:
    m, women, men = online_after(-0.5)
    assert np.all(women <= men)
    assert (women < men).mean() > 0.95
    skills = m.state.countries.skills
    assert np.all(skills[:, SEX == WOMEN] <= skills[:, SEX == MEN])
    turned = online_after(0.5)  # all else differs by the accounts of women and men only
    np.testing.assert_allclose(turned[1], men, rtol=1e-4)
    np.testing.assert_allclose(turned[2], women, rtol=1e-4)


def test_the_gap_is_a_difference_in_log_odds() -> None:
    share = LUCK.uniform(0.05, 0.95, (4, 20))
    share[:, SEX == MEN] = share[:, SEX == WOMEN]
    effect, gap = LUCK.normal(0, 1, 4), LUCK.normal(0, 1, 4)
    shifted = adoption.shifted(share, effect, gap)
    odds = np.log(shifted / (1 - shifted))
    between = odds[:, SEX == WOMEN] - odds[:, SEX == MEN]
    np.testing.assert_allclose(between, gap[:, None].repeat(10, axis=1), atol=1e-12)
    middle = (odds[:, SEX == WOMEN] + odds[:, SEX == MEN]) / 2
    before = np.log(share / (1 - share))[:, SEX == WOMEN]
    np.testing.assert_allclose(middle - before, effect[:, None].repeat(10, axis=1), atol=1e-12)
