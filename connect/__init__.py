"""The model as a function for other tools: one call, or one function a tool.

- `evaluate`: a policy in, outcomes at the end out
- `ema`: a model of the EMA Workbench
- `salib`: a problem of SALib, and its values
- `optuna`: an objective of Optuna
- `web`: the same over HTTP, for R and others (`divide serve --api`)

Mesa needs no connector: a `DigitalDivideModel` is a Mesa model with a data collector.
"""

from divide.connect.evaluate import Evaluator, evaluate

__all__ = ["Evaluator", "evaluate"]
