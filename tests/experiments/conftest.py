"""A small comparison that the tests of this folder share, and ways to call the command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from divide.experiments import sweep
from divide.experiments.plan.comparison import comparison as asked
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.load import load
from divide.experiments.report.products import write_products
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = """\
title: "Wires & <b>wallets</b> for $10"
purpose: To test the whole way through
source: assumed
levers:
  five_g: {intensity: 2000, target: least_connected}
  skills_training: 2e6
  cbdc_corridor: 0.5
"""
SMALL = ("--firms", "400", "--start", "2021", "--until", "2022", "--replicates", "2")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy file with a title that must be escaped and a speculative lever."""
    path = tmp_path_factory.mktemp("policies") / "wires.yaml"
    path.write_text(PACKAGE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def folder(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Status quo and the package, one year, two replicates, with the report; not to be changed."""
    policies = [Policy.load("status_quo"), Policy.load(package)]
    experiment = asked(policies, Scenario(start=2021, until=2022, firms=400), replicates=2)
    place = sweep(experiment, tmp_path_factory.mktemp("runs") / "small", 2, threads=True).folder
    write_products(Comparison.of(load(place)), place)
    return place


@pytest.fixture(scope="session")
def comparison(folder: Path) -> Comparison:
    """The comparison in that folder."""
    return Comparison.of(load(folder))


@pytest.fixture
def divide(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the real command in an empty folder."""

    def call(*arguments: object, code: str = "") -> subprocess.CompletedProcess[str]:
        how = ["-c", code] if code else ["-m", "divide"]
        return subprocess.run(
            [sys.executable, *how, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call
