"""What knowing an unknown is worth, held against worlds in which the answer is known."""

import numpy as np
import pandas as pd
import pytest

from divide.experiments.read import findings, information
from divide.experiments.read.information import fitted, gain, settled, told, worth

N = 200
RNG = np.random.default_rng(5)
#: Two unknowns that matter to nobody beside the one that does.
KNOWN = pd.DataFrame(RNG.uniform(-1, 1, (N, 3)), columns=["matters", "idle", "vain"])


def values(slope: float, noise: float = 0.1) -> pd.DataFrame:
    """Package a is worth `slope` times the first unknown, b nothing; both are uncertain."""
    luck = np.random.default_rng(6).normal(0, noise, (N, 2))
    return pd.DataFrame({"a": slope * KNOWN["matters"] + luck[:, 0], "b": luck[:, 1]})


@pytest.mark.parametrize(("better", "sign"), [("higher", 1), ("lower", -1)])
def test_what_decides_a_ranking_is_found_and_nothing_else(better: str, sign: int) -> None:
    found = worth(sign * values(1.0), better, KNOWN, [("a", "b")], 0.9)
    assert found.table["unknown"].tolist() == ["matters"]
    [row] = found.table.to_dict("records")
    # The package is chosen where its slope is positive: E max(x, 0) = 1/4 for x uniform on -1, 1.
    assert 0.2 < row["gain"] < 0.27
    assert row["gain"] <= found.perfect
    assert 0.6 < row["settled"] <= 1.0 and found.open == 1


def test_nothing_is_found_in_noise() -> None:
    assert worth(values(0.0), "higher", KNOWN, [("a", "b")], 0.9).table.empty


def test_what_matters_alike_to_both_is_worth_nothing() -> None:
    both = values(1.0)
    both["b"] += KNOWN["matters"]
    assert worth(both, "higher", KNOWN, [("a", "b")], 0.9).table.empty


def test_without_open_rankings_nothing_is_settled() -> None:
    found = worth(values(1.0), "higher", KNOWN, [], 0.9)
    assert found.open == 0 and (found.table["settled"] == 0).all()


def test_a_regression_follows_a_bend_and_keeps_the_mean() -> None:
    x = np.sort(RNG.uniform(-1, 1, N))
    bent = np.column_stack([x**2, np.ones(N)])
    order = RNG.permutation(N)
    smooth = fitted(bent[order], np.argsort(x[order], kind="stable"))
    assert np.allclose(smooth.mean(axis=0), bent.mean(axis=0))
    assert np.abs(smooth - bent[order]).max() < 0.12


def test_gain_and_settled_of_plain_tables() -> None:
    assert gain(np.array([[1.0, 0.0], [0.0, 1.0]])) == 0.5
    assert gain(np.array([[1.0, 0.0], [1.0, 0.5]])) == 0
    smooth = np.array([[0.95, 0.5], [0.05, 0.5], [0.5, 0.5], [0.5, 0.5]])
    assert settled(smooth, 0.9) == 0.5


def test_unknowns_are_parameters_figures_and_chance_of_each_draw(tmp_path) -> None:
    variant = findings.Variant("small", "a short run", {"until": 2023, "firms": 400})
    loaded = findings.run(findings.experiment(variant, 4), tmp_path, 1)
    table = information.unknowns(loaded)
    assert len(table) == 4 and table.index.tolist() == [1, 2, 3, 4]
    assert "adoption.price" in table and "chance: the common trend" in table
    figures = [name for name in table if name.startswith("figure ")]
    assert "figure skills" in figures and "figure population" not in figures
    assert table.notna().all(axis=None) and (table.nunique() > 1).all()
    assert all(told(name) for name in table)
