"""What a start does not load, and what is there when it is asked for all the same."""

import subprocess
import sys

SPARED = """
import sys
from divide.model import DigitalDivideModel, Scenario
DigitalDivideModel(Scenario(firms=500)).step()
spared = {"networkx", "tqdm", "mesa.discrete_space.grid", "scipy.special", "scipy.linalg"}
left = (spared | {"pandas", "pyarrow"}) & set(sys.modules)
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
ALGEBRA = """
import sys
from divide.model.light import mesa, pandas
import numba
import numpy as np
assert "scipy.linalg" not in sys.modules
solved = numba.njit(lambda a, b: np.linalg.solve(a, b) @ b)
assert solved(np.diag([2.0, 4.0]), np.ones(2)) == 0.75
import scipy.linalg
assert scipy.linalg.solve(np.eye(1), np.ones(1)) == 1.0
assert pandas.DataFrame is sys.modules["pandas"].DataFrame
"""
BATCH = """
import sys
from divide.model.light import mesa
from mesa import batch_run
assert "tqdm" not in sys.modules

class Ten(mesa.Model):
    def __init__(self, seed=None, start=0):
        super().__init__(rng=seed)
        self.done = start
        self.datacollector = mesa.DataCollector({"done": "done"})

    def step(self):
        self.done += 1
        self.datacollector.collect(self)
        self.running = self.done < 10

if __name__ == "__main__":
    found = batch_run(Ten, {"start": [0, 5]}, rng=[1], display_progress=False)
    assert [row["done"] for row in found] == [10, 10], found
    assert mesa.batchrunner.batch_run is not batch_run
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


def test_linear_algebra_compiles_and_loads_where_it_is_used() -> None:
    assert says(ALGEBRA) == ""


def test_batches_run_where_they_were_put_off() -> None:
    assert says(BATCH) == ""


def test_a_mesa_that_is_there_already_is_left_as_it_is() -> None:
    assert says(LOADED_BEFORE) == ""
