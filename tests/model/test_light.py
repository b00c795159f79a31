"""What a start does not load, and what is there when it is asked for all the same."""

import subprocess
import sys

SPARED = """
import sys
from divide.model import DigitalDivideModel, Scenario
DigitalDivideModel(Scenario(firms=500)).step()
spared = {"networkx", "mesa.discrete_space.grid", "scipy.special"}
left = spared & set(sys.modules)
assert not left, left
"""
ASKED = """
import sys
from divide.model.light import mesa
assert "pandas" not in sys.modules
assert mesa.discrete_space.CellAgent.__module__.startswith("mesa.discrete_space")
assert mesa.experimental.continuous_space.ContinuousSpace
assert mesa.experimental.data_collection.DataRegistry
import mesa.space
assert mesa.space.MultiGrid
import pandas
assert pandas.DataFrame is mesa.agent.pd.DataFrame
assert type(pandas).__name__ == type(mesa.space).__name__ == "module"
assert not hasattr(mesa.space, "nonsense")
"""
LOADED_BEFORE = """
import mesa
from divide.model import light
assert light.mesa is mesa
assert mesa.space.MultiGrid
"""


def says(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stderr


def test_a_model_loads_no_part_of_mesa_that_it_does_not_use() -> None:
    assert says(SPARED) == ""


def test_what_was_put_off_is_there_when_asked_for() -> None:
    assert says(ASKED) == ""


def test_a_mesa_that_is_there_already_is_left_as_it_is() -> None:
    assert says(LOADED_BEFORE) == ""
