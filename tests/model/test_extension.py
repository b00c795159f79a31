"""A new process and a new lever live in one file and touch no other."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.processes import adoption

FILE = Path(__file__).with_name("my_process.py")
POLICY = """\
budget_usd_m_per_year: 1000
levers:
  telecentres: {intensity: 20000, target: least_connected, ramp_years: 0}
"""


@pytest.fixture
def mine() -> Iterator[ModuleType]:
    """The extension, imported; its lever is forgotten afterwards."""
    spec = importlib.util.spec_from_file_location("my_process", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del levers()["telecentres"]


def extended(mine: ModuleType, policy: Policy, until: int = 2025) -> DigitalDivideModel:
    """A run in which people visit telecentres right after they decide about their own line."""
    processes = list(PROCESSES)
    processes.insert(processes.index(adoption.step) + 1, mine.step)
    m = DigitalDivideModel(Scenario(policy=policy, firms=3_000, until=until), processes)
    m.run()
    return m


def test_the_extension_is_small() -> None:
    code = [line for line in FILE.read_text().splitlines() if line.strip()]
    assert len(code) <= 35


def test_a_lever_of_ones_own_is_paid_for_and_acts(
    mine: ModuleType, run: Callable, column: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "centres.yaml"
    path.write_text(POLICY)
    m = extended(mine, Policy.load(path))
    aimed = m.state.policy.programmes["telecentres"].share > 0
    more = column(m, "internet_users")[-1] - column(run(), "internet_users")[-1]
    assert np.all(more[aimed] > 0)
    assert m.results().outcomes["spend"][-1] == pytest.approx(3 * 20_000 * 20_000)
    assert set(m.results().spend["lever"]) == {"telecentres"}


def test_an_extension_without_its_lever_is_the_status_quo(
    mine: ModuleType, run: Callable, differing: Callable
) -> None:
    assert differing(extended(mine, Policy()), run()) == []


def test_its_bounds_hold_and_it_is_forgotten_afterwards(mine: ModuleType) -> None:
    with pytest.raises(InputError, match=r"telecentres\.intensity: 1e\+06 is out of range"):
        Policy(levers={"telecentres": LeverUse(1e6)})


def test_an_unknown_lever_is_refused() -> None:
    with pytest.raises(InputError, match="unknown lever 'telecentres'"):
        Policy(levers={"telecentres": LeverUse(1.0)})


def test_a_process_can_be_left_out_or_watched(run: Callable, differing: Callable) -> None:
    seen = []

    def watch(m: DigitalDivideModel) -> None:
        seen.append(float(m.national(m.state.countries.online).mean()))

    m = DigitalDivideModel(Scenario(firms=3_000, until=2025), [*PROCESSES, watch])
    m.run()
    assert len(seen) == 12
    assert differing(m, run()) == []
    frozen = [process for process in PROCESSES if process is not adoption.step]
    m = DigitalDivideModel(Scenario(firms=500, until=2023), frozen)
    before = m.state.countries.online.copy()
    m.run()
    np.testing.assert_array_equal(m.state.countries.online, before)
