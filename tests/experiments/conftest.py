"""A small comparison that the tests of this folder share, and ways to call the command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from divide.experiments.carry.run import Comparison, compare
from divide.experiments.keep.run_folder import write_run
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
def comparison(package: Path) -> Comparison:
    """Status quo and the package, one year, two replicates."""
    policies = [Policy.load("status_quo"), Policy.load(package)]
    return compare(policies, Scenario(start=2021, until=2022, firms=400), replicates=2)


@pytest.fixture(scope="session")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small comparison; tests must not change it."""
    return write_run(comparison, tmp_path_factory.mktemp("runs") / "small")


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
