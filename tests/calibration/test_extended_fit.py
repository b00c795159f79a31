"""A fit of the model with an extension: its calibrated parameters are fitted too."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from divide.calibration.fit.bank import maker
from divide.calibration.fit.hindcast import forward
from divide.calibration.fit.targets import TARGETS, fitted_to
from divide.calibration.score.backtest import forecast
from divide.experiments.cli.main import main
from divide.model import Extension
from divide.model.declare.extension import forget

SOURCE = """\
from divide import Extension

pull = Extension("pull", "A pull that everybody feels")
pull.parameter("size", 0.5, unit="share/year", bounds=(0, 1), source="assumed", role="calibrated")


@pull.process(after="adoption")
def feel(m):
    c = m.state.countries
    c.online = c.online + m.dt * 0.1 * m.values.pull.size * (1 - c.online)
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pull.py"
    path.write_text(SOURCE)
    yield path
    forget("pull")


def test_it_is_part_of_the_model_that_is_fitted(file: Path) -> None:
    before, plain = maker(), forward(2010, 2012, {})
    Extension.load(file)
    assert maker() != before
    assert np.all(forward(2010, 2012, {"pull.size": 1.0})[-1] > plain[-1])
    np.testing.assert_array_equal(forward(2010, 2012, {"pull.size": 0.0}), plain)
    assert fitted_to("internet_users") == (*TARGETS["internet_users"].parameters, "pull.size")
    assert fitted_to("accounts") == TARGETS["accounts"].parameters


def test_a_backtest_fits_its_parameter_in_worker_processes(
    file: Path, tiny: None, tmp_path: Path
) -> None:
    Extension.load(file)
    result = forecast(2007, 2010, "internet_users", tmp_path / "bank", 2)
    assert result.posterior.names[-1] == "pull.size"
    draws = result.posterior.draws[:, -1]
    assert np.all((draws >= 0) & (draws <= 1))
    forget("pull")
    plain = forecast(2007, 2010, "internet_users", tmp_path / "bank", 2)
    assert "pull.size" not in plain.posterior.names
    assert not np.array_equal(plain.posterior.draws.shape, result.posterior.draws.shape)


def test_the_draws_that_ship_are_of_the_model_alone(file: Path, tmp_path: Path) -> None:
    words = ["calibrate", "--ship", "--with", str(file), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "--ship: the draws that come with the model are fitted without extensions" in done.output
