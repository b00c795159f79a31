"""The equations that fill gaps: no hindsight, and errors that are honest."""

import numpy as np
import pandas as pd
import pytest

from divide.model.world import fits, impute
from divide.model.world.fields import FIELDS
from divide.model.world.loader import TABLES

STARTS = range(2000, 2016)


@pytest.fixture(scope="module")
def countries() -> pd.DataFrame:
    return pd.read_csv(TABLES / "countries.csv", keep_default_na=False).iloc[::3]


@pytest.fixture(scope="module")
def figures(countries: pd.DataFrame) -> pd.DataFrame:
    """Made-up figures of every series, with gaps."""
    rng = np.random.default_rng(5)
    names = {s for name in fits.FITS for s in FIELDS[name].sources}
    names |= {"population", "urban_share_pct", "gdp_pc_ppp_constant2021intl"}
    rows = []
    for name in sorted(names):
        field = next((f for f in FIELDS.values() if name in f.sources), None)
        share = field is None or field.scale * 100 == pytest.approx(1) or name.startswith("gtmi")
        top = 100.0 if share else 1.0
        if name == "population":
            top = 1e8
        if name.startswith("lpi"):
            top = 5.0
        if name.startswith(("gdp", "gni")):
            top = 50_000.0
        first = 1990 if name[:3] in ("pop", "urb", "gdp", "ele", "int", "hdi") else 2008
        for code in countries["iso3"]:
            years = [y for y in range(first, 2016) if first == 1990 or rng.random() < 0.7]
            rows += [(name, code, y, float(rng.uniform(0.25, 0.95) * top)) for y in years]
    return pd.DataFrame(rows, columns=["indicator", "iso3", "year", "value"])


@pytest.fixture(scope="module")
def fitted(figures: pd.DataFrame, countries: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return fits.equations(figures, countries, STARTS)


def test_no_later_figure_bears_on_an_equation(
    figures: pd.DataFrame, countries: pd.DataFrame, fitted: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Garble every figure after 2010: what stands until then is the same to the last digit."""
    other = figures.copy()
    later = other["year"] > 2010
    garbled = np.random.default_rng(6).uniform(0.1, 0.9, later.sum()) * other.loc[later, "value"]
    other.loc[later, "value"] = garbled
    again = fits.equations(other, countries, STARTS)
    for before, after in zip(fitted, again, strict=True):
        pd.testing.assert_frame_equal(
            before[before["until"] <= 2010].reset_index(drop=True),
            after[after["until"] <= 2010].reset_index(drop=True),
        )
        assert not before.equals(after)


def test_a_plain_rule_stands_until_there_are_figures(
    fitted: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    table = fitted[1]
    rows = table[table["field"] == "skills"]
    assert rows["kind"].tolist() == ["assumed"] + ["fitted"] * (len(rows) - 1)
    assert rows["until"].tolist()[0] == 2000
    assert rows["until"].tolist()[1] >= 2008
    assert rows["n"].dropna().min() >= fits.MIN_FIGURES
    assert (rows["last_year"].dropna() <= rows["until"][1:]).all()


def test_every_field_has_a_rule_to_begin_with() -> None:
    assert set(fits.FITS) <= set(fits.ASSUMED)
    for name, rule in fits.ASSUMED.items():
        assert rule.sd > 0, name
        assert rule.reason, name


def test_left_out_predictions_do_not_see_the_country() -> None:
    """A country of its own kind is predicted from the rest alone."""
    rng = np.random.default_rng(1)
    country = np.repeat(np.arange(40), 5)
    x = np.stack([np.ones(200), rng.normal(size=200)], axis=1)
    y = 2 + 3 * x[:, 1] + np.where(country == 7, 100.0, 0.0)
    beta = fits.fit("linear", x, y)
    index = fits.left_out("linear", x, y, country, beta)
    fold = country % fits.FOLDS == 7
    own = np.linalg.lstsq(x[~fold], y[~fold], rcond=None)[0]
    np.testing.assert_allclose(index[fold], x[fold] @ own)
    np.testing.assert_allclose(index[country == 7], (2 + 3 * x[:, 1])[country == 7])


def test_residual_deviation_moves_shares_as_far_as_they_lie() -> None:
    """Shares made by a known deviation on the logit scale give it back."""
    rng = np.random.default_rng(2)
    index = rng.normal(0, 1, 4000)
    y = impute.expit(index + 0.7 * rng.normal(size=4000))
    assert fits.residual_sd("logit", index, y) == pytest.approx(0.7, rel=0.1)
    y = np.exp(index + 0.4 * rng.normal(size=4000))
    assert fits.residual_sd("log", index, y) == pytest.approx(0.4, rel=0.05)


def test_the_mean_prediction_is_the_mean_share() -> None:
    rng = np.random.default_rng(4)
    x = np.stack([np.ones(300), rng.normal(size=300)], axis=1)
    y = impute.expit(x @ [0.3, 1.2] + rng.normal(size=300))
    beta = fits.fit("logit", x, y)
    assert impute.expit(x @ beta).mean() == pytest.approx(y.mean(), abs=1e-8)
